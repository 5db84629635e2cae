/**
 * Rows of the Prefect 3 API, read once and bounded.
 *
 * @module
 */

import * as v from "valibot";
import { BOUNDS } from "../bounds/bounds.ts";
import { isDeeperThan, MAX_DEPTH } from "../json/depth.ts";
import { isJsonObject, type Json, type JsonObject } from "../json/json.ts";
import type { Deployment } from "./flow_run.ts";

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(BOUNDS.id.most));
const name = v.pipe(v.string(), v.maxLength(BOUNDS.name.most));
const text = v.optional(v.nullable(v.string()), null);
const object = v.optional(v.nullable(v.custom<JsonObject>(isJsonObject, "must be an object")), null);

const details = v.object({ scheduled_time: text, transition_id: text });

const state = v.object({
  id: v.optional(v.nullable(id), null),
  type: v.string(),
  name: text,
  timestamp: text,
  message: text,
  state_details: v.optional(v.nullable(details), null),
});

const flowRun = v.object({
  id,
  name,
  flow_id: id,
  deployment_id: v.optional(v.nullable(id), null),
  state_id: v.optional(v.nullable(id), null),
  state_type: text,
  state_name: text,
  state: v.optional(v.nullable(state), null),
  job_variables: object,
  labels: object,
  tags: v.optional(v.nullable(v.array(v.string())), []),
  work_queue_name: text,
  infrastructure_pid: text,
  start_time: text,
  expected_start_time: text,
  next_scheduled_start_time: text,
  empirical_policy: v.optional(v.nullable(v.object({ retry_type: text })), null),
});

/** A flow run as the API shows it. */
export interface RunRow {
  readonly id: string;
  readonly name: string;
  readonly flowId: string;
  readonly deploymentId: string | null;
  readonly stateId: string;
  readonly stateType: string;
  readonly stateName: string;
  /** When its state was set, in milliseconds since 1970; null where the API does not say. */
  readonly sinceMs: number | null;
  readonly message: string | null;
  readonly transitionId: string | null;
  readonly scheduledTime: string | null;
  readonly jobVariables: JsonObject;
  readonly labels: JsonObject;
  readonly tags: readonly string[];
  readonly workQueue: string | null;
  readonly infrastructurePid: string | null;
  /** Its flow has begun at least once. */
  readonly hasBegun: boolean;
  /** It waits for a retry within its own task. */
  readonly isInProcess: boolean;
}

/** A row, or why it cannot be read. */
export type ReadRow = { readonly row: RunRow } | { readonly id: string; readonly problem: string };

/** Reads the row of a flow run. The problem names the member, never a value. */
export function readRunRow(value: Json): ReadRow {
  if (isDeeperThan(value, MAX_DEPTH)) {
    return { id: idIn(value), problem: `it nests deeper than ${MAX_DEPTH} levels` };
  }
  const read = v.safeParse(flowRun, value);
  if (!read.success) {
    const [issue] = read.issues;
    return {
      id: idIn(value),
      problem: `${v.getDotPath(issue) ?? "the row"} ${issue.message}`,
    };
  }
  return { row: rowOf(read.output) };
}

/** The id of a row that cannot be read; empty: it has none. */
export function idIn(value: Json): string {
  const given = isJsonObject(value) && typeof value["id"] === "string" ? value["id"] : "";
  return given.slice(0, BOUNDS.id.most);
}

function rowOf(row: v.InferOutput<typeof flowRun>): RunRow {
  const { state } = row;
  const stateType = state?.type ?? row.state_type ?? "";
  const since = Date.parse(state?.timestamp ?? "");
  return {
    id: row.id,
    name: row.name,
    flowId: row.flow_id,
    deploymentId: row.deployment_id,
    stateId: state?.id ?? row.state_id ?? "",
    stateType,
    stateName: state?.name ?? row.state_name ?? "",
    sinceMs: Number.isNaN(since) ? null : since,
    message: state?.message ?? null,
    transitionId: state?.state_details?.transition_id ?? null,
    // Up to 3.8 the queue answers runs without their state.
    scheduledTime: state?.state_details?.scheduled_time ?? scheduledBeside(row),
    jobVariables: row.job_variables ?? {},
    labels: row.labels ?? {},
    tags: row.tags ?? [],
    workQueue: row.work_queue_name,
    infrastructurePid: row.infrastructure_pid,
    hasBegun: row.start_time !== null,
    // The policy keeps it when the run has gone on.
    isInProcess: stateType === "SCHEDULED" && row.empirical_policy?.retry_type === "in_process",
  };
}

/** A run that is scheduled tells its moment also beside its state. */
function scheduledBeside(row: v.InferOutput<typeof flowRun>): string | null {
  return row.state_type === "SCHEDULED" ? row.next_scheduled_start_time ?? row.expected_start_time : null;
}

const deployment = v.object({
  id,
  name,
  updated: text,
  job_variables: object,
  global_concurrency_limit: v.optional(
    v.nullable(v.object({ limit: v.number(), active: v.optional(v.boolean(), true) })),
    null,
  ),
  concurrency_limit: v.optional(v.nullable(v.number()), null),
});

/** Reads a deployment; null: it is none. */
export function readDeployment(value: Json): Deployment | null {
  if (isDeeperThan(value, MAX_DEPTH)) return null;
  const read = v.safeParse(deployment, value);
  if (!read.success) return null;
  const { global_concurrency_limit: shared, concurrency_limit: own, ...row } = read.output;
  return {
    id: row.id,
    name: row.name,
    jobVariables: row.job_variables ?? {},
    updated: row.updated,
    limit: shared?.limit ?? own,
  };
}

const flow = v.object({ id, name });

/** Reads the id and the name of a flow; null: it is none. */
export function readFlow(value: Json): { readonly id: string; readonly name: string } | null {
  const read = v.safeParse(flow, value);
  return read.success ? read.output : null;
}

const proposal = v.object({
  flow_run_id: v.optional(id),
  status: v.string(),
  details: v.optional(
    v.nullable(v.object({ reason: text, delay_seconds: v.optional(v.nullable(v.number()), null) })),
    null,
  ),
  // The decision stands, whatever its state looks like.
  state: v.fallback(v.optional(v.nullable(state), null), null),
});

/** What the API answers to a proposed state. */
export interface Proposal {
  /** Of several runs only: the one that it is for. */
  readonly runId: string | null;
  /** `ACCEPT`, `REJECT`, `WAIT`, `ABORT`. */
  readonly status: string;
  readonly reason: string;
  /** With `WAIT`, in milliseconds. */
  readonly delayMs: number;
  /** The run's state now; of several runs its details are those of another. */
  readonly state: { readonly type: string; readonly name: string; readonly transitionId: string | null };
}

/** Reads the answer to a proposed state; null: it is none. */
export function readProposal(value: Json): Proposal | null {
  const read = v.safeParse(proposal, value);
  if (!read.success) return null;
  const { flow_run_id, status, details, state } = read.output;
  return {
    runId: flow_run_id ?? null,
    status,
    reason: details?.reason ?? "",
    delayMs: (details?.delay_seconds ?? 0) * 1000,
    state: {
      type: state?.type ?? "",
      name: state?.name ?? "",
      transitionId: state?.state_details?.transition_id ?? null,
    },
  };
}
