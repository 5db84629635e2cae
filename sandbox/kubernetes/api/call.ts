/**
 * What a request asks for: its verb, the kind of object, and which ones.
 *
 * @see "Kubernetes API Concepts": resource URIs, API verbs
 * @module
 */

import { Refusal, unknownPath } from "../objects/refusal.ts";
import { findResource, type Resource } from "../objects/resources.ts";

/** What is done. */
export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "deletecollection";

/** A request, taken apart. */
export interface Call {
  readonly verb: Verb;
  readonly resource: Resource;
  /** Empty: all namespaces, or a kind that is in none. */
  readonly namespace: string;
  /** Empty: no single object. */
  readonly name: string;
  /** Such as `log` or `status`; empty: the object itself. */
  readonly sub: string;
  readonly query: URLSearchParams;
}

const PATH =
  /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?\/?$/;

/** Namespaces themselves, where the path looks as if something in one were meant. */
const NAMESPACE = /^\/api\/v1\/namespaces(?:\/([^/]+))?(?:\/(status|finalize))?\/?$/;

const WITH_NAME: Readonly<Record<string, Verb>> = {
  GET: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

const WITHOUT_NAME: Readonly<Record<string, Verb>> = {
  GET: "list",
  POST: "create",
  DELETE: "deletecollection",
};

/** Takes a request apart. @throws {Refusal} `NotFound` for a path that is no resource, `MethodNotAllowed` */
export function callOf(method: string, { pathname, searchParams: query }: URL): Call {
  const own = NAMESPACE.exec(pathname);
  const [, group = "", version = "", namespace = "", plural = "", name = "", sub = ""] = own === null
    ? PATH.exec(pathname) ?? []
    : [pathname, "", "v1", "", "namespaces", own[1], own[2]];
  const resource = findResource(group, version, plural);
  if (resource === undefined || (namespace !== "" && !resource.namespaced)) throw unknownPath();
  const verb = (name === "" ? WITHOUT_NAME : WITH_NAME)[method];
  if (verb === undefined) {
    throw new Refusal("MethodNotAllowed", "the server does not allow this method on the requested resource");
  }
  const isWatch = verb === "list" && isSet(query.get("watch"));
  const call = { resource, namespace: decoded(namespace), name: decoded(name), sub, query };
  return { ...call, verb: isWatch ? "watch" : verb };
}

/** Whether a parameter says yes. */
export function isSet(value: string | null): boolean {
  return value === "true" || value === "1";
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw unknownPath();
  }
}
