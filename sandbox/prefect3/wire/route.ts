/**
 * Routes of the API: a method, a path, the shape of the body, and what answers.
 *
 * @module
 */

import * as v from "valibot";
import type { Json } from "../../../schemas/json/json.ts";
import type { Answer } from "./answer.ts";
import type { Serving } from "./serving.ts";
import { unfit } from "./faults.ts";
import { isUuid, uuidText } from "./fields.ts";

/** One request, as routes see it. */
export interface Call extends Serving {
  /** What stands in the path for `:…`, in its order. */
  readonly params: readonly string[];
  readonly query: URLSearchParams;
  /** Release of the Python client that asks; null: somebody else does. */
  readonly clientVersion: string | null;
}

/** One route. */
export interface Route {
  readonly method: string;
  /** Such as `/flow_runs/:id/set_state`: `:id` is a UUID, any other `:…` a name. */
  readonly path: string;
  readonly answer: (call: Call, body: Json | undefined) => Answer;
}

/** A route that reads no body. */
export function reads(
  method: string,
  path: string,
  answer: (call: Call, ...params: string[]) => Answer,
): Route {
  return { method, path, answer: (call) => answer(call, ...call.params) };
}

/** A route that reads a body; one that does not fit is refused before anything is done. */
export function takes<const S extends v.GenericSchema>(
  method: string,
  path: string,
  schema: S,
  answer: (call: Call, body: v.InferOutput<S>, ...params: string[]) => Answer,
): Route {
  return {
    method,
    path,
    answer: (call, body) => {
      const read = v.safeParse(schema, body);
      return read.success ? answer(call, read.output, ...call.params) : unfit(read.issues);
    },
  };
}

/** A route that was found, and what its path says. */
export interface Found {
  readonly route: Route;
  readonly params: readonly string[];
}

/** A path that is only known with another method. */
export interface OtherMethod {
  /** The method of the first route of that path: a real server names no more. */
  readonly allowed: string;
}

/** Looks for routes by method and path. A slash at the end makes no difference. Null: the path is not known. */
export function makeRouter(
  routes: readonly Route[],
): (method: string, path: string) => Found | OtherMethod | null {
  const parts = routes.map((route) => ({ route, segments: segmentsOf(route.path) }));
  return (method, path) => {
    const given = segmentsOf(path);
    const found = parts.flatMap(({ route, segments }): Found[] => {
      const params = match(segments, given);
      return params === null ? [] : [{ route, params }];
    });
    const [first] = found;
    return found.find(({ route }) => route.method === method) ??
      (first === undefined ? null : { allowed: first.route.method });
  };
}

function segmentsOf(path: string): readonly string[] {
  return path.replace(/^\//, "").replace(/\/$/, "").split("/");
}

function match(segments: readonly string[], given: readonly string[]): readonly string[] | null {
  if (segments.length !== given.length) return null;
  const params: string[] = [];
  for (const [at, segment] of segments.entries()) {
    const word = decoded(given[at] ?? "");
    if (word === null) return null;
    if (!segment.startsWith(":")) {
      if (segment !== word) return null;
    } else if (segment === ":id") {
      if (!isUuid(word)) return null;
      params.push(uuidText(word));
    } else params.push(word);
  }
  return params;
}

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
