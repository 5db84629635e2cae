/**
 * The Kubernetes API of the sandbox: answers one request.
 *
 * @module
 */

import { readBody } from "../../../actors/guard/read_body.ts";
import { bearerOf, isTokenRight } from "../../../schemas/guard/token.ts";
import { isDeeperThan, MAX_DEPTH } from "../../../schemas/json/depth.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import type { CountedRequest } from "../../http/request_counts.ts";
import type { Cluster } from "../cluster.ts";
import { labelsOf } from "../objects/meta.ts";
import { Refusal, statusOf } from "../objects/refusal.ts";
import { groupVersion } from "../objects/resources.ts";
import type { Watched } from "../objects/watch_lines.ts";
import { type Call, callOf, isSet } from "./call.ts";
import { discover } from "./discovery.ts";
import { podLog } from "./pod_log.ts";
import { watchAnswer } from "./streams.ts";
import { tableOf, wantsTable } from "./tables.ts";
import { create, found, list, type Listed, patch, removeAll, removeOne, selectsOf, update } from "./verbs.ts";

/** What answering needs. */
export interface ApiParts {
  readonly cluster: Cluster;
  /** Whoever names it may do everything. */
  readonly token: string;
  /** Told of each answered request. */
  readonly onRequest: (request: CountedRequest) => void;
}

/** Largest body that is read, in bytes: that of the API server. */
export const MOST_BYTES = 3 * 1024 * 1024;

/** Answers a request that the guard let through. */
export async function answerApi(parts: ApiParts, request: Request): Promise<Response> {
  try {
    if (!isTokenRight(bearerOf(request.headers.get("authorization")), parts.token)) {
      throw new Refusal("Unauthorized", "Unauthorized");
    }
    const url = new URL(request.url);
    if (HEALTH.test(url.pathname)) return new Response("ok");
    const known = request.method === "GET" ? discover(url.pathname.replace(/(.)\/$/, "$1")) : null;
    if (known !== null) return Response.json(known);
    return await answerCall(parts, request, callOf(request.method, url));
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    return Response.json(statusOf(thrown), { status: thrown.status });
  }
}

const HEALTH = /^\/(?:healthz|livez|readyz)$/;

async function answerCall(parts: ApiParts, request: Request, call: Call): Promise<Response> {
  const text = request.body === null ? "" : await readBody(request.body, MOST_BYTES);
  if (text === null) {
    throw new Refusal("RequestEntityTooLarge", `Request entity too large: limit is ${MOST_BYTES}`);
  }
  const about = aboutOf(parts.cluster, call);
  const count = (status: number) => {
    const { verb, resource, sub } = call;
    parts.onRequest({
      service: "kubernetes",
      operation: `${verb} ${resource.plural}${sub === "" ? "" : `/${sub}`}`,
      status,
      body: `${text} ${about}`,
      client: request.headers.get("user-agent") ?? "",
    });
  };
  try {
    const response = respond(parts, request, { call, body: parsed(text, request) });
    count(response.status);
    return response;
  } catch (thrown) {
    if (thrown instanceof Refusal) count(thrown.status);
    throw thrown;
  }
}

/** The labels of the object that a call names: they say which run it serves. */
function aboutOf({ store }: Cluster, { resource, namespace, name }: Call): string {
  const object = store.get(resource.plural, { namespace, name });
  return object === undefined ? "" : JSON.stringify(labelsOf(object));
}

function parsed(text: string, request: Request): Json {
  if (text === "") return null;
  const type = typeOf(request);
  if (type !== "" && !/json$|^application\/apply-patch\+yaml$/.test(type)) {
    throw new Refusal(
      "UnsupportedMediaType",
      "the body of the request was in an unknown format - accepted media types include: application/json",
    );
  }
  try {
    const body: Json = JSON.parse(text);
    if (!isDeeperThan(body, MAX_DEPTH)) return body;
  } catch {
    // What is no JSON is refused below.
  }
  throw new Refusal("BadRequest", "the body of the request cannot be read as JSON");
}

function typeOf({ headers }: Request): string {
  return (headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/** A call with its body. */
interface Asked {
  readonly call: Call;
  readonly body: Json;
}

function respond({ cluster }: ApiParts, request: Request, { call, body }: Asked): Response {
  const isTable = wantsTable(request.headers.get("accept") ?? "");
  const nowMs = cluster.clock.now();
  const one = (object: JsonObject, status = 200) =>
    Response.json(isTable ? tableOf(call.resource.plural, [object], { metadata: {}, nowMs }) : object, {
      status,
    });
  const many = ({ items, metadata }: Listed) =>
    Response.json(
      isTable ? tableOf(call.resource.plural, items, { metadata, nowMs }) : listOf(call, { items, metadata }),
    );
  switch (call.verb) {
    case "get":
      return call.sub === "log"
        ? podLog(cluster, found(cluster, call), call.query)
        : one(found(cluster, call));
    case "list":
      return many(list(cluster, call));
    case "watch":
      return watch(cluster, call, isTable);
    case "delete":
      return one(removeOne(cluster, call, body).object);
    case "deletecollection":
      return many(removeAll(cluster, call, body));
    default: {
      const { object, status } = written(cluster, { call, body }, typeOf(request));
      return one(object, status);
    }
  }
}

function written(cluster: Cluster, { call, body }: Asked, type: string) {
  if (call.verb === "create") return create(cluster, call, body);
  return call.verb === "update" ? update(cluster, call, body) : patch(cluster, call, { body, type });
}

/** Items of a list do not say of which kind they are. */
function listOf({ resource }: Call, { items, metadata }: Listed): JsonObject {
  return {
    kind: `${resource.kind}List`,
    apiVersion: groupVersion(resource),
    metadata,
    items: items.map((item) => ({ ...item, kind: undefined, apiVersion: undefined })),
  };
}

function watch(cluster: Cluster, call: Call, isTable: boolean): Response {
  const { query, resource } = call;
  const timeoutS = Number(query.get("timeoutSeconds") ?? 0);
  const from = query.get("resourceVersion") ?? "";
  if (!/^\d*$/.test(from)) throw new Refusal("BadRequest", `resourceVersion: Invalid value: "${from}"`);
  const shown = (object: JsonObject) =>
    isTable ? tableOf(resource.plural, [object], { metadata: {}, nowMs: cluster.clock.now() }) : object;
  const watched: Watched = {
    table: resource.plural,
    selects: selectsOf(call),
    shown,
    type: { kind: resource.kind, apiVersion: groupVersion(resource) },
    from,
    sendsInitial: isSet(query.get("sendInitialEvents")),
  };
  const wantsBookmarks = isSet(query.get("allowWatchBookmarks"));
  return watchAnswer(watched, { timeoutS, wantsBookmarks }, cluster);
}
