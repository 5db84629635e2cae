/**
 * What flow runs and task runs have in common when a state is set: the lock on versions, the copies in columns, the
 * history.
 *
 * @see recorded: tests/wire/prefect1/README.md §6
 * @module
 */

import type { JsonObject } from "../../schemas/json/json.ts";
import { isJsonObject } from "../../schemas/json/json.ts";
import type { Call } from "./operation.ts";
import { refusal, VERSION_LOCKING_ERROR } from "./store/refusal.ts";
import { FINISHED, keepingCachedInputs, RUNNING, SCHEDULED, type State } from "./store/states.ts";
import type { Row, Store } from "./store/store.ts";
import { normalTimestamp } from "./store/timestamps.ts";

/** The two kinds of runs that have states. */
export type RunTable = "flow_run" | "task_run";

/** A state about to be set. */
export interface Setting {
  /** Which kind of run. */
  readonly table: RunTable;
  /** The run as it is. */
  readonly row: Row;
  /** The state to set. */
  readonly state: State;
}

/** States whose sender read the run first; the version of all others is not looked at, as the real agents need it. */
const LOCKED: ReadonlySet<string> = new Set(["Submitted", "Running"]);

/**
 * Refuses a state that was made for an older version of the run.
 *
 * @throws {FailureError} `apiError` with the code that clients take for a lost claim
 */
export function checkVersion(
  call: Call,
  { table, row, state }: Setting,
  version: number | null | undefined,
): void {
  if (version === null || version === undefined || !LOCKED.has(state.type)) return;
  if (version === row["version"] || !locks(call, { table, row })) return;
  const run = `${table === "flow_run" ? "flow" : "task"} run ${row["id"]}`;
  throw refusal(
    `State update failed for ${run}: version ${version} was sent, the run is at ${row["version"]}`,
    VERSION_LOCKING_ERROR,
  );
}

function locks(call: Call, { table, row }: Omit<Setting, "state">): boolean {
  const flowRunId = String(table === "flow_run" ? row["id"] : row["flow_run_id"]);
  const [group] = call.store.all(
    "SELECT g.settings FROM flow_run r JOIN flow f ON f.id = r.flow_id JOIN flow_group g ON g.id = f.flow_group_id" +
      " WHERE r.id = ?",
    flowRunId,
  );
  const settings: unknown = JSON.parse(String(group?.["settings"] ?? "{}"));
  const own = isJsonObject(settings) ? settings["version_locking_enabled"] : undefined;
  return typeof own === "boolean" ? own : call.versionLocking;
}

/** Stores an accepted state: version + 1, a line in the history, the copies in the columns. */
export function writeState(store: Store, { table, row, state }: Setting, more: JsonObject = {}): void {
  const now = store.stamp();
  const serialized = keepingCachedInputs(state.json, row["serialized_state"] ?? null);
  const version = Number(row["version"]) + 1;
  const startTime = startTimeOf(state, now);
  const id = String(row["id"]);
  const stateId = store.insert(`${table}_state`, {
    tenant_id: row["tenant_id"],
    [`${table}_id`]: id,
    state: state.type,
    message: state.message,
    timestamp: now,
    start_time: startTime,
    version,
    serialized_state: serialized,
  });
  store.update(table, id, {
    version,
    state: state.type,
    state_id: stateId,
    state_message: state.message,
    state_timestamp: now,
    state_start_time: startTime,
    serialized_state: serialized,
    ...lifeOf(state, row, now),
    ...more,
  });
}

/** A waiting state without a start time is due at once: clients load it so. */
function startTimeOf(state: State, now: string): string | null {
  if (state.startTime !== null) return normalTimestamp(state.startTime);
  return SCHEDULED.has(state.type) ? now : null;
}

function lifeOf({ type }: State, row: Row, now: string): JsonObject {
  const alive = LOCKED.has(type) ? { heartbeat: now } : {};
  if (RUNNING.has(type)) return { ...alive, start_time: row["start_time"] ?? now };
  return FINISHED.has(type) ? { end_time: now } : alive;
}
