/**
 * The API server of a simulated cluster: requests in, answers out, with versions, pages, conflicts, quotas and refusals.
 *
 * @see "Kubernetes API Concepts" in the Kubernetes documentation
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { isJsonObject, type Json } from "../../../schemas/json/json.ts";
import { mapping } from "../../../schemas/json/shape.ts";
import { fault, faultsAreOn, windowNow } from "../../world/world.ts";
import { addJob, type Cluster, deleteJob, findJob, notice } from "./cluster.ts";
import type { ObjectKind, Selection } from "./object_table.ts";
import { isFinished, isPodLive } from "./records.ts";

/** A request below the address of the server. */
export interface KubeRequestLine {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** A request as it is understood. */
export interface Asked {
  /** Verb and resource, such as `create jobs`. */
  readonly operation: string;
  readonly selection: Selection;
  /** Of one object; empty: of many. */
  readonly name: string;
  readonly query: URLSearchParams;
  readonly body: JsonObject;
}

/** An answer. */
export interface KubeAnswer {
  readonly status: number;
  readonly body: JsonObject | string;
  /** `Retry-After`, in seconds. */
  readonly retryAfterS?: number;
  /** Jobs that it shows. */
  readonly shown: readonly JsonObject[];
}

/** Who asks, and when the request was sent. */
export interface KubeCaller {
  readonly agent: string;
  readonly sentMs: number;
}

/** What is left of lists that were answered in part, by the token for the next page. */
export type Pages = Map<string, { readonly items: readonly JsonObject[]; readonly version: number }>;

/** Understands a request. @throws {RangeError} for a path that no agent asks for */
export function readRequest({ method, path, body }: KubeRequestLine): Asked {
  const { pathname, searchParams: query } = new URL(path, "https://cluster.example");
  const found = /^\/(?:api|apis\/batch)\/v1\/namespaces\/([^/]+)\/(jobs|pods|events)(?:\/([^/]+)(\/log)?)?$/
    .exec(pathname);
  const [, namespace = "", kind = "", name = "", isLog = ""] = found ?? [];
  if (!isKind(kind)) throw new RangeError(`Cannot answer ${method} ${path}`);
  const verb = method === "POST"
    ? "create"
    : method === "DELETE"
    ? "delete"
    : name !== ""
    ? "get"
    : query.get("watch") === "true"
    ? "watch"
    : "list";
  return {
    operation: `${verb} ${kind}${isLog}`,
    selection: { kind, namespace, label: query.get("labelSelector") },
    name,
    query,
    body: objectIn(body),
  };
}

function isKind(text: string): text is ObjectKind {
  return text === "jobs" || text === "pods" || text === "events";
}

function objectIn(text: string): JsonObject {
  if (text === "") return {};
  const value: Json = JSON.parse(text);
  return isJsonObject(value) ? value : {};
}

/** A Status object instead of what was asked for. */
export function refusal(status: number, reason: string, message: string, retryAfterS?: number): KubeAnswer {
  const body = { kind: "Status", status: "Failure", code: status, reason, message };
  return { status, body, shown: [], ...(retryAfterS === undefined ? {} : { retryAfterS }) };
}

/** What the server refuses before it looks at the request; null: nothing. */
export function refusedNow({ world }: Cluster, { operation }: Asked): KubeAnswer | null {
  if (!faultsAreOn(world)) return null;
  const { throttle, denied } = world.scenario.kube;
  const busy = windowNow(world, throttle);
  if (busy !== null && (busy.how === "all" || busy.how === operation)) {
    fault(world, "throttled", operation);
    const seconds = world.dice.pick([1, 2, 10]);
    return world.dice.chance(0.7)
      ? refusal(429, "TooManyRequests", "Too many requests", seconds)
      : refusal(503, "ServiceUnavailable", "apiserver is shutting down", seconds);
  }
  if (!denied.includes(operation)) return null;
  fault(world, "denied", operation);
  return refusal(403, "Forbidden", `${operation} is forbidden: the account has no such right`);
}

/** Carries a request out, at once. Watches are opened elsewhere. */
export function answer(cluster: Cluster, pages: Pages, asked: Asked, caller: KubeCaller): KubeAnswer {
  switch (asked.operation) {
    case "create jobs":
      return create(cluster, asked, caller);
    case "delete jobs":
      return remove(cluster, asked, caller);
    case "get jobs":
      return get(cluster, asked);
    case "list jobs":
    case "list pods":
    case "list events":
      return list(cluster, pages, asked);
    case "get pods/log":
      return { status: 200, body: "Killed\n", shown: [] };
    default:
      return refusal(405, "MethodNotAllowed", `cannot ${asked.operation}`);
  }
}

function create(
  cluster: Cluster,
  { selection: { namespace }, body }: Asked,
  { agent, sentMs }: KubeCaller,
): KubeAnswer {
  const { world, jobs } = cluster;
  const { kube } = world.scenario;
  const isStormy = faultsAreOn(world);
  const name = String(mapping(body["metadata"])["name"]);
  if (isStormy && findJob(cluster, namespace, name) === null && world.dice.chance(kube.nameTaken)) {
    fault(world, "nameTaken", name);
    addJob(cluster, namespace, strangersJob(name, {}));
  }
  if (findJob(cluster, namespace, name) !== null) {
    return refusal(409, "AlreadyExists", `jobs.batch "${name}" already exists`);
  }
  const there = jobs.filter((job) => job.namespace === namespace && !job.isGone).length;
  if (isStormy && kube.quota !== null && there >= kube.quota) {
    fault(world, "quota", name);
    const message = `jobs.batch "${name}" is forbidden: exceeded quota: flows, requested: count/jobs.batch=1`;
    return refusal(403, "Forbidden", message);
  }
  const job = addJob(cluster, namespace, body);
  const { task, runId, token } = job;
  world.history.add({
    what: "task",
    task,
    run: runId ?? "",
    cluster: namespace,
    token: token ?? "",
    agent,
    sentMs,
  });
  const object = cluster.table.get("jobs", namespace, name) ?? {};
  notice(cluster, job);
  return { status: 201, body: object, shown: [object] };
}

/** A Job as another program makes it. */
export function strangersJob(name: string, labels: JsonObject): JsonObject {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, labels },
    spec: {
      backoffLimit: 0,
      template: {
        metadata: { labels },
        spec: { restartPolicy: "Never", containers: [{ name: "other", image: "x:1" }] },
      },
    },
  };
}

