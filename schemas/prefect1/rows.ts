/**
 * Rows of the Prefect 1 API, each parsed on its own.
 *
 * @module
 */

import * as v from "valibot";
import type { ClaimMarker, MalformedRun, PlanTry } from "../flow_run/flow_run.ts";
import type { DueTaskRun, FlowRun } from "./flow_run.ts";
import { isJsonObject, type JsonObject } from "../json/json.ts";
import { isDeeperThan, MAX_DEPTH } from "../json/depth.ts";
import { rowProblem } from "./row_bounds.ts";
import { isFinished, isScheduled } from "./state.ts";
import { markerOf, type StoredMarker } from "./claim_marker.ts";
import { stateVersion } from "./state_version.ts";
import { momentOf } from "./time.ts";

// A parse boundary: the bytes came out of JSON.parse, so an object is a JSON object.
const jsonObject = v.custom<JsonObject>(isJsonObject, "is not an object");
const nullableObject = v.nullish(jsonObject, null);
const integer = v.pipe(v.number("is not a number"), v.safeInteger("is not a whole number"));
const text = v.string("is not a text");

// Of a state only its type is relied on; the rest travels through untouched.
const stateSchema = v.pipe(
  jsonObject,
  v.check((state) => typeof state.type === "string" && state.type !== "", "has no type"),
);

const taskRunRow = v.object({
  id: v.pipe(text, v.nonEmpty("is empty")),
  version: integer,
  serialized_state: stateSchema,
});

// What the API always has is required; what older servers left out, or return as null, is not.
const flowRunRow = v.object({
  id: v.pipe(text, v.nonEmpty("is empty")),
  name: v.nullish(text, ""),
  version: integer,
  serialized_state: stateSchema,
  run_config: nullableObject,
  flow: v.object({
    id: v.nullish(text, ""),
    name: text,
    version: v.nullish(integer, null),
    environment: nullableObject,
    storage: nullableObject,
    core_version: v.nullish(text, null),
  }, "is not an object"),
  task_runs: v.nullish(v.array(taskRunRow, "is not a list"), []),
}, "is not an object");

/** A row of the metadata query: a run, or what is known of one that cannot be read. */
export type ParsedRow = { readonly run: FlowRun } | { readonly malformed: MalformedRun };

/** Parses a row of the metadata query. A row beyond its bounds is malformed. */
export function parseFlowRun(row: unknown): ParsedRow {
  return parseRow(row, depthProblem(row) ?? (isJsonObject(row) ? rowProblem(row) : undefined));
}

function depthProblem(row: unknown): string | undefined {
  return isDeeperThan(row, MAX_DEPTH) ? `it nests deeper than ${MAX_DEPTH} levels` : undefined;
}

function parseRow(row: unknown, problem: string | undefined): ParsedRow {
  if (problem !== undefined) return { malformed: malformedOf(row, problem) };
  const parsed = v.safeParse(flowRunRow, row, { abortEarly: true });
  if (!parsed.success) return { malformed: malformedOf(row, describeIssue(parsed.issues[0])) };
  const start = startOf(parsed.output.serialized_state);
  if (start === null) {
    return { malformed: malformedOf(row, "serialized_state.start_time is not a date and time") };
  }
  return { run: flowRunOf(parsed.output, start) };
}

/** When a run is due. */
interface Start {
  readonly startTime: string;
  readonly dueAtMs: number | null;
}

/** Null for a start time that is there but cannot be read: then the run is malformed, not due at once. */
function startOf({ type, start_time: time }: JsonObject): Start | null {
  if (time === undefined || time === null || time === "") return { startTime: "", dueAtMs: null };
  if (typeof time !== "string") return null;
  const dueAtMs = momentOf(time);
  if (dueAtMs === null) return null;
  // A running flow does not wait for itself: its due task runs are due already.
  return { startTime: time, dueAtMs: type === "Running" ? null : dueAtMs };
}

/** Names in our spelling; of the task runs only those that wait for an agent. */
function flowRunOf(row: v.InferOutput<typeof flowRunRow>, start: Start): FlowRun {
  const { core_version: coreVersion, ...flow } = row.flow;
  const due = row.task_runs.filter((one) => isScheduled(String(one.serialized_state.type)));
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    state: row.serialized_state,
    stateType: String(row.serialized_state.type),
    ...start,
    dueTaskRuns: due.map(dueTaskRunOf),
    flow: { ...flow, coreVersion },
    runConfig: row.run_config,
  };
}

function dueTaskRunOf(row: v.InferOutput<typeof taskRunRow>): DueTaskRun {
  return { id: row.id, version: row.version, state: row.serialized_state };
}

/** Keeps what is known, so that the run can be set to Failed with the reason. */
function malformedOf(row: unknown, why: string): MalformedRun {
  const { id, version } = isJsonObject(row) ? row : {};
  const known = typeof id === "string" ? id : "";
  return {
    id: known,
    version: typeof version === "number" ? stateVersion(version) : null,
    message: `Cannot read flow run ${known === "" ? "without id" : known} as the Prefect API gave it: ${why}`,
  };
}

/** Names the field and what is wrong with it; values stay out, a run config may hold secrets. */
function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue) ?? "the row";
  const why = issue.received === "undefined" || issue.received === "null" ? "is missing" : issue.message;
  return `${path} ${why.startsWith("Invalid") ? "is not of the expected type" : why}`;
}

