/**
 * The work pool over REST: what the worker reads at its start, and all it has where the server grants no worker channel.
 *
 * @module
 * @see recorded: j01, j14, j16 (Prefect 3.8.8)
 */

import { withNumbers } from "../../../schemas/json/number_source.ts";
import { BOUNDS } from "../../../schemas/bounds/bounds.ts";
import { answerFaultOf, type Failure, FailureError, toFailure } from "../../../schemas/failure/failure.ts";
import { isJsonObject, type JsonObject } from "../../../schemas/json/json.ts";
import type { WorkPool } from "../../../schemas/prefect3/flow_run.ts";
import { readWorkPool, readWorkQueues, type WorkQueue } from "../../../schemas/prefect3/work_pool.ts";
import type { Api, ApiAnswer } from "../api.ts";
import type { StoredTask } from "./cleanups.ts";

/** Where requests go, and for which pool. */
export interface PoolRestDeps {
  readonly api: Pick<Api, "send">;
  readonly pool: string;
  /** What a new pool gets. */
  readonly template: JsonObject;
  /** What a pool without a template gets. */
  readonly defaultTemplate: JsonObject;
}

/** How long a read is tried. */
type Tries = "once" | "briefly";

/** One heartbeat. */
export interface Heartbeat {
  readonly name: string;
  readonly intervalMs: number;
  /** The server is asked for the worker's id. */
  readonly asksId: boolean;
  /** What the worker runs with; null: not sent. */
  readonly metadata: JsonObject | null;
}

/** The API answers, and what it says of the pool cannot be read. Its client tells nothing of that. */
export class UnreadablePool extends FailureError {}

/**
 * Requests for one pool.
 *
 * @throws {FailureError} what `Api.send` throws, {@link UnreadablePool} for an answer that is no pool
 */
export interface PoolRest {
  /** Null: it does not exist. */
  readonly find: (signal: AbortSignal, tries?: Tries) => Promise<WorkPool | null>;
  /** Creates the pool; another worker may have been faster. */
  readonly create: (signal: AbortSignal) => Promise<WorkPool>;
  /** Gives a pool without a template the default one. */
  readonly fill: (pool: WorkPool, signal: AbortSignal) => Promise<WorkPool>;
  readonly queues: (signal: AbortSignal, tries?: Tries) => Promise<readonly WorkQueue[]>;
  /** @returns the worker's id; null: the server gives none */
  readonly heartbeat: (beat: Heartbeat, signal: AbortSignal) => Promise<string | null>;
  /** Never rejects. */
  readonly storedTask: (runId: string, signal: AbortSignal) => Promise<StoredTask>;
}

/** Most work queues of one answer. */
const QUEUES = 200;

/** Pages of work queues that are read. */
const QUEUE_PAGES = 50;

/** Requests of one pool over an API. */
export function makePoolRest(deps: PoolRestDeps): PoolRest {
  return {
    find: (signal, tries = "briefly") => findPool(deps, signal, tries),
    create: (signal) => createPool(deps, signal),
    fill: (pool, signal) => fillPool(deps, pool, signal),
    queues: (signal, tries = "briefly") => findQueues(deps, signal, tries),
    heartbeat: (beat, signal) => sendHeartbeat(deps, beat, signal),
    storedTask: (runId, signal) => readStoredTask(deps, runId, signal),
  };
}

async function findPool(
  { api, pool }: PoolRestDeps,
  signal: AbortSignal,
  tries: Tries,
): Promise<WorkPool | null> {
  const path = ["work_pools", pool];
  const request = { method: "GET", path, route: "GET /work_pools/{name}", tries, accept: [404] } as const;
  try {
    const answer = await api.send(request, signal);
    return answer.status === 404 ? null : poolOf(pool, answer);
  } catch (thrown) {
    throw tooMuchOf(pool, toFailure(thrown)) ?? thrown;
  }
}

/** An answer beyond the bounds of every answer; null: another failure. */
function tooMuchOf(pool: string, failure: Failure): UnreadablePool | null {
  const fault = answerFaultOf(failure);
  if (fault?.kind === "tooLong") {
    return unreadablePool(pool, `the answer has more than ${fault.mostBytes} bytes`);
  }
  if (fault?.kind !== "tooMany") return null;
  const { most, unit } = BOUNDS.answerValues;
  return unreadablePool(pool, `the answer has too many values (at most ${most} are accepted: ${unit})`);
}

