/**
 * The agent: starts, polls, adopts flow runs (one machine each), drains, stops. A run is in flight from its
 * adoption until its launch is reported; a stop and the end of the polls do not wait for runs that are only watched.
 *
 * @module
 */

import { assign, enqueueActions, fromCallback, sendTo, setup } from "xstate";
import type { AdmittedRun, AgentEmitted, AgentEvent, RunLeft } from "../schemas/flow_run/events.ts";
import { type Failure, isRetriable } from "../schemas/failure/failure.ts";
import type { LaunchPolicy } from "../schemas/flow_run/launch_policy.ts";
import type { Pause } from "../schemas/contracts/task.ts";
import { typeArgument } from "../schemas/flow_run/type_argument.ts";
import { flowRunMachine } from "./flow_run.ts";
import { failureOf } from "./flow_run_transitions.ts";
import type { FlowRunOutput } from "./flow_run_types.ts";
import { type FlowRunsEvent, holdFlowRuns } from "./flow_runs.ts";
import { unprovided } from "./unprovided.ts";

/** What the agent's machine starts from. */
export interface AgentInput {
  readonly policy: LaunchPolicy;
  /** Null: poll for ever. A failed start counts as a poll. */
  readonly maxPolls: number | null;
  /** Longest wait for what is in flight after a stop, in milliseconds. */
  readonly graceMs: number;
}

/** Everything the agent's machine remembers. */
export interface AgentContext extends AgentInput {
  /** Ids of the runs adopted and not yet reported. */
  readonly inFlight: readonly string[];
  /** Runs that were launched and reported. */
  readonly launched: number;
  /** Starts that failed and may be tried again. */
  readonly failedStarts: number;
  /** Runs by outcome. */
  readonly ended: Readonly<Record<FlowRunOutput["outcome"], number>>;
  /** Why the agent could not start, or the last failed poll. */
  readonly failure: Failure | null;
}

/** What the agent leaves behind. */
export interface AgentOutput {
  /** Why it did not start, null when it did. */
  readonly failure: Failure | null;
  /** Runs that were claimed or being claimed when the grace ran out. */
  readonly abandoned: readonly string[];
  readonly ended: AgentContext["ended"];
  /** Runs that were launched, including those that have ended since. */
  readonly launched: number;
}

const NONE_ENDED = { completed: 0, failed: 0, lostClaim: 0, cancelled: 0, released: 0 };

const agentSetup = setup({
  types: {
    input: typeArgument<AgentInput>(),
    context: typeArgument<AgentContext>(),
    events: typeArgument<AgentEvent>(),
    emitted: typeArgument<AgentEmitted>(),
    output: typeArgument<AgentOutput>(),
  },
  actors: {
    startAgent: unprovided<void, void>("startAgent"),
    pause: unprovided<void, Pause>("pause"),
    pollFlowRuns: fromCallback<AgentEvent, { polls: number | null }>(() => undefined),
    flowRuns: holdFlowRuns(flowRunMachine),
  },
  delays: { grace: ({ context }) => context.graceMs },
  guards: {
    isIdle: ({ context }) => context.inFlight.length === 0,
    mayStartAgain: ({ context }, failure: Failure) =>
      isRetriable(failure) && (context.maxPolls === null || context.failedStarts + 1 < context.maxPolls),
  },
  actions: {
    adoptRuns: enqueueActions(({ context, enqueue }, { runs }: { runs: readonly AdmittedRun[] }) => {
      enqueue.assign({ inFlight: [...context.inFlight, ...runs.map((r) => r.header.id)] });
      const adopted = runs.map((run) => ({ ...run, policy: context.policy }));
      enqueue.sendTo("flowRuns", { type: "runs.adopted", runs: adopted } satisfies FlowRunsEvent);
    }),
    forgetRun: enqueueActions(({ context, enqueue }, { runId, outcome, failure }: RunLeft) => {
      enqueue.assign({
        inFlight: context.inFlight.filter((id) => id !== runId),
        ended: { ...context.ended, [outcome]: context.ended[outcome] + 1 },
      });
      enqueue.emit({ type: "run.ended", runId, outcome, failure });
    }),
    keepReported: assign(({ context }, { runId }: { runId: string }) => {
      if (!context.inFlight.includes(runId)) return {}; // reported before: the run was launched again
      return { inFlight: context.inFlight.filter((id) => id !== runId), launched: context.launched + 1 };
    }),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    clearFailure: assign({ failure: null }),
    countFailedStart: assign({ failedStarts: ({ context }) => context.failedStarts + 1 }),
    tellRunToCancel: sendTo("flowRuns", (_, { runId }: { runId: string }): FlowRunsEvent => ({
      type: "cancel.requested",
      runId,
    })),
    tellRunsToStop: sendTo("flowRuns", ({ context }): FlowRunsEvent => ({
      type: "stop.requested",
      runIds: context.inFlight,
    })),
  },
});

/** The chart of the agent. */
export const agentMachine = agentSetup.createMachine({
  id: "agent",
  context: ({ input }) => ({
    ...input,
    inFlight: [],
    launched: 0,
    failedStarts: 0,
    ended: NONE_ENDED,
    failure: null,
  }),
  output: ({ context }) => ({
    failure: context.failure,
    abandoned: context.inFlight,
    ended: context.ended,
    launched: context.launched,
  }),
  initial: "starting",
  invoke: { id: "flowRuns", src: "flowRuns" },
  on: {
    "stop.forced": ".stopped",
    "run.reported": { actions: { type: "keepReported", params: ({ event }) => event } },
    "run.left": { actions: { type: "forgetRun", params: ({ event }) => event } },
    "cancel.requested": { actions: { type: "tellRunToCancel", params: ({ event }) => event } },
  },
  states: {
    starting: {
      description: "Registering with the API",
      invoke: {
        id: "startAgent",
        src: "startAgent",
        onDone: { target: "polling", actions: "clearFailure" },
        onError: [
          {
            guard: { type: "mayStartAgain", params: failureOf },
            target: "retryingStart",
            actions: [{ type: "keepFailure", params: failureOf }, "countFailedStart"],
          },
          { target: "stopped", actions: { type: "keepFailure", params: failureOf } },
        ],
      },
      on: { "stop.requested": "stopped" },
    },
    retryingStart: {
      description: "Waiting before the next attempt to register",
      invoke: {
        id: "pause",
        src: "pause",
        input: ({ context }) => ({ retry: context.failedStarts, atLeastMs: 0 }),
        onDone: "starting",
      },
      on: { "stop.requested": "stopped" },
    },
    polling: {
      description: "Polling the queue and adopting runs that are due",
      invoke: {
        id: "pollFlowRuns",
        src: "pollFlowRuns",
        input: ({ context }) => ({
          polls: context.maxPolls === null ? null : context.maxPolls - context.failedStarts,
        }),
      },
      on: {
        "runs.found": { actions: { type: "adoptRuns", params: ({ event }) => event } },
        "polls.exhausted": "finishing",
        "stop.requested": { target: "draining", actions: "tellRunsToStop" },
      },
    },
    finishing: {
      description: "The last poll is done; every adopted run goes on until it is reported",
      always: { guard: "isIdle", target: "stopped" },
      on: { "stop.requested": { target: "draining", actions: "tellRunsToStop" } },
    },
    draining: {
      description: "No more polls; claimed runs are launched and reported, the others given back",
      after: { grace: "stopped" },
      always: { guard: "isIdle", target: "stopped" },
    },
    stopped: { description: "The agent has ended", type: "final" },
  },
});