/** A run that carries a claim marker. */
export interface MarkedRun {
  readonly run: FlowRun;
  readonly marker: ClaimMarker;
  /** The process that is named in the claim, see `StoredMarker.by`. */
  readonly holder: string;
  /** See `StoredMarker.tries`. */
  readonly tries: readonly PlanTry[];
  /** Whether what was claimed is still as the claim left it. */
  readonly untouched: boolean;
  /** Newest claim on each of its task runs, in any state. */
  readonly late: readonly StoredMarker[];
  /** When its present state was set, in milliseconds since 1970; null where the API does not say. */
  readonly sinceMs: number | null;
}

/**
 * Parses a row of the claims query; null for a row that cannot be read or carries no marker. The bounds of rows do not
 * count: an earlier version may have claimed a larger run, whose task is to be followed all the same.
 */
export function parseMarkedRun(row: unknown): MarkedRun | null {
  const parsed = parseRow(row, depthProblem(row));
  const history = v.safeParse(readRow, row);
  if ("malformed" in parsed || !history.success) return null;
  const { task_runs: taskRuns, states } = history.output;
  const own = markerOf(parsed.run.state);
  const task = newestMarker(taskRuns);
  const stored = own ?? task ?? newestMarker(states);
  // Submitted without a marker: another agent has claimed it since.
  if (stored === null || (own === null && parsed.run.stateType === "Submitted")) return null;
  // A claim on a Running flow is a claim on its task runs; the flow's own state says nothing about it.
  const untouched = own !== null || (task?.marker.claim.startsWith("r") ?? false);
  const since = history.output.state_timestamp;
  const sinceMs = since === null ? null : momentOf(since);
  const late = history.output.late.flatMap(({ states: claims }) => newestMarker(claims) ?? []);
  return {
    run: parsed.run,
    marker: stored.marker,
    holder: stored.by,
    tries: stored.tries,
    untouched,
    late,
    sinceMs,
  };
}

/**
 * Parses what is readable of a claimed run whose row is not: its own state. The run is known by its id only, and cannot be
 * launched from it; null where there is no marker in that state.
 */
export function parseMarkedState(row: unknown): MarkedRun | null {
  const flow = { name: "" };
  return parseMarkedRun(isJsonObject(row) ? { ...row, flow } : row);
}

/** The first marker in a list that begins with the newest state. */
function newestMarker(rows: readonly v.InferOutput<typeof markedState>[]): StoredMarker | null {
  return rows.map((one) => markerOf(one.serialized_state)).find((marker) => marker !== null) ?? null;
}

/** State of a flow run or task run as it was read back. */
export interface ReadState {
  readonly id: string;
  readonly version: number;
  readonly type: string;
  readonly finished: boolean;
  /** The newest marker, also of a state that was left already. */
  readonly stored: StoredMarker | null;
  /**
   * The marker of its present state: a claim without one belongs to another agent, even if this agent had claimed the run
   * before.
   */
  readonly own: StoredMarker | null;
  /** Only version and type could be read: whose claim it is, is not known. */
  readonly isGlance: boolean;
}

const markedState = v.object({ serialized_state: nullableObject });

const readRow = v.object({
  id: text,
  version: v.nullish(integer, 0),
  serialized_state: stateSchema,
  // The newest Submitted states of the run and of its task runs: Running no longer shows the marker.
  states: v.nullish(v.array(markedState), []),
  task_runs: v.nullish(v.array(markedState), []),
  late: v.nullish(v.array(v.object({ states: v.array(markedState) })), []),
  state_timestamp: v.fallback(v.nullish(v.string(), null), null),
});

/** The part of a row of the read queries without which it says nothing. */
const plainRow = v.object({
  id: text,
  version: v.nullish(integer, 0),
  serialized_state: v.object({ type: text }),
});

/** Parses rows of the read queries. Of a row that cannot be read in full its type counts; one without a type is left out. */
export function parseReadStates(rows: unknown): readonly ReadState[] {
  if (!Array.isArray(rows)) return [];
  return rows.flatMap((row) => {
    const parsed = v.safeParse(readRow, row);
    if (parsed.success) return [readStateOf(parsed.output)];
    const plain = v.safeParse(plainRow, row);
    if (!plain.success) return [];
    const { id, version, serialized_state: { type } } = plain.output;
    return [readStateOfGlance({ id, version, type })];
  });
}

function readStateOf(row: v.InferOutput<typeof readRow>): ReadState {
  const type = String(row.serialized_state.type);
  return {
    id: row.id,
    version: row.version,
    type,
    finished: isFinished(type),
    stored: newestMarker([row, ...row.task_runs, ...row.states]),
    own: markerOf(row.serialized_state),
    isGlance: false,
  };
}

/** The little that is readable of every flow run and task run. */
export interface RowGlance {
  readonly id: string;
  readonly version: number;
  readonly type: string;
}

const glanceRow = v.object({ id: text, version: integer, state: text });

/** Parses a row of the glance queries; null for one that cannot be read. */
export function parseGlance(row: unknown): RowGlance | null {
  const parsed = v.safeParse(glanceRow, row);
  if (!parsed.success) return null;
  const { id, version, state: type } = parsed.output;
  return { id, version, type };
}

/** A state of which only its type is known. */
export function readStateOfGlance({ id, version, type }: RowGlance): ReadState {
  return { id, version, type, finished: isFinished(type), stored: null, own: null, isGlance: true };
}