async function createPool(deps: PoolRestDeps, signal: AbortSignal): Promise<WorkPool> {
  const body = { name: deps.pool, type: "ecs", base_job_template: deps.template };
  const answer = await deps.api.send(
    // The API wants the slash at the end: an empty last segment.
    { method: "POST", path: ["work_pools", ""], route: "POST /work_pools/", body, accept: [403, 409] },
    signal,
  );
  // 403 may be a matter of the plan that was paid for, and then no question of the key.
  if (answer.status === 403) throw refusedPool(deps.pool, answer);
  if (answer.status !== 409) return poolOf(deps.pool, answer);
  const found = await findPool(deps, signal, "briefly");
  if (found !== null) return found;
  throw new FailureError({
    tag: "unavailable",
    status: 409,
    message: `Work pool '${deps.pool}' was created by another worker and is not there yet`,
  });
}

function refusedPool(pool: string, { text }: ApiAnswer): FailureError {
  return new FailureError({
    tag: "configuration",
    field: "--pool",
    message:
      `Work pool '${pool}' does not exist, and the server does not let this worker create it (HTTP 403): ` +
      `${text.slice(0, 500)}. Create a pool of type 'ecs' by hand, or use a key that may.`,
  });
}

async function fillPool(deps: PoolRestDeps, pool: WorkPool, signal: AbortSignal): Promise<WorkPool> {
  // A template that cannot be taken is the user's all the same.
  if (Object.keys(pool.template).length > 0 || pool.templateProblem !== undefined) return pool;
  const path = ["work_pools", deps.pool];
  const body = { base_job_template: deps.defaultTemplate };
  await deps.api.send({ method: "PATCH", path, route: "PATCH /work_pools/{name}", body }, signal);
  return { ...pool, template: deps.defaultTemplate };
}

async function findQueues(
  { api, pool }: PoolRestDeps,
  signal: AbortSignal,
  tries: Tries,
): Promise<readonly WorkQueue[]> {
  const path = ["work_pools", pool, "queues", "filter"];
  const found: WorkQueue[] = [];
  for (let page = 0; page < QUEUE_PAGES; page++) {
    const body = { work_queues: null, limit: null, offset: page === 0 ? null : found.length };
    const answer = await api.send({
      method: "POST",
      path,
      route: "POST /work_pools/{name}/queues/filter",
      tries,
      body,
      accept: [404],
    }, signal);
    const rows = answer.status === 404 ? [] : readWorkQueues(answer.body);
    if (rows === null) throw unreadable("a list of work queues", answer.status);
    found.push(...rows);
    if (rows.length < QUEUES) break;
  }
  return found;
}

async function sendHeartbeat(
  { api, pool }: PoolRestDeps,
  { name, intervalMs, asksId, metadata }: Heartbeat,
  signal: AbortSignal,
): Promise<string | null> {
  const send = (more: JsonObject, accept: readonly number[]) =>
    api.send({
      method: "POST",
      path: ["work_pools", pool, "workers", "heartbeat"],
      route: "POST /work_pools/{name}/workers/heartbeat",
      body: { name, heartbeat_interval_seconds: Math.max(1, Math.round(intervalMs / 1000)), ...more },
      accept,
    }, signal);
  const known: JsonObject = metadata === null ? {} : { metadata };
  // A server that gives no ids refuses the question with 422.
  const asked = asksId ? await send({ ...known, return_id: true }, [422]) : null;
  const answer = asked === null || asked.status === 422 ? await send(known, []) : asked;
  return typeof answer.body === "string" && answer.body !== "" ? answer.body : null;
}

async function readStoredTask(
  { api }: PoolRestDeps,
  runId: string,
  signal: AbortSignal,
): Promise<StoredTask> {
  try {
    const path = ["flow_runs", runId];
    const answer = await api.send(
      { method: "GET", path, route: "GET /flow_runs/{id}", accept: [404], runId },
      signal,
    );
    if (answer.status === 404) return "gone";
    return isJsonObject(answer.body) && typeof answer.body["infrastructure_pid"] === "string"
      ? "stored"
      : "none";
  } catch {
    // The message is given back: whoever gets it next asks again.
    return "unknown";
  }
}

function poolOf(name: string, { body, text }: ApiAnswer): WorkPool {
  // Placeholders inside texts print numbers as the template wrote them.
  const read = readWorkPool(withNumbers(body, text));
  if ("problem" in read) throw unreadablePool(name, read.problem);
  return read.pool;
}

function unreadablePool(pool: string, problem: string): UnreadablePool {
  const message = `Work pool '${pool}' cannot be read: ${problem}. ` +
    "Check that PREFECT_API_URL ends in /api, and save the pool again";
  return new UnreadablePool({ tag: "unavailable", status: 200, message });
}

function unreadable(what: string, status: number): FailureError {
  return new FailureError({
    tag: "unavailable",
    status,
    message: `The Prefect API answered with something that is not ${what}; does PREFECT_API_URL end in /api?`,
  });
}
