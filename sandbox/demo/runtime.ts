/**
 * A small runtime for demo flows: claims the run, runs its tasks one after the other, heartbeats, writes logs, honours a
 * cancellation, sets the final state.
 *
 * @see recorded: tests/wire/prefect1/agent-run-success.json, run-cancelled.json
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import { mapping, mappings } from "../../schemas/json/shape.ts";
import type { Graphql } from "./api_client.ts";

/** What a run needs. */
export interface DemoRuntimeParts {
  readonly ask: Graphql;
  readonly flowRunId: string;
  readonly clock: Clock;
  /** One line to the container's output. */
  readonly write: (line: string) => void;
}

/** A task run of the run. */
interface TaskRun {
  readonly id: string;
  readonly version: number;
  readonly name: string;
}

/** The run as the API tells it. */
interface Run {
  readonly stateType: string;
  readonly version: number;
  readonly flowName: string;
  readonly parameters: JsonObject;
  readonly taskRuns: readonly TaskRun[];
}

const CANCEL_CHECK_MS = 250;
const FINISHED: ReadonlySet<string> = new Set(["Success", "Failed", "Cancelled", "TimedOut", "Skipped"]);

const READ_RUN =
  `query($id: uuid!) { flow_run_by_pk(id: $id) { version serialized_state parameters flow { name }
  task_runs(where: { map_index: { _eq: -1 } }) { id version task { name } } } }`;
const SET_FLOW = `mutation($input: set_flow_run_states_input!) {
  set_flow_run_states(input: $input) { states { id status message } } }`;
const SET_TASKS = `mutation($input: set_task_run_states_input!) {
  set_task_run_states(input: $input) { states { id status message } } }`;
const WRITE_LOGS = `mutation($input: write_run_logs_input!) { write_run_logs(input: $input) { success } }`;
const HEARTBEAT = `mutation($input: update_flow_run_heartbeat_input!) {
  update_flow_run_heartbeat(input: $input) { success } }`;

function stateOf(type: string, message: string): JsonObject {
  const version = { __version__: "0.15.13" };
  const _result = { type: "NoResultType", ...version };
  return { type, message, context: {}, cached_inputs: {}, _result, ...version };
}

function parseRun(row: JsonObject): Run {
  return {
    stateType: String(mapping(row["serialized_state"])["type"] ?? ""),
    version: Number(row["version"] ?? 0),
    flowName: String(mapping(row["flow"])["name"] ?? "flow"),
    parameters: mapping(row["parameters"]),
    taskRuns: mappings(row["task_runs"]).map((each) => ({
      id: String(each["id"] ?? ""),
      version: Number(each["version"] ?? 0),
      name: String(mapping(each["task"])["name"] ?? "task"),
    })),
  };
}

async function readRun({ ask, flowRunId }: DemoRuntimeParts): Promise<Run> {
  return parseRun(mapping((await ask(READ_RUN, { id: flowRunId }))["flow_run_by_pk"]));
}

async function setFlowState(
  { ask, flowRunId }: DemoRuntimeParts,
  state: JsonObject,
  version: number | null,
): Promise<void> {
  await ask(SET_FLOW, { input: { states: [{ flow_run_id: flowRunId, state, version }] } });
}

async function setTaskStates(
  { ask }: DemoRuntimeParts,
  runs: readonly TaskRun[],
  change: { readonly state: JsonObject; readonly isLocked: "locked" | "free" },
): Promise<void> {
  if (runs.length === 0) return;
  const states = runs.map((run) => ({
    task_run_id: run.id,
    state: change.state,
    version: change.isLocked === "locked" ? run.version : null,
  }));
  await ask(SET_TASKS, { input: { states } });
}

function pause({ clock }: DemoRuntimeParts, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}

/** Waits as long as the run works. @returns whether the run was cancelled meanwhile */
async function work(parts: DemoRuntimeParts, ms: number): Promise<boolean> {
  const until = parts.clock.now() + ms;
  while (parts.clock.now() < until) {
    await pause(parts, Math.min(CANCEL_CHECK_MS, until - parts.clock.now()));
    // A short run is over before anybody could cancel it, so it does not ask.
    if (ms > 2 * CANCEL_CHECK_MS && (await readRun(parts)).stateType === "Cancelling") return true;
  }
  return false;
}

async function log(parts: DemoRuntimeParts, lines: readonly (readonly [string, string])[]): Promise<void> {
  for (const [level, message] of lines) parts.write(`${level} - ${message}`);
  const timestamp = new Date(parts.clock.now()).toISOString();
  const logs = lines.map(([level, message]) => ({
    flow_run_id: parts.flowRunId,
    task_run_id: null,
    timestamp,
    name: "prefect.DemoFlowRunner",
    level,
    message,
  }));
  await parts.ask(WRITE_LOGS, { input: { logs } });
}

async function end(parts: DemoRuntimeParts, run: Run, type: "Success" | "Failed"): Promise<number> {
  const message = type === "Success" ? "All reference tasks succeeded." : "Some reference tasks failed.";
  const state = stateOf(type, type === "Success" ? "Task run succeeded." : "ValueError: failing on purpose");
  await setTaskStates(parts, run.taskRuns, { state, isLocked: "free" });
  await log(parts, [
    ["INFO", `Beginning flow run for '${run.flowName}'`],
    [type === "Success" ? "INFO" : "ERROR", `Flow run ${type.toUpperCase()}: ${message}`],
  ]);
  await setFlowState(parts, stateOf(type, message), null);
  // Like the real runtime: a failed run is reported, the process ends well.
  return 0;
}

/**
 * Runs one flow run. Its parameters: `seconds` it takes, and `outcome`, which is `fail` or anything else.
 *
 * @returns the exit code of the process
 */
export async function runDemoFlow(parts: DemoRuntimeParts): Promise<number> {
  const run = await readRun(parts);
  if (FINISHED.has(run.stateType)) return 0;
  if (run.stateType === "Cancelling") {
    await setFlowState(parts, stateOf("Cancelled", "Flow run is cancelled"), null);
    return 0;
  }
  await setFlowState(parts, stateOf("Running", "Running flow."), run.version);
  await parts.ask(HEARTBEAT, { input: { flow_run_id: parts.flowRunId } });
  await setTaskStates(parts, run.taskRuns, {
    state: stateOf("Running", "Starting task run."),
    isLocked: "locked",
  });
  const seconds = Number(run.parameters["seconds"] ?? 0);
  if (await work(parts, seconds * 1000)) {
    await log(parts, [["INFO", "Flow run has been cancelled, cancelling active tasks"]]);
    await setFlowState(parts, stateOf("Cancelled", "Flow run is cancelled"), null);
    return 0;
  }
  return await end(parts, run, run.parameters["outcome"] === "fail" ? "Failed" : "Success");
}
