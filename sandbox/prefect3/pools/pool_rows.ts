/**
 * Work pools, queues and workers as the API shows them.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { HEARTBEAT_SECONDS, MISSING_HEARTBEATS } from "../../../schemas/prefect3/state_rules/server_times.ts";
import { microsOf } from "../../time/micros.ts";
import type { Doc, Store } from "../store/store.ts";
import { docOf } from "../runs/run_rows.ts";

/** A pool. */
export function poolRow(store: Store, pool: Doc): JsonObject {
  const isLimited = typeof pool["concurrency_limit"] === "number";
  return {
    ...pool,
    status: poolStatus(store, pool),
    active_slots: isLimited ? activeInPool(store, pool.id) : null,
  };
}

function poolStatus(store: Store, pool: Doc): string {
  if (pool["is_paused"] === true) return "PAUSED";
  const workers = store.all("worker", { work_pool_id: pool.id });
  return workers.some((worker) => isOnline(store, worker)) ? "READY" : "NOT_READY";
}

const ACTIVE = "state_type IN ('PENDING', 'RUNNING')";

function activeInPool(store: Store, poolId: string): number {
  const queues = "SELECT id FROM work_queue WHERE work_pool_id = ?";
  const sql = `SELECT count(*) AS n FROM flow_run WHERE ${ACTIVE} AND work_queue_id IN (${queues})`;
  return Number(store.row(sql, poolId)?.["n"]);
}

/** A queue. */
export function queueRow(store: Store, queue: Doc): JsonObject {
  const pool = docOf(store, "work_pool", queue["work_pool_id"]);
  const isLimited = typeof queue["concurrency_limit"] === "number";
  const sql = `SELECT count(*) AS n FROM flow_run WHERE ${ACTIVE} AND work_queue_id = ?`;
  const isPolled = queue["last_polled"] !== null;
  return {
    ...queue,
    work_pool_name: pool?.["name"] ?? null,
    status: queue["is_paused"] === true ? "PAUSED" : isPolled ? "READY" : "NOT_READY",
    active_slots: isLimited ? Number(store.row(sql, queue.id)?.["n"]) : null,
  };
}

/** A worker. */
export function workerRow(store: Store, worker: Doc): JsonObject {
  return { ...worker, status: isOnline(store, worker) ? "ONLINE" : "OFFLINE" };
}

function isOnline(store: Store, worker: Doc): boolean {
  const every = Number(worker["heartbeat_interval_seconds"] ?? HEARTBEAT_SECONDS);
  return microsOf(String(worker["last_heartbeat_time"])) >
    store.micros() - every * MISSING_HEARTBEATS * 1_000_000;
}