function remove(
  cluster: Cluster,
  { selection: { namespace }, name, body }: Asked,
  { agent, sentMs }: KubeCaller,
): KubeAnswer {
  const job = findJob(cluster, namespace, name);
  if (job === null) return refusal(404, "NotFound", `jobs.batch "${name}" not found`);
  const { uid } = mapping(body["preconditions"]);
  if (uid !== undefined && uid !== job.uid) {
    return refusal(409, "Conflict", `the UID in the precondition (${String(uid)}) does not match`);
  }
  const { history } = cluster.world;
  if (job.deletingMs === null) {
    const isLive = !isFinished(job) && (job.pods.length === 0 || job.pods.some(isPodLive));
    if (isLive) history.add({ what: "stop", task: job.task, agent, reason: "DELETE" });
    else history.add({ what: "job", task: job.task, happened: "removed", agent, sentMs });
  }
  deleteJob(cluster, job, body["propagationPolicy"] === "Foreground" ? "Foreground" : "Background");
  const object = cluster.table.get("jobs", namespace, name) ?? {};
  return { status: 200, body: object, shown: [] };
}

function get({ table }: Cluster, { selection: { kind, namespace }, name }: Asked): KubeAnswer {
  const object = table.get(kind, namespace, name);
  if (object === null) return refusal(404, "NotFound", `${kind} "${name}" not found`);
  return { status: 200, body: object, shown: [object] };
}

function list({ table, world }: Cluster, pages: Pages, { selection, query }: Asked): KubeAnswer {
  const token = query.get("continue");
  const page = token === null
    ? { items: table.all(selection), version: table.version }
    : pages.get(token) ?? null;
  if (page === null || page.version < table.forgotten) {
    return refusal(410, "Expired", "The provided continue parameter is too old");
  }
  const most = Math.min(Number(query.get("limit") ?? Infinity), world.scenario.kube.pageSize);
  const items = page.items.slice(0, most);
  const rest = page.items.slice(most);
  const next = rest.length === 0 ? "" : `next-${pages.size + 1}`;
  if (next !== "") pages.set(next, { items: rest, version: page.version });
  const metadata = { resourceVersion: String(page.version), continue: next };
  return {
    status: 200,
    body: { kind: "List", metadata, items },
    shown: selection.kind === "jobs" ? items : [],
  };
}
