/**
 * The begin of a worker channel: the pool that the worker names, its queues, and what the server answers.
 *
 * @module
 * @see Prefect 3.9.1, server/api/workers.py
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { CHANNEL_VERSION, CLEANUP_DELIVERY } from "../../../schemas/prefect3/channel_frames.ts";
import { makePool, NEW_POOL, recordHeartbeat } from "../pools/pools.ts";
import { poolRow } from "../pools/pool_rows.ts";
import { templateFault } from "../pools/template_faults.ts";
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
  /** Whether the pool got its template from this worker: others are told. */
  readonly isFilled: boolean;
}

/** Lets a worker in, or says why not. */
export function greet(store: Store, poolName: string, hello: Hello): Greeted | CloseReason {
  if (!hello.supported_channel_versions.includes(CHANNEL_VERSION)) return "unsupported_version";
  return store.transaction(() => {
    const found = poolOf(store, poolName, hello);
    if (typeof found === "string") return found;
    const queues = queuesOf(store, found, hello.work_queue_names);
    if (queues === null) return "authorization_failed";
    const isFilled = isEmpty(found) && Object.keys(hello.default_base_job_template).length > 0;
    const pool = isFilled
      ? store.update("work_pool", found, { base_job_template: hello.default_base_job_template })
      : found;
    recordHeartbeat(store, pool, { name: hello.worker_name, seconds: hello.heartbeat_interval_seconds });
    return { pool, isFilled, ready: readyPayload(store, pool, queues, hello) };
  });
}

function poolOf(store: Store, name: string, hello: Hello): Doc | CloseReason {
  const known = store.find("work_pool", { name });
  if (known !== null) return known;
  if (!hello.create_pool_if_not_found || name.toLowerCase().startsWith("prefect")) {
    return "authorization_failed";
  }
  const template = hello.default_base_job_template;
  if (templateFault(template) !== null) return "protocol_error";
  return makePool(store, { ...NEW_POOL, name, type: hello.worker_type, base_job_template: template });
}

function isEmpty(pool: Doc): boolean {
  return JSON.stringify(pool["base_job_template"] ?? {}) === "{}";
}

/** Null: one of the names is of no queue. */
function queuesOf(store: Store, pool: Doc, names: readonly string[]): readonly Doc[] | null {
  if (names.length === 0) return store.all("work_queue", { work_pool_id: pool.id });
  const found = [...new Set(names)].map((name) => store.find("work_queue", { work_pool_id: pool.id, name }));
  return found.includes(null) ? null : found.filter((queue) => queue !== null);
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
