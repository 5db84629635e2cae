/**
 * The begin of a worker channel: the pool that the worker names, its queues, and what the server answers.
 *
 * @module
 * @see Prefect 3.9.1, server/api/workers.py
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { isFilled } from "../../../schemas/json/shape.ts";
import { CHANNEL_VERSION, CLEANUP_DELIVERY } from "../../../schemas/prefect3/channel_frames.ts";
import { DEFAULT_QUEUE, isReserved, makePool, NEW_POOL, recordHeartbeat } from "../pools/pools.ts";
import { poolRow } from "../pools/pool_rows.ts";
import { templateFault, variablesFault } from "../pools/template_faults.ts";
import type { Doc, Store } from "../store/store.ts";
import { cleanupsAtATime, type Hello, REQUIRED } from "./frames.ts";

/** Why a channel is closed, in the words of the server. */
export type CloseReason =
  | "authentication_failed"
  | "authorization_failed"
  | "unsupported_version"
  | "protocol_error"
  | "transient_server_error";

/** A worker that was let in. */
export interface Greeted {
  readonly pool: Doc;
  /** The payload of `worker.ready.v1`. */
  readonly ready: JsonObject;
  /** Its messages come before those of other queues. */
  readonly queues: readonly Doc[];
  /** Whether the pool got its template from this worker: others are told. */
  readonly isFilled: boolean;
}

/** Lets a worker in, or says why not: then nothing is made. */
export function greet(store: Store, poolName: string, hello: Hello): Greeted | CloseReason {
  if (!hello.supported_channel_versions.includes(CHANNEL_VERSION)) return "unsupported_version";
  return store.transaction(() => {
    const known = store.find("work_pool", { name: poolName });
    const refused = known === null ? newPoolRefusal(poolName, hello) : knownPoolRefusal(store, known, hello);
    if (refused !== null) return refused;
    const template = hello.default_base_job_template;
    const isTaken = known !== null && takesTemplate(known, hello);
    const pool = known === null
      ? makePool(store, { ...NEW_POOL, name: poolName, type: hello.worker_type, base_job_template: template })
      : isTaken
      ? store.update("work_pool", known, { base_job_template: template })
      : known;
    recordHeartbeat(store, pool, { name: hello.worker_name, seconds: hello.heartbeat_interval_seconds });
    const queues = queuesOf(store, pool, hello);
    return { pool, queues, isFilled: isTaken, ready: readyPayload(store, pool, queues, hello) };
  });
}

function newPoolRefusal(name: string, hello: Hello): CloseReason | null {
  if (!hello.create_pool_if_not_found || isReserved(name)) return "authorization_failed";
  const hasOthers = hello.work_queue_names.some((queue) => queue !== DEFAULT_QUEUE);
  return templateRefusal(hello.default_base_job_template) ?? (hasOthers ? "authorization_failed" : null);
}

function knownPoolRefusal(store: Store, pool: Doc, hello: Hello): CloseReason | null {
  const names = new Set(store.all("work_queue", { work_pool_id: pool.id }).map(({ name }) => name));
  if (hello.work_queue_names.some((name) => !names.has(name))) return "authorization_failed";
  return takesTemplate(pool, hello) ? templateRefusal(hello.default_base_job_template) : null;
}

/** Defaults that do not fit are the worker's fault; what is no template is a fault within a real server. */
function templateRefusal(template: JsonObject): CloseReason | null {
  if (variablesFault({ template, values: [], isComplete: false }) !== null) return "protocol_error";
  return templateFault(template) === null ? null : "transient_server_error";
}

/** A pool without a template takes that of a worker. */
function takesTemplate(pool: Doc, hello: Hello): boolean {
  return !isFilled(pool["base_job_template"]) && isFilled(hello.default_base_job_template);
}

/** Those that the worker names, in its order; all of them when it names none. */
function queuesOf(store: Store, pool: Doc, { work_queue_names: names }: Hello): readonly Doc[] {
  const all = store.all("work_queue", { work_pool_id: pool.id });
  if (names.length === 0) return all;
  return [...new Set(names)].flatMap((name) => all.filter((queue) => queue["name"] === name));
}

function readyPayload(store: Store, pool: Doc, queues: readonly Doc[], hello: Hello): JsonObject {
  const most = cleanupsAtATime(hello);
  const accepted: readonly string[] = most > 0 ? [...REQUIRED, CLEANUP_DELIVERY] : REQUIRED;
  return {
    consumer_id: hello.consumer_id,
    worker_id: null,
    selected_channel_version: CHANNEL_VERSION,
    effective_heartbeat_interval_seconds: hello.heartbeat_interval_seconds,
    accepted_capabilities: accepted,
    rejected_capabilities: [...new Set(hello.requested_capabilities)].filter((one) =>
      !accepted.includes(one)
    ),
    effective_max_cleanup_concurrency: most,
    resolved_work_queues: queues.map(({ id, name }) => ({ id, name: name ?? "" })),
    initial_snapshot: { snapshot_sequence: 1, reason: "initial", work_pool: poolRow(store, pool) },
  };
}
