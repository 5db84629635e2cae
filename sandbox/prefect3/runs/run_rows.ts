/**
 * Flow runs as the API shows them, each with its state, its queue and its pool.
 *
 * @module
 */

import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { FINAL_TYPES } from "../../../schemas/prefect3/state_rules/state.ts";
import { microsOf } from "../../time/micros.ts";
import type { Bind, Doc, Store } from "../store/store.ts";

/** Members of a document that no answer has. */
const PRIVATE = new Set(["state_timestamp"]);

/** One run as the API shows it. */
export function runRow(store: Store, run: Doc): JsonObject {
  const { queue, pool } = placeOf(store, run);
  const state = docOf(store, "flow_run_state", run["state_id"]);
  return {
    ...Object.fromEntries(Object.entries(run).filter(([name]) => !PRIVATE.has(name))),
    ...estimates(store, run, state),
    work_queue_name: queue?.["name"] ?? run["work_queue_name"] ?? null,
    work_pool_id: pool?.id ?? null,
    work_pool_name: pool?.["name"] ?? null,
    state: state === null ? null : stateRow(state),
  };
}

/** A state as the API shows it. */
export function stateRow({ id, type, name, timestamp, message, data, state_details }: Doc): JsonObject {
  return {
    ...{ id, type: type ?? null, name: name ?? null, timestamp: timestamp ?? null },
    ...{ message: message ?? null, data: data ?? null, state_details: state_details ?? {} },
  };
}

/** States of a run, oldest first. */
export function statesOf(store: Store, runId: string): readonly JsonObject[] {
  const sql = "SELECT doc FROM flow_run_state WHERE flow_run_id = ? ORDER BY timestamp";
  return store.docs(sql, runId).map(stateRow);
}

/** The document that a member names; null: it names none. */
export function docOf(store: Store, table: Parameters<Store["get"]>[0], id: Json | undefined): Doc | null {
  return typeof id === "string" ? store.get(table, id) : null;
}

/** The queue and the pool of a run or a deployment. */
export function placeOf(
  store: Store,
  doc: Doc | null,
): { readonly queue: Doc | null; readonly pool: Doc | null } {
  const queue = docOf(store, "work_queue", doc?.["work_queue_id"]);
  return { queue, pool: docOf(store, "work_pool", queue?.["work_pool_id"]) };
}

/** Runs of a condition on `flow_run`, as the API shows them. */
export function runRows(store: Store, sql: string, binds: readonly Bind[]): readonly JsonObject[] {
  return store.docs(sql, ...binds).map((run) => runRow(store, run));
}

const SECOND = 1_000_000;

const FINAL: ReadonlySet<string> = FINAL_TYPES;

/** In seconds, of the moment. */
function estimates(store: Store, run: Doc, state: Doc | null): JsonObject {
  const now = store.micros();
  const total = Number(run["total_run_time"] ?? 0);
  const running = state?.["type"] === "RUNNING" ? (now - moment(state["timestamp"], now)) / SECOND : 0;
  return {
    estimated_run_time: total + running,
    estimated_start_time_delta: lateness(run, state, now) / SECOND,
  };
}

function lateness(run: Doc, state: Doc | null, now: number): number {
  const expected = moment(run["expected_start_time"], now);
  const started = run["start_time"];
  if (typeof started === "string") return Math.max(0, microsOf(started) - expected);
  const isOver = FINAL.has(String(state?.["type"]));
  return isOver ? 0 : Math.max(0, now - expected);
}

function moment(text: Json | undefined, other: number): number {
  return typeof text === "string" ? microsOf(text) : other;
}
