/**
 * One flow run on its way from the queue to a task and to the end of that task. The chart decides what is next; every
 * effect is an actor that `agent/` provides; time comes in through `pause` and `deadlines`. The plan of the run, which
 * holds environment values, never enters the context: actors keep it by run id.
 *
 * @module
 */

import { FOLLOW_STATES } from "./flow_run_watch.ts";
import { LAUNCH_STATES } from "./flow_run_launch.ts";
import { NOTHING_LEARNT } from "../schemas/contracts/task.ts";
import { backoffStep, leastPauseMs } from "./flow_run_rules.ts";
import { flowRunSetup } from "./flow_run_setup.ts";
import { NO_REFUSAL, type Resumption, type StateMeta } from "./flow_run_types.ts";
import { RELEASE_ENDED, releaseThen, WATCH } from "./flow_run_transitions.ts";

/** Where a run goes on after a pause: the state that each resumption names. */
const RESUMED_IN = {
  claiming: "claiming",
  planning: "planning",
  ensuringTaskDefinition: "ensuringTaskDefinition",
  runningTask: "runningTask",
  findingTask: "findingTask",
  stopping: "stopping",
  cancelling: "cancelling",
  reporting: "reporting",
} as const satisfies Record<Resumption, string>;

/** One transition for each resumption. */
const RESUME = Object.values(RESUMED_IN).map((state) => ({
  guard: { type: "isResumedAt", params: state },
  target: state,
} as const));

/** The chart of one flow run. */
export const flowRunMachine = flowRunSetup.createMachine({
  id: "flowRun",
  context: ({ input }) => ({
    ...input,
    attempt: 1,
    held: 0,
    learnt: NOTHING_LEARNT,
    placement: NO_REFUSAL,
    stage: null,
    outcomeUnknown: false,
    cancelRequested: false,
    retries: 0,
    expired: false,
    resumeAt: "claiming",
    releaseTo: "reporting",
    version: input.header.version,
    definition: null,
    task: null,
    failure: null,
    outcome: "failed",
    end: null,
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
    // From now on the run is watched before it has a task: it may be cancelled, or end.
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
        onDone: RESUME,
      },
      on: {
        "cancel.requested": { guard: "isBeforeLaunch", ...releaseThen("cancelling") },
        "run.ended": { guard: "isBeforeLaunch", ...RELEASE_ENDED },
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
            actions: ["explainDeadline", { type: "keepReleaseTo", params: "reporting" }],
          },
          { actions: "markExpired" },
        ],
      },
    },
    cancelled: {
      description: "The run was cancelled, and no task of it is left",
      type: "final",
      entry: { type: "keepOutcome", params: "cancelled" },
    },
    completed: {
      description: "The run has ended by itself, or is not followed any longer",
      type: "final",
      entry: { type: "keepOutcome", params: "completed" },
    },
    failed: {
      description: "The run could not be started, or its task was lost",
      type: "final",
      entry: { type: "keepOutcome", params: "failed" },
    },
    lostClaim: {
      description: "Another agent or process has the run, or it is over",
      type: "final",
      entry: { type: "keepOutcome", params: "lostClaim" },
    },
    released: {
      description: "The run is given back without a claim",
      type: "final",
      entry: { type: "keepOutcome", params: "released" },
    },
  },
});

/** What the chart says of a state; empty for a state that it does not have. */
export function metaOf(state: string): StateMeta {
  const states: Readonly<Record<string, { readonly meta?: StateMeta }>> = flowRunMachine.states;
  return states[state]?.meta ?? {};
}
