/**
 * Transitions that the chart of a flow run has in several places.
 *
 * @module
 */

import { type Failure, toFailure } from "../schemas/failure/failure.ts";
import type { Ended } from "../schemas/flow_run/run_end.ts";
import type { FlowRunContext, Release, Resumption, StopInput } from "./flow_run_types.ts";

/** What happens when a launched run begins to be watched. */
export const WATCH = ["tellReported", { type: "startStage", params: { stage: "start" } }] as const;

/** The failure that an actor ended with. */
export const failureOf = ({ event }: { event: { error: unknown } }): Failure => toFailure(event.error);

/** Whether a step that failed may be tried again in this state. */
export const mayRetryAt = <const At extends Resumption>(at: At) => ({
  type: "mayRetry",
  params: ({ event }: { event: { error: unknown } }) => ({ failure: failureOf({ event }), at }),
} as const);

/** A step that failed is tried again after a pause, while that may help. */
export const retryAt = <const At extends Resumption>(at: At) => ({
  guard: mayRetryAt(at),
  target: "backingOff",
  actions: [{ type: "keepFailure", params: failureOf }, { type: "countRetry", params: at }],
} as const);

/** A step that failed for good is told to Prefect. */
export const giveUp = {
  target: "reporting",
  actions: [
    { type: "keepFailure", params: failureOf },
    "explainDeadline",
    { type: "startStage", params: { stage: "report" } },
  ],
} as const;

/** Prefect wants the run cancelled. */
export const toCancelling = {
  target: "cancelling",
  actions: { type: "startStage", params: { stage: "stop" } },
} as const;

/** Releases the definition that was made for the run alone, then goes on. */
export const releaseThen = <const To extends Release>(to: To) => ({
  target: "releasingTaskDefinition",
  actions: { type: "keepReleaseTo", params: to },
} as const);

/** Keeps the state that the run ended in, as the event tells it. */
export const KEEP_TOLD_END = {
  type: "keepEnd",
  params: ({ event }: { event: Ended }): Ended => event,
} as const;

/** Keeps the state that the run ended in, as an actor found it. */
export const KEEP_FOUND_END = {
  type: "keepEnd",
  params: ({ event }: { event: { output: Ended } }): Ended => event.output,
} as const;

/** The run is over before a task was started: its own definition is released, then its claim is let go. */
export const RELEASE_ENDED = {
  target: "releasingTaskDefinition",
  actions: [KEEP_TOLD_END, { type: "keepReleaseTo", params: "lostClaim" }],
} as const;

/** While no task is known, a run that is cancelled or has ended is dropped before a task is started. */
export const ON_CANCEL_OR_END = {
  "cancel.requested": releaseThen("cancelling"),
  "run.ended": RELEASE_ENDED,
} as const;

/** The launch failed: keeps why, and whether it may have started a task in spite of that. */
export const KEEP_LAUNCH_FAILURE = [
  { type: "keepFailure", params: failureOf },
  { type: "keepOutcomeUnknown", params: failureOf },
] as const;

/** Input of `stopTask` for the present task of the run. */
export const stopFor =
  (reason: StopInput["reason"]) => ({ context }: { context: FlowRunContext }): StopInput => ({
    runId: context.header.id,
    taskId: context.task?.id ?? null,
    reason,
    startMs: context.policy.deadlineMs.start,
  });
