/**
 * The flow runs and task runs of the simulated Prefect API, with the rules by which their states change.
 *
 * @module
 */

import { isJsonObject, type JsonObject } from "../../schemas/json/json.ts";
import { isFinished } from "../../schemas/prefect1/state.ts";
import type { Author, ClaimNote } from "../world/history.ts";
import type { DueRun } from "../world/scenario.ts";
import type { World } from "../world/world.ts";

/** A state as it was set. */
export interface PastState {
  readonly version: number;
  readonly state: JsonObject;
  readonly atMs: number;
}

/** A flow run or task run. */
export interface Row {
  readonly kind: "flow_run" | "task_run";
  readonly id: string;
  readonly flowRunId: string;
  version: number;
  state: JsonObject;
  readonly past: PastState[];
  /** Name of the agent that claimed it last. */
  agentName: string | null;
  heartbeatMs: number;
  /** Until then a second claim is refused (Prefect Server). */
  lockedUntilMs: number;
}

/** A flow run. */
export interface RunRow extends Row {
  readonly due: DueRun;
  readonly tasks: readonly Row[];
  rescheduled: number;
}

/** A wish to set a state. */
export interface Setting {
  readonly state: JsonObject;
  /** Null: whatever it is now. */
  readonly expected: number | null;
  readonly author: Author;
  readonly agent: string | null;
  readonly sentMs: number;
}

/** Why a state was not set. */
export interface Refusal {
  readonly message: string;
  readonly code: string | null;
}

/** The tables. */
export interface PrefectStore {
  readonly runs: ReadonlyMap<string, RunRow>;
  readonly tasks: ReadonlyMap<string, Row>;
  readonly set: (row: Row, setting: Setting) => Refusal | null;
}

/** Lock of Prefect Server on a claim. @see wire facts on Prefect Server, "already been submitted" */
const GUARD_MS = 30_000;

/** `type` of a state. */
export function typeOf({ state }: Pick<Row, "state">): string {
  return String(state["type"]);
}

/** Makes the tables of a world: every run is scheduled from the beginning. */
export function makePrefectStore(world: World): PrefectStore {
  const runs = new Map<string, RunRow>();
  const tasks = new Map<string, Row>();
  for (const due of world.scenario.runs) {
    const state = scheduled(world.startMs + due.dueMs, "Flow run scheduled.");
    const task = newRow("task_run", { id: `t-${due.id}`, flowRunId: due.id, state: { type: "Pending" } });
    tasks.set(task.id, task);
    const row = newRow("flow_run", { id: due.id, flowRunId: due.id, state });
    runs.set(due.id, { ...row, version: 1, due, tasks: [task], rescheduled: 0 });
  }
  return { runs, tasks, set: (row, setting) => set(world, row, setting) };
}

/** A Scheduled state. */
export function scheduled(atMs: number, message: string): JsonObject {
  return { type: "Scheduled", message, start_time: new Date(atMs).toISOString() };
}

function newRow(kind: Row["kind"], row: Pick<Row, "id" | "flowRunId" | "state">): Row {
  return { ...row, kind, version: 0, past: [], agentName: null, heartbeatMs: 0, lockedUntilMs: 0 };
}

function set(world: World, row: Row, setting: Setting): Refusal | null {
  const refusal = refusalOf(world, row, setting);
  if (refusal !== null) return refusal;
  const { state, author, agent, expected, sentMs } = setting;
  const from = typeOf(row);
  const now = world.time.now();
  row.past.push({ version: row.version, state: row.state, atMs: now });
  row.state = state;
  row.version++;
  const to = typeOf(row);
  if (to === "Submitted") {
    row.lockedUntilMs = now + GUARD_MS;
    // Somebody else's agent may well have the same name.
    row.agentName = noteOf(state)?.agent ?? "agent";
  }
  if (to === "Submitted" || to === "Running") row.heartbeatMs = now;
  const claim = noteOf(state);
  if (row.kind === "task_run") {
    if (claim !== null) world.history.add({ what: "claimed", run: row.flowRunId, agent, claim });
    return null;
  }
  world.history.add({
    what: "state",
    run: row.id,
    author,
    agent,
    from,
    to,
    version: row.version,
    expected,
    message: String(state["message"] ?? ""),
    claim,
    sentMs,
  });
  return null;
}

function refusalOf(world: World, row: Row, { state, expected }: Setting): Refusal | null {
  if (world.scenario.server === "versions") {
    if (expected === null || expected === row.version) return null;
    return { message: "State update failed: version", code: "VERSION_LOCKING_ERROR" };
  }
  if (state["type"] !== "Submitted" || world.time.now() >= row.lockedUntilMs) return null;
  return { message: "State update failed: this run has already been submitted.", code: null };
}

/**
 * Whose claim a state is; null for one without our marker. Reads what is stored, without the agent's own reader: the
 * cluster of every release, and the place of the planted bug `renamesMarker`.
 */
export function noteOf(state: JsonObject): ClaimNote | null {
  const { context } = state;
  const marker = isJsonObject(context) ? context["prefect-agent"] : undefined;
  if (!isJsonObject(marker)) return null;
  const { agent, scope, cluster, claim } = marker;
  const place = cluster ?? String(scope).replace(/^[^/]*\//, "");
  return { agent: String(agent), cluster: String(place), claim: String(claim) };
}

/** Whether nothing follows. */
export function isOver(row: Row): boolean {
  return isFinished(typeOf(row));
}
