/**
 * {@link KubeCalls} over HTTP.
 *
 * @see "Kubernetes API Concepts" in the Kubernetes documentation
 * @module
 */

import { type Failure, FailureError, isUnsent, toFailure } from "../../../schemas/failure/failure.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { readJob } from "../../../schemas/kubernetes/objects/job.ts";
import { readPage, readWatchLine } from "../../../schemas/kubernetes/objects/list.ts";
import { type KubeRequest, refusalOf } from "../../../schemas/kubernetes/objects/status.ts";
import { decodeText } from "../../../schemas/text/decode_text.ts";
import { retryAfterMs } from "../../../schemas/time/retry_after.ts";
import type { Clock } from "../../../schemas/time/clock.ts";
import type { HttpAnswer } from "../../http/http.ts";
import type { CallObserver } from "../../observability/call_observer.ts";
import type { JobName, KubeCalls, KubeQuery, KubeResource, WatchHearing } from "./calls.ts";
import type { ClusterHttp, ClusterRequest } from "./cluster_http.ts";

/** What {@link makeKubeClient} needs. */
export interface KubeClientDeps {
  readonly http: ClusterHttp;
  readonly clock: Pick<Clock, "now">;
  readonly observe: CallObserver;
}

/** Longest page of a list, in bytes: a Job may have 1.5 MiB, most have some 5 KB. */
const MOST_PAGE = 32 * 1024 * 1024;

/** A watch begins within this time, in milliseconds. */
const BEGIN_MS = 30_000;

/** Bookmarks come about once a minute: a watch that is silent for longer is dead. In milliseconds. */
const SILENT_MS = 75_000;

const BATCH: Readonly<Record<KubeResource, string>> = { jobs: "batch", pods: "", events: "" };

/** Makes the calls; nothing is sent yet. */
export function makeKubeClient(deps: KubeClientDeps): KubeCalls {
  return {
    createJob: (namespace, job, { isQuiet }, signal) => createJob({ namespace, job, isQuiet }, deps, signal),
    readJob: async (job, signal) => {
      const answer = await send({ method: "GET", path: jobPath(job) }, jobRequest("get", job), deps, signal);
      return answer === null ? null : readJob(answer);
    },
    deleteJob: async (job, uid, signal) => {
      const preconditions = uid === "" ? {} : { preconditions: { uid } };
      const body = JSON.stringify({ propagationPolicy: "Foreground", ...preconditions });
      const request = { method: "DELETE", path: jobPath(job), body };
      return await send(request, jobRequest("delete", job), deps, signal) !== null;
    },
    list: async (query, signal) => {
      const path = pathOf(query, {
        limit: String(query.limit),
        ...(query.next === null ? {} : { continue: query.next }),
      });
      const page = readPage(
        await send({ method: "GET", path, maxBytes: MOST_PAGE }, requestOf("list", query), deps, signal) ??
          undefined,
      );
      if (page === null) throw unreadable(requestOf("list", query));
      return page;
    },
    watch: (query, hearing, signal) => watch(query, hearing, deps, signal),
    readLog: (pod, lines, signal) => readLog(pod, lines, deps, signal),
  };
}

async function createJob(
  { namespace, job, isQuiet }: {
    readonly namespace: string;
    readonly job: JsonObject;
    readonly isQuiet: boolean;
  },
  deps: KubeClientDeps,
  signal: AbortSignal,
): ReturnType<KubeCalls["createJob"]> {
  const request = jobRequest("create", { namespace, name: "" });
  const path = pathOf({ resource: "jobs", namespace, labelSelector: null }, {});
  const sent = { method: "POST", path, body: JSON.stringify(job) };
  const { status, body, waitMs } = readAnswer(await exchange(sent, request, deps, signal), deps);
  if (status === 409) return { outcome: "taken" };
  const made = status < 300 && isJsonObject(body) ? readJob(body) : null;
  if (made !== null) return { outcome: "created", job: made };
  // A created object whose answer cannot be read is there.
  if (status < 300) {
    const message = "The API server answered the creation of a Job with something that is no Job";
    throw new FailureError({ tag: "unknownOutcome", operation: "create jobs", message });
  }
  const failure = refusalOf({ status, body, retryAfterMs: waitMs }, request);
  throw new FailureError(isQuiet ? quiet(failure, body) : failure);
}

/** What nobody is to see may stand in the API server's own text, so only the places of what is wrong are told. */
function quiet(failure: Failure, body: Json | null): Failure {
  if (failure.tag !== "refused") return failure;
  const details = isJsonObject(body) && isJsonObject(body["details"]) ? body["details"]["causes"] : [];
  const fields = Array.isArray(details)
    ? details.flatMap((cause) =>
      isJsonObject(cause) && typeof cause["field"] === "string" ? [cause["field"]] : []
    )
    : [];
  const where = fields.length === 0 ? "" : ` at ${fields.slice(0, 10).join(", ")}`;
  const message =
    `The API server refused the Job${where} (${failure.code}); change the template that the run names`;
  return { ...failure, message };
}

