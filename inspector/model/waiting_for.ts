/**
 * What a run waits for, in words, and until when.
 *
 * @module
 */

import { flowRunMachine, metaOf } from "../../machines/flow_run.ts";
import { at, numberAt, textAt } from "../protocol/json_view.ts";
import type { RunHistory } from "./run_history.ts";

function backingOff(context: unknown): string {
  const state = textAt(context, "resumeAt") ?? "the same step";
  const retry = numberAt(context, "retries") ?? 1;
  const failure = textAt(context, "failure", "message");
  return `the next try of ${state}, retry ${retry}${failure === null ? "" : `, after: ${failure}`}`;
}

/** Whether the run is in a state in which its request may wait before it is sent. */
export function isLaunching({ state, outcome }: RunHistory): boolean {
  return metaOf(state).isPaced === true && outcome === null;
}

/** What the run itself does not say. */
export interface Waits {
  /** Name of the platform. */
  readonly platform: string;
  /** What its registration or launch waits for before it is sent; null when it does not wait. */
  readonly turn: string | null;
}

/** One sentence without a full stop; null when the run has ended. */
export function waitingFor(run: RunHistory, { platform, turn }: Waits): string | null {
  if (run.outcome !== null) return null;
  if (turn !== null) return turn.replace(/^waiting for /, "");
  const due = numberAt(run.context, "header", "dueAtMs");
  if (run.state === "waitingForStart" && due !== null) {
    return `its start time, ${new Date(due).toISOString()}`;
  }
  if (run.state === "backingOff") return backingOff(run.context);
  return wordsOf(run, platform) ?? descriptionOf(run.state) ?? "its machine to begin";
}

function wordsOf({ state, stageMs, context }: RunHistory, platform: string): string | null {
  const { stage, waitsFor } = metaOf(state);
  // The deadline of the start is there until the task has come up.
  if (stage === "start" && stageMs !== null) return "its task to come up";
  if (waitsFor === undefined) return null;
  if (typeof waitsFor === "string") return waitsFor;
  const attempt = stage === "launch" ? `, attempt ${numberAt(context, "attempt") ?? 1}` : "";
  const who = waitsFor.who === "platform" ? platform : "the Prefect API";
  return `${who} to ${waitsFor.to}${attempt}`;
}

function descriptionOf(state: string): string | undefined {
  const states: Readonly<Record<string, { readonly description?: string | undefined }>> =
    flowRunMachine.states;
  return states[state]?.description;
}

/** When the present stage must be done, null where nothing presses. */
export function deadlineOf(run: RunHistory): number | null {
  if (run.stageMs === null) return null;
  const state = run.state === "backingOff" ? textAt(run.context, "resumeAt") ?? "" : run.state;
  const limit = at(run.context, "policy", "deadlineMs", metaOf(state).stage ?? "");
  return typeof limit === "number" ? run.stageMs + limit : null;
}
