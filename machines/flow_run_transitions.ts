/**
 * Turns that the chart of a flow run takes in several places.
 *
 * @module
 */

import { type Failure, toFailure } from "../schemas/failure/failure.ts";
import type { FlowRunContext, Release, Resumption, StopInput } from "./flow_run_setup.ts";

/** What happens when a launched run is handed over to the watcher. */
export const WATCH = ["tellReported", { type: "startStage", params: { stage: "start" } }] as const;

/** The failure that an actor ended with. */
export const failureOf = ({ event }: { event: { error: unknown } }): Failure => toFailure(event.error);

/** A step that failed is tried again after a pause, while that may help. */
export const retryAt = <const At extends Resumption>(at: At) => ({
  guard: { type: "mayRetry", params: failureOf },
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

/** Before a run goes on, what was registered for it alone is given back. */
export const releaseThen = <const To extends Release>(to: To) => ({
  target: "releasingTaskDefinition",
  actions: { type: "goOnTo", params: to },
} as const);

/** While no task is known, a run that is cancelled or taken away is let go before one is started. */
export const LET_GO = {
  "cancel.requested": releaseThen("cancelling"),
  "run.ended": releaseThen("lostClaim"),
} as const;

/** RunTask failed: why, and whether a task may have come of it all the same. */
export const KEEP_LAUNCH_FAILURE = [
  { type: "keepFailure", params: failureOf },
  { type: "keepDoubt", params: failureOf },
] as const;

/** The task to stop is the run's present one. */
export const stopFor =
  (reason: StopInput["reason"]) => ({ context }: { context: FlowRunContext }): StopInput => ({
    runId: context.header.id,
    taskId: context.task?.id ?? null,
    reason,
    startMs: context.policy.deadlineMs.start,
  });
