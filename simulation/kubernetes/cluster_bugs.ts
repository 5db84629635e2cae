/**
 * Planted bugs in what an agent sends to the API server, and in what it makes of the answers.
 *
 * @module
 */

import type { HttpAnswer } from "../../actors/http/http.ts";
import type { ClusterHttp, ClusterRequest } from "../../actors/kubernetes/requests/cluster_http.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { mapping, mappings } from "../../schemas/json/shape.ts";
import { FLOW_RUN_LABEL } from "../../schemas/kubernetes/labels.ts";
import type { PlantedKubeBug } from "./planted_bugs.ts";

type Call = ClusterHttp["call"];

/** The cluster with a bug. */
export function clusterWithBug(bug: PlantedKubeBug | null, http: ClusterHttp): ClusterHttp {
  const { call } = http;
  switch (bug) {
    case "freshName":
      return { ...http, call: freshNames(call) };
    case "takenIsOurs":
      return { ...http, call: anybodys(call) };
    case "lostIsRefused":
      return { ...http, call: refusingLost(call) };
    case "background":
      return { ...http, call: (request, signal) => call(inBackground(request), signal) };
    case "goneUnseen":
      return goneUnseen(http);
    case "watchesOn":
      return watchingOn(http);
    default:
      return http;
  }
}

function freshNames(call: Call): Call {
  const seen = new Map<string, number>();
  return (request, signal) => {
    if (request.method !== "POST") return call(request, signal);
    const job = parsed(request.body ?? "");
    const metadata = mapping(job["metadata"]);
    const name = String(metadata["name"]);
    const times = seen.get(name) ?? 0;
    seen.set(name, times + 1);
    const fresh = times === 0 ? name : `${name}-${times}`;
    return call(
      { ...request, body: JSON.stringify({ ...job, metadata: { ...metadata, name: fresh } }) },
      signal,
    );
  };
}

/** A Job that is read after its name was taken carries the label of the run for which it was asked. */
function anybodys(call: Call): Call {
  const runs = new Map<string, Json>();
  return async (request, signal) => {
    const { method, path, body = "" } = request;
    const { name, labels } = mapping(parsed(body)["metadata"]);
    if (method === "POST") runs.set(`${path}/${String(name)}`, mapping(labels)[FLOW_RUN_LABEL] ?? null);
    const answer = await call(request, signal);
    const run = runs.get(path);
    if (method !== "GET" || run === undefined || answer.status !== 200) return answer;
    const job = objectOf(answer);
    const metadata = mapping(job["metadata"]);
    const marked = { ...metadata, labels: { ...mapping(metadata["labels"]), [FLOW_RUN_LABEL]: run } };
    return withObject(answer, { ...job, metadata: marked });
  };
}

function refusingLost(call: Call): Call {
  const body = { kind: "Status", code: 422, reason: "Invalid", message: "no answer" };
  return async (request, signal) => {
    if (request.method !== "POST") return await call(request, signal);
    const none: HttpAnswer = { status: 422, headers: {}, body: new Uint8Array() };
    try {
      const answer = await call(request, signal);
      return answer.status >= 500 ? withObject({ ...none, status: 422 }, body) : answer;
    } catch (thrown) {
      if (!(thrown instanceof FailureError)) throw thrown;
      return withObject(none, body);
    }
  };
}

function inBackground(request: ClusterRequest): ClusterRequest {
  if (request.method !== "DELETE") return request;
  const body = { ...parsed(request.body ?? ""), propagationPolicy: "Background" };
  return { ...request, body: JSON.stringify(body) };
}

/** Objects stay in lists that were in one, and no watch takes them away. */
function goneUnseen(http: ClusterHttp): ClusterHttp {
  const seen = new Map<string, JsonObject>();
  const keyOf = (object: JsonObject) => String(mapping(object["metadata"])["uid"]);
  return {
    ...http,
    call: async (request, signal) => {
      const answer = await http.call(request, signal);
      const list = objectOf(answer);
      if (!/\/(?:jobs|pods)\?/.test(request.path) || !Array.isArray(list["items"])) return answer;
      const kind = request.path.includes("/jobs?") ? "jobs" : "pods";
      for (const one of mappings(list["items"])) seen.set(`${kind} ${keyOf(one)}`, one);
      const items = [...seen].filter(([key]) => key.startsWith(kind)).map(([, one]) => one);
      return withObject(answer, { ...list, items });
    },
    stream: (path, options, signal) =>
      http.stream(path, {
        ...options,
        onLine: (line) => {
          const { type, object } = parsed(line);
          const kind = path.includes("/jobs?") ? "jobs" : "pods";
          if (type === "DELETED") return;
          if (type !== "BOOKMARK" && isJsonObject(object)) seen.set(`${kind} ${keyOf(object)}`, object);
          options.onLine(line);
        },
      }, signal),
  };
}

/** 410 as any other trouble of the server. */
function watchingOn(http: ClusterHttp): ClusterHttp {
  return {
    ...http,
    stream: async (path, options, signal) => {
      const onLine = (line: string) => options.onLine(line.replace('"code":410', '"code":500'));
      const answer = await http.stream(path, { ...options, onLine }, signal);
      return answer?.status === 410 ? { ...answer, status: 500 } : answer;
    },
  };
}

function objectOf({ body }: HttpAnswer): JsonObject {
  return parsed(new TextDecoder().decode(body));
}

function withObject(answer: HttpAnswer, object: JsonObject): HttpAnswer {
  return { ...answer, body: new TextEncoder().encode(JSON.stringify(object)) };
}

function parsed(text: string): JsonObject {
  try {
    const value: Json = JSON.parse(text);
    return mapping(value);
  } catch {
    return {};
  }
}
