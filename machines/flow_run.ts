/**
 * One flow run on its way from the queue to an ECS task and to the end of that task. The chart decides what is next; every
 * effect is an actor that `commands/` provides; time comes in through `pause` and `deadline`. The plan of the run, which
 * holds environment values, never enters the context: actors keep it by run id.
 *
 * @module
 */

import { FOLLOW_STATES } from "./flow_run_watch.ts";
import { LAUNCH_STATES } from "./flow_run_launch.ts";
import { backoffStep, flowRunSetup, leastPauseMs, NO_REFUSAL } from "./flow_run_setup.ts";
import { releaseThen, WATCH } from "./flow_run_transitions.ts";

/** The chart of one flow run. */
export const flowRunMachine = flowRunSetup.createMachine({
  id: "flowRun",
  context: ({ input }) => ({
    ...input,
    attempt: 1,
    held: 0,
    learnt: { refusals: 0, wasTaken: false },
    placement: NO_REFUSAL,
    stage: null,
    unsure: false,
    withdrawn: false,
    retries: 0,
    expired: false,
    resumeAt: "claiming",
    releaseTo: "reporting",
    version: input.header.version,
    definition: null,
    task: null,
    failure: null,
    outcome: "failed",
  }),
  output: ({ context }) => ({
    runId: context.header.id,
    outcome: context.outcome,
    failure: context.outcome === "failed" || context.outcome === "released" ? context.failure : null,
  }),
  initial: "adopted",
  invoke: { id: "deadlines", src: "deadlines", input: ({ self }) => ({ run: self }) },
  on: {
    "deadline.passed": [
      { guard: { type: "isPlacement", params: ({ event }) => event }, actions: "endPlacement" },
      { actions: "markExpired" },
    ],
    // The run is looked at from now on: it may be cancelled, or taken away.
    "launch.delayed": { actions: "watchRun" },
  },
  states: {
    ...LAUNCH_STATES,
    ...FOLLOW_STATES,
    backingOff: {
      description: "Waiting before the same step is tried again",
      invoke: {
        id: "pause",
        src: "pause",
        input: ({ context }) => ({
          retry: backoffStep(context),
          atLeastMs: leastPauseMs(context),
        }),
        onDone: [
          { guard: { type: "isResumedAt", params: "claiming" }, target: "claiming" },
          { guard: { type: "isResumedAt", params: "planning" }, target: "planning" },
          {
            guard: { type: "isResumedAt", params: "ensuringTaskDefinition" },
            target: "ensuringTaskDefinition",
          },
          { guard: { type: "isResumedAt", params: "runningTask" }, target: "runningTask" },
          { guard: { type: "isResumedAt", params: "findingTask" }, target: "findingTask" },
          { guard: { type: "isResumedAt", params: "stopping" }, target: "stopping" },
          { guard: { type: "isResumedAt", params: "cancelling" }, target: "cancelling" },
          { target: "reporting" },
        ],
      },
      on: {
        "cancel.requested": { guard: "isUnlaunched", ...releaseThen("cancelling") },
        "run.ended": { guard: "isUnlaunched", ...releaseThen("lostClaim") },
        "deadline.passed": [
          {
            guard: { type: "isPlacementLate", params: ({ event }) => event },
            ...releaseThen("reporting"),
          },
          { guard: { type: "isPlacement", params: ({ event }) => event }, actions: "endPlacement" },
          { guard: "isUnclaimed", target: "released" },
          { guard: "isUnreported", target: "watching", actions: WATCH },
          { guard: { type: "isResumedAt", params: "reporting" }, target: "failed" },
          {
            guard: "isGivenUp",
            target: "releasingTaskDefinition",
            actions: ["explainDeadline", { type: "goOnTo", params: "reporting" }],
          },
          { actions: "markExpired" },
        ],
      },
    },
    cancelled: { type: "final", entry: { type: "keepOutcome", params: "cancelled" } },
    completed: { type: "final", entry: { type: "keepOutcome", params: "completed" } },
    failed: { type: "final", entry: { type: "keepOutcome", params: "failed" } },
    lostClaim: { type: "final", entry: { type: "keepOutcome", params: "lostClaim" } },
    released: {
      description: "Given back unclaimed",
      type: "final",
      entry: { type: "keepOutcome", params: "released" },
    },
  },
});