/** Null: there is no such object. */
async function send(
  request: ClusterRequest,
  as: KubeRequest,
  deps: KubeClientDeps,
  signal: AbortSignal,
): Promise<JsonObject | null> {
  const { status, body, waitMs } = readAnswer(await exchange(request, as, deps, signal), deps);
  if (status === 404 && as.verb !== "list") return null;
  // Another object of this name is there by now.
  if (status === 409 && as.verb === "delete") return null;
  if (status >= 300) throw new FailureError(refusalOf({ status, body, retryAfterMs: waitMs }, as));
  if (!isJsonObject(body)) throw unreadable(as);
  return body;
}

/** The one way of every request but watches. @throws {FailureError} where there is no answer */
function exchange(
  request: ClusterRequest,
  as: KubeRequest,
  { http, observe }: KubeClientDeps,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return observe({
    service: "Kubernetes",
    operation: `${as.verb} ${as.resource}`,
    resultOf: ({ status }) => status < 300 ? "ok" : `${status}`,
    work: async () => {
      try {
        return await http.call(request, signal);
      } catch (thrown) {
        signal.throwIfAborted();
        throw new FailureError(lostOf(toFailure(thrown), as), { cause: thrown });
      }
    },
  });
}

interface Answered {
  readonly status: number;
  readonly body: Json | null;
  readonly waitMs: number | null;
}

function readAnswer(
  { status, headers, body }: HttpAnswer,
  { clock }: Pick<KubeClientDeps, "clock">,
): Answered {
  return { status, body: jsonOf(body), waitMs: retryAfterMs(headers["retry-after"], clock.now()) };
}

/** A write whose answer was lost may have happened, unless there was never a connection that could have carried it. */
function lostOf(failure: Failure, { verb, resource, isRead }: KubeRequest): Failure {
  if (isRead || isUnsent(failure)) return failure;
  const mayBeDone = failure.tag === "unreachable" || failure.tag === "timedOut" ||
    failure.tag === "unavailable";
  if (!mayBeDone) return failure;
  return { tag: "unknownOutcome", operation: `${verb} ${resource}`, message: failure.message };
}

function jsonOf(body: Uint8Array): Json | null {
  const decoded = decodeText(body);
  if (!("text" in decoded) || decoded.text === "") return null;
  try {
    return JSON.parse(decoded.text);
  } catch {
    return null;
  }
}

async function watch(
  query: Parameters<KubeCalls["watch"]>[0],
  { onOpen, onLine }: WatchHearing,
  { http, clock }: KubeClientDeps,
  signal: AbortSignal,
): Promise<void> {
  const path = pathOf(query, {
    watch: "true",
    allowWatchBookmarks: "true",
    resourceVersion: query.version,
    timeoutSeconds: String(query.timeoutS),
  });
  const as = requestOf("watch", query);
  const take = (text: string) => {
    const line = readWatchLine(parsed(text) ?? undefined);
    if (line === null) throw unreadable(as);
    onLine(line);
  };
  const taking = { onOpen, onLine: take, beginMs: BEGIN_MS, silentMs: SILENT_MS };
  const refused = await http.stream(path, taking, signal);
  if (refused === null) return;
  const { status, body, waitMs } = readAnswer(refused, { clock });
  throw new FailureError(refusalOf({ status, body, retryAfterMs: waitMs }, as));
}

function parsed(text: string): Json | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function readLog(
  { namespace, name, container }: Parameters<KubeCalls["readLog"]>[0],
  lines: number,
  deps: KubeClientDeps,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const as: KubeRequest = { verb: "get", resource: "pods/log", group: "", namespace, isRead: true };
  const query = new URLSearchParams({ container, tailLines: String(lines), limitBytes: String(MOST_LOG) });
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${
    encodeURIComponent(name)
  }/log?${query}`;
  const answer = await exchange({ method: "GET", path, maxBytes: 2 * MOST_LOG }, as, deps, signal);
  const { status } = answer;
  if (status === 404 || status === 400) return [];
  if (status >= 300) {
    const { body, waitMs } = readAnswer(answer, deps);
    throw new FailureError(refusalOf({ status, body, retryAfterMs: waitMs }, as));
  }
  const decoded = decodeText(answer.body);
  return "text" in decoded ? decoded.text.split("\n").filter((line) => line.trim() !== "").slice(-lines) : [];
}

/** Most bytes of a log that are asked for; a server that sends more than twice as many is not read. */
const MOST_LOG = 64 * 1024;

function unreadable({ verb, resource }: KubeRequest): FailureError {
  const message = `The API server answered ${verb} ${resource} with something that cannot be read`;
  return new FailureError({ tag: "unavailable", status: 200, message });
}

function requestOf(verb: string, { resource, namespace }: KubeQuery): KubeRequest {
  return { verb, resource, group: BATCH[resource], namespace, isRead: true };
}

function jobRequest(verb: string, { namespace }: JobName): KubeRequest {
  return { verb, resource: "jobs", group: "batch", namespace, isRead: verb === "get" };
}

function pathOf({ resource, namespace, labelSelector }: KubeQuery, query: Record<string, string>): string {
  const root = resource === "jobs" ? "/apis/batch/v1" : "/api/v1";
  const all = labelSelector === null ? query : { labelSelector, ...query };
  const text = new URLSearchParams(all).toString();
  return `${root}/namespaces/${encodeURIComponent(namespace)}/${resource}${text === "" ? "" : `?${text}`}`;
}

function jobPath({ namespace, name }: JobName): string {
  return `/apis/batch/v1/namespaces/${encodeURIComponent(namespace)}/jobs/${encodeURIComponent(name)}`;
}
