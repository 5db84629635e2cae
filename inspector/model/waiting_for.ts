/**
 * What a run waits for, in words, and until when.
 *
 * @module
 */

import { flowRunMachine } from "../../machines/flow_run.ts";
import { at, numberAt, textAt } from "../protocol/json_view.ts";
import type { RunHistory } from "./run_history.ts";

const WORDS: Readonly<Record<string, (context: unknown) => string>> = {
  waitingForStart: () => "its start time",
  findingTask: () => "ECS to say whether its task from before the restart is there",
  claiming: () => "the Prefect API to answer the claim",
  planning: () => "the templates its requests are made from",
  ensuringTaskDefinition: () => "ECS to find or register its task definition",
  runningTask: (context) => `ECS to start its task, attempt ${numberAt(context, "attempt") ?? 1}`,
  releasingTaskDefinition: () => "ECS to deregister the task definition made for it alone",
  reporting: () => "the Prefect API to take the report",
  stopping: () => "ECS to stop its task, which did not come up in time",
  cancelling: () => "its task to end after the cancellation",
  backingOff: backingOff,
};

function backingOff(context: unknown): string {
  const state = textAt(context, "resumeAt") ?? "the same step";
  const retry = numberAt(context, "retries") ?? 1;
  const failure = textAt(context, "failure", "message");
  return `the next try of ${state}, retry ${retry}${failure === null ? "" : `, after: ${failure}`}`;
}

/** Whether the run is in a state in which its request may wait before it is sent. */
export function isLaunching({ state, outcome }: RunHistory): boolean {
  return (state === "runningTask" || state === "ensuringTaskDefinition") && outcome === null;
}

/**
 * One sentence without a full stop; null when the run has ended.
 *
 * @param turn what its registration or launch waits for before it is sent, null when it does not wait
 */
export function waitingFor(run: RunHistory, turn: string | null = null): string | null {
  if (run.outcome !== null) return null;
  if (turn !== null) return turn.replace(/^waiting for /, "");
  const due = numberAt(run.context, "header", "dueAtMs");
  if (run.state === "waitingForStart" && due !== null) {
    return `its start time, ${new Date(due).toISOString()}`;
  }
  // The deadline of the start is there until the task has come up.
  if (run.state === "watching") return run.stageMs === null ? "its task to end" : "its task to come up";
  const words = WORDS[run.state];
  if (words !== undefined) return words(run.context);
  const states: Readonly<Record<string, { readonly description?: string | undefined }>> =
    flowRunMachine.states;
  return states[run.state]?.description ?? "its machine to begin";
}

/** Stage whose deadline counts in a state, named as in the policy. */
const STAGES: Readonly<Record<string, string>> = {
  claiming: "claim",
  findingTask: "definition",
  planning: "definition",
  ensuringTaskDefinition: "definition",
  runningTask: "launch",
  releasingTaskDefinition: "report",
  reporting: "report",
  watching: "start",
  stopping: "stop",
  cancelling: "stop",
};

/** When the present stage must be done, null where nothing presses. */
export function deadlineOf(run: RunHistory): number | null {
  if (run.stageMs === null) return null;
  const state = run.state === "backingOff" ? textAt(run.context, "resumeAt") ?? "" : run.state;
  const limit = at(run.context, "policy", "deadlineMs", STAGES[state] ?? "");
  return typeof limit === "number" ? run.stageMs + limit : null;
}
