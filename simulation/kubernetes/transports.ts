/**
 * Requests of an agent to the simulated API server: slow, lossy, and cut like those to the Prefect API.
 *
 * @module
 */

import type { HttpAnswer } from "../../actors/http/http.ts";
import { type ClusterHttp, REQUEST_MS } from "../../actors/kubernetes/requests/cluster_http.ts";
import type { StreamOptions } from "../../actors/kubernetes/requests/read_stream.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import { mapping } from "../../schemas/json/shape.ts";
import { step } from "../agent_process.ts";
import { send } from "../network.ts";
import type { TransportDeps } from "../transports.ts";
import { fault, windowNow } from "../world/world.ts";
import {
  answer,
  type Asked,
  type KubeAnswer,
  type Pages,
  readRequest,
  refusal,
  refusedNow,
} from "./cluster/api_server.ts";
import type { Cluster } from "./cluster/cluster.ts";
import type { OpenWatch, Watches } from "./cluster/watches.ts";

/** Where an agent's requests go. */
export interface ClusterEnd {
  readonly cluster: Cluster;
  readonly watches: Watches;
  readonly pages: Pages;
}

const ENCODER = new TextEncoder();

/** HTTP to the API server. */
export function clusterHttp(deps: TransportDeps, end: ClusterEnd): ClusterHttp {
  return {
    call: ({ method, path, body = "" }, signal) => call(deps, end, { method, path, body }, signal),
    stream: (path, options, signal) => stream(deps, end, { path, ...options }, signal),
    close: () => undefined,
  };
}

async function call(
  deps: TransportDeps,
  end: ClusterEnd,
  line: Parameters<typeof readRequest>[0],
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const asked = readRequest(line);
  const served = await exchange(
    deps,
    asked,
    { timeoutMs: REQUEST_MS, signal },
    (sentMs) => answer(end.cluster, end.pages, asked, { agent: deps.process.id, sentMs }),
    end.cluster,
  );
  for (const object of served.shown) noteShown(deps, end.cluster, object, "shown");
  return httpAnswer(served);
}

/** One request on its way; a watch is one as well until it is open. */
async function exchange<Answer extends KubeAnswer | OpenWatch>(
  { world, process, crashes }: TransportDeps,
  asked: Asked,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
  serve: (sentMs: number) => Answer,
  cluster: Cluster,
): Promise<Answer | KubeAnswer> {
  const { operation } = asked;
  const execute = (sentMs: number): Answer | KubeAnswer => {
    const outage = windowNow(world, cluster.world.scenario.kube.outages);
    if (outage !== null) fault(world, `cluster ${outage.how}`, operation, process.id);
    if (outage !== null && outage.how !== "after") return outageAnswer(outage.how);
    const served = refusedNow(cluster, asked) ?? serve(sentMs);
    const status = "status" in served ? served.status : 200;
    world.history.add({ what: "net", agent: process.id, text: `${operation} ${status}` });
    return outage === null ? served : outageAnswer("500");
  };
  return await send<Answer | KubeAnswer>(world, {
    ...{ process, crashes, operation, timeoutMs, signal, lost },
    execute: ({ sentMs }) => execute(sentMs),
  }).catch(serverError);
}

function outageAnswer(how: string): KubeAnswer {
  if (how === "down") {
    throw new FailureError({ tag: "unreachable", message: "Cannot reach the cluster: ECONNREFUSED" });
  }
  if (how === "hang") throw lost("timeout");
  return how === "503"
    ? refusal(503, "ServiceUnavailable", "no endpoints available")
    : refusal(500, "InternalError", "etcdserver: leader changed");
}

/** A server that answers with an error is an answer, not a lost one. */
const SERVER_ERROR = Symbol("server error");

function lost(how: "reset" | "timeout" | "serverError"): unknown {
  if (how === "timeout") return new FailureError({ tag: "timedOut", message: "No answer within 30 s" });
  if (how === "reset") return new FailureError({ tag: "unreachable", message: "socket hang up" });
  return SERVER_ERROR;
}

function serverError(thrown: unknown): KubeAnswer {
  if (thrown === SERVER_ERROR) return refusal(504, "Timeout", "request did not complete");
  throw thrown;
}

function httpAnswer({ status, body, retryAfterS }: KubeAnswer): HttpAnswer {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return {
    status,
    headers: retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) },
    body: ENCODER.encode(text),
  };
}

/** For the record: the process knows of a Job now, and whether it knows that it has ended. */
function noteShown(
  { world, process }: TransportDeps,
  { jobs }: Cluster,
  object: JsonObject,
  how: "shown" | "shownGone",
): void {
  const { uid } = mapping(object["metadata"]);
  const job = jobs.find((one) => one.uid === uid);
  if (job === undefined || job.runId === null) return;
  const { conditions } = mapping(object["status"]);
  const isOver = Array.isArray(conditions) && conditions.length > 0;
  const happened = how === "shown" && isOver ? "shownOver" : how;
  world.history.add({ what: "job", task: job.task, happened, agent: process.id, sentMs: 0 });
}

interface Streaming extends StreamOptions {
  readonly path: string;
}

async function stream(
  deps: TransportDeps,
  end: ClusterEnd,
  streaming: Streaming,
  signal: AbortSignal,
): Promise<HttpAnswer | null> {
  const asked = readRequest({ method: "GET", path: streaming.path, body: "" });
  const opened: OpenWatch[] = [];
  let isOver = false;
  const begin = { timeoutMs: streaming.beginMs, signal };
  try {
    const served = await exchange(deps, asked, begin, () => {
      const watch = end.watches.open(asked);
      if (!("status" in watch)) opened.push(watch);
      // The request came so late that nobody waits for it.
      if (isOver && !("status" in watch)) watch.close();
      return watch;
    }, end.cluster);
    return "status" in served ? httpAnswer(served) : await follow(deps, end, served, streaming, signal);
  } finally {
    isOver = true;
    for (const watch of opened) watch.close();
  }
}

/** Takes lines until the watch ends, is silent for too long, or its process has ended. */
function follow(
  deps: TransportDeps,
  { cluster }: ClusterEnd,
  watch: OpenWatch,
  { onOpen, onLine, silentMs, path }: Streaming,
  signal: AbortSignal,
): Promise<null> {
  const { world, process, crashes } = deps;
  return new Promise((resolve, reject) => {
    let cancel: () => void = () => undefined;
    const settle = (fn: () => void) => {
      cancel();
      watch.close();
      signal.removeEventListener("abort", abort);
      if (process.isAlive) fn();
    };
    const abort = () => settle(() => reject(signal.reason));
    const heard = () => {
      cancel();
      cancel = world.time.after(silentMs, () =>
        settle(() => {
          reject(new FailureError({ tag: "timedOut", message: `Nothing came for ${path}` }));
        }));
    };
    signal.addEventListener("abort", abort, { once: true });
    heard();
    onOpen();
    watch.tellTo({
      line: (text, told) => {
        if (!step(world, process, { crashes, at: "before a line of a watch" })) {
          return settle(() => undefined);
        }
        heard();
        if (told?.kind === "jobs") {
          noteShown(deps, cluster, told.object, told.type === "DELETED" ? "shownGone" : "shown");
        }
        try {
          onLine(text);
        } catch (thrown) {
          settle(() => reject(thrown));
        }
      },
      end: (how) =>
        settle(() => {
          if (how === "end") resolve(null);
          else reject(new FailureError({ tag: "unreachable", message: "the connection was reset" }));
        }),
    });
  });
}
