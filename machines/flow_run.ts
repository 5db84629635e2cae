/**
 * One flow run on its way from the queue to an ECS task. The chart decides what is next; every effect is an actor that
 * `commands/` provides; time comes in through `pause` and `deadline`. The plan of the run, which holds environment
 * values, never enters the context: actors keep it by run id.
 *
 * @module
 */

import { type ActorRef, assign, enqueueActions, fromCallback, not, setup, type Snapshot } from "xstate";
import { AGENT_SYSTEM_ID, type FlowRunEvent, type RunOutcome, type RunReported } from "../schemas/events.ts";
import { type Failure, isRetriable, toFailure } from "../schemas/failure.ts";
import type { RunHeader } from "../schemas/flow_run.ts";
import type { LaunchPolicy, Stage } from "../schemas/launch_policy.ts";
import { typed } from "../schemas/typed.ts";
import { unprovided } from "./unprovided.ts";

/** What a run's machine starts from. */
export interface FlowRunInput {
  readonly header: RunHeader;
  /** Key of the claim, see `claimKey`. */
  readonly claim: string;
  readonly policy: LaunchPolicy;
}

/** The definition a run will use. */
export interface EnsuredDefinition {
  /** What RunTask gets as `taskDefinition`. */
  readonly name: string;
  readonly registered: boolean;
  /** ARN to deregister once the launch is decided, null for shared definitions. */
  readonly releaseArn: string | null;
}

/** A task that exists. */
export interface LaunchedTask {
  readonly arn: string;
  /** It had been started by an earlier request of the same attempt. */
  readonly adopted: boolean;
}

/** What `runTask` needs to know. */
export interface RunTaskInput {
  readonly runId: string;
  readonly claim: string;
  readonly attempt: number;
  /** What RunTask gets as `taskDefinition`. */
  readonly definition: string;
}

/** What is told to Prefect. */
export type Report =
  | { readonly kind: "launched"; readonly task: LaunchedTask }
  | { readonly kind: "failed"; readonly failure: Failure };

/** How long to wait: until a moment, or by the back-off of the nth retry. */
export type Pause = { readonly untilMs: number } | { readonly retry: number; readonly atLeastMs: number };

/** Where a run goes on after a pause. */
type Resumption = "claiming" | "planning" | "ensuringTaskDefinition" | "runningTask" | "reporting";

/** Everything a run's machine remembers; plain JSON, nothing secret. */
export interface FlowRunContext {
  readonly header: RunHeader;
  readonly claim: string;
  readonly policy: LaunchPolicy;
  /** RunTask attempt, from 1; each has its own client token. */
  readonly attempt: number;
  /** Retries in the present stage. */
  readonly retries: number;
  /** The present stage took longer than its deadline. */
  readonly expired: boolean;
  readonly resumeAt: Resumption;
  readonly definition: EnsuredDefinition | null;
  readonly task: LaunchedTask | null;
  /** The last failure, whether it was overcome or not. */
  readonly failure: Failure | null;
  readonly outcome: RunOutcome;
}

/** What a run's machine says when it is done. */
export interface FlowRunOutput {
  readonly runId: string;
  readonly outcome: RunOutcome;
  /** Null unless the outcome is `failed` or `released`. */
  readonly failure: Failure | null;
}

/** Whether AWS certainly did not execute what failed this way, so that the run may be ended on it. */
function isOutcomeKnown(failure: Failure): boolean {
  return failure.tag !== "unknownOutcome";
}

/** Whether the same stage should be tried again. An unknown outcome is never given up: a task may exist. */
function mayRetry(context: FlowRunContext, failure: Failure): boolean {
  if (!isRetriable(failure)) return false;
  return !context.expired || !isOutcomeKnown(failure);
}

const flowRunSetup = setup({
  types: {
    input: typed<FlowRunInput>(),
    context: typed<FlowRunContext>(),
    events: typed<FlowRunEvent>(),
    output: typed<FlowRunOutput>(),
  },
  actors: {
    pause: unprovided<void, Pause>("pause"),
    deadline: fromCallback<FlowRunEvent, { stage: Stage; afterMs: number }>(() => undefined),
    claimRun: unprovided<{ outcome: "claimed" | "lost" }, { runId: string }>("claimRun"),
    planLaunch: unprovided<void, { runId: string }>("planLaunch"),
    ensureTaskDefinition: unprovided<EnsuredDefinition, { runId: string }>("ensureTaskDefinition"),
    runTask: unprovided<LaunchedTask, RunTaskInput>("runTask"),
    releaseTaskDefinition: unprovided<void, { runId: string; arn: string }>("releaseTaskDefinition"),
    reportRun: unprovided<void, { header: RunHeader; report: Report }>("reportRun"),
    watchTask: unprovided<void, { runId: string; taskArn: string }>("watchTask"),
  },
  guards: {
    isClaimed: (_, claim: { outcome: string }) => claim.outcome === "claimed",
    mayRetry: ({ context }, failure: Failure) => mayRetry(context, failure),
    mayTryElsewhere: ({ context }, failure: Failure) =>
      failure.tag === "notPlaced" && !context.expired && context.attempt < context.policy.maxAttempts,
    isLaunched: ({ context }) => context.task !== null,
    isToRelease: ({ context }) => (context.definition?.releaseArn ?? null) !== null,
    isGivenUp: ({ context }) =>
      context.resumeAt !== "claiming" && context.failure !== null && isOutcomeKnown(context.failure),
    isUnclaimed: ({ context }) => context.resumeAt === "claiming",
    isUnreported: ({ context }) => context.resumeAt === "reporting" && context.task !== null,
    isResumedAt: ({ context }, at: Resumption) => context.resumeAt === at,
  },
  actions: {
    startStage: enqueueActions(({ context, enqueue }, { stage }: { stage: Stage }) => {
      enqueue.stopChild("deadline");
      enqueue.assign({ retries: 0, expired: false });
      enqueue.spawnChild("deadline", {
        id: "deadline",
        input: { stage, afterMs: context.policy.deadlineMs[stage] },
      });
    }),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    countRetry: assign({
      retries: ({ context }) => context.retries + 1,
      resumeAt: (_, at: Resumption) => at,
    }),
    countAttempt: assign({ attempt: ({ context }) => context.attempt + 1 }),
    keepDefinition: assign({ definition: (_, definition: EnsuredDefinition) => definition }),
    keepTask: assign({ task: (_, task: LaunchedTask) => task, failure: null }),
    markExpired: assign({ expired: true }),
    tellReported: enqueueActions(({ context, enqueue, system }) => {
      // Alone in a test a run has no agent to tell.
      const agent: ActorRef<Snapshot<unknown>, RunReported> | undefined = system.get(AGENT_SYSTEM_ID);
      const told: RunReported = { type: "run.reported", runId: context.header.id };
      if (agent !== undefined) enqueue.sendTo(agent, told);
    }),
    keepOutcome: assign({ outcome: (_, outcome: RunOutcome) => outcome }),
  },
});

const failureOf = ({ event }: { event: { error: unknown } }): Failure => toFailure(event.error);

/** The chart of one flow run. */
export const flowRunMachine = flowRunSetup.createMachine({
  id: "flowRun",
  context: ({ input }) => ({
    ...input,
    attempt: 1,
    retries: 0,
    expired: false,
    resumeAt: "claiming",
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
  initial: "waitingForStart",
  on: { "deadline.passed": { actions: "markExpired" } },
  states: {
    waitingForStart: {
      description: "Not due yet; nothing is claimed",
      invoke: {
        id: "pause",
        src: "pause",
        input: ({ context }) => ({ untilMs: context.header.dueAtMs ?? 0 }),
        onDone: { target: "claiming", actions: { type: "startStage", params: { stage: "claim" } } },
      },
      on: { "stop.requested": "released" },
    },
    claiming: {
      description: "Asking the API for the right to launch",
      invoke: {
        id: "claimRun",
        src: "claimRun",
        input: ({ context }) => ({ runId: context.header.id }),
        onDone: [
          {
            guard: { type: "isClaimed", params: ({ event }) => event.output },
            target: "planning",
            actions: { type: "startStage", params: { stage: "definition" } },
          },
          { target: "lostClaim" },
        ],
        onError: [
          {
            guard: { type: "mayRetry", params: failureOf },
            target: "backingOff",
            actions: [{ type: "keepFailure", params: failureOf }, { type: "countRetry", params: "claiming" }],
          },
          {
            target: "reporting",
            actions: [{ type: "keepFailure", params: failureOf }, {
              type: "startStage",
              params: { stage: "report" },
            }],
          },
        ],
      },
    },
    planning: {
      description: "Reading templates and working out the two ECS requests",
      invoke: {
        id: "planLaunch",
        src: "planLaunch",
        input: ({ context }) => ({ runId: context.header.id }),
        onDone: "ensuringTaskDefinition",
        onError: [
          {
            guard: { type: "mayRetry", params: failureOf },
            target: "backingOff",
            actions: [{ type: "keepFailure", params: failureOf }, { type: "countRetry", params: "planning" }],
          },
          {
            target: "reporting",
            actions: [{ type: "keepFailure", params: failureOf }, {
              type: "startStage",
              params: { stage: "report" },
            }],
          },
        ],
      },
    },
    ensuringTaskDefinition: {
      description: "Finding or registering the task definition",
      invoke: {
        id: "ensureTaskDefinition",
        src: "ensureTaskDefinition",
        input: ({ context }) => ({ runId: context.header.id }),
        onDone: {
          target: "runningTask",
          actions: [
            { type: "keepDefinition", params: ({ event }) => event.output },
            { type: "startStage", params: { stage: "launch" } },
          ],
        },
        onError: [
          {
            guard: { type: "mayRetry", params: failureOf },
            target: "backingOff",
            actions: [{ type: "keepFailure", params: failureOf }, {
              type: "countRetry",
              params: "ensuringTaskDefinition",
            }],
          },
          {
            target: "reporting",
            actions: [{ type: "keepFailure", params: failureOf }, {
              type: "startStage",
              params: { stage: "report" },
            }],
          },
        ],
      },
    },
    runningTask: {
      description: "Asking ECS for the task; the same attempt always carries the same client token",
      invoke: {
        id: "runTask",
        src: "runTask",
        input: ({ context }) => ({
          runId: context.header.id,
          claim: context.claim,
          attempt: context.attempt,
          definition: context.definition?.name ?? "",
        }),
        onDone: {
          target: "releasingTaskDefinition",
          actions: { type: "keepTask", params: ({ event }) => event.output },
        },
        onError: [
          {
            guard: { type: "mayTryElsewhere", params: failureOf },
            target: "backingOff",
            actions: [
              { type: "keepFailure", params: failureOf },
              "countAttempt",
              { type: "countRetry", params: "runningTask" },
            ],
          },
          {
            guard: { type: "mayRetry", params: failureOf },
            target: "backingOff",
            actions: [{ type: "keepFailure", params: failureOf }, {
              type: "countRetry",
              params: "runningTask",
            }],
          },
          { target: "releasingTaskDefinition", actions: { type: "keepFailure", params: failureOf } },
        ],
      },
    },
    releasingTaskDefinition: {
      description: "Deregistering a definition that was made for this run alone",
      always: {
        guard: not("isToRelease"),
        target: "reporting",
        actions: { type: "startStage", params: { stage: "report" } },
      },
      invoke: {
        id: "releaseTaskDefinition",
        src: "releaseTaskDefinition",
        input: ({ context }) => ({ runId: context.header.id, arn: context.definition?.releaseArn ?? "" }),
        onDone: { target: "reporting", actions: { type: "startStage", params: { stage: "report" } } },
        // The task is what counts: a definition left behind is a warning, not the run's failure (Q-DEREG-FAILS).
        onError: { target: "reporting", actions: { type: "startStage", params: { stage: "report" } } },
      },
    },
    reporting: {
      description: "Telling Prefect what came of it",
      invoke: {
        id: "reportRun",
        src: "reportRun",
        input: ({ context }) => ({ header: context.header, report: reportOf(context) }),
        onDone: [{ guard: "isLaunched", target: "watching", actions: "tellReported" }, { target: "failed" }],
        onError: [
          {
            guard: { type: "mayRetry", params: failureOf },
            target: "backingOff",
            actions: { type: "countRetry", params: "reporting" },
          },
          // A report that cannot be written never changes the fate of the run (Q-LOG-FAIL).
          { guard: "isLaunched", target: "watching", actions: "tellReported" },
          { target: "failed" },
        ],
      },
    },
    watching: {
      description: "The task exists and Prefect knows; following it to its end",
      invoke: {
        id: "watchTask",
        src: "watchTask",
        input: ({ context }) => ({ runId: context.header.id, taskArn: context.task?.arn ?? "" }),
        onDone: "completed",
        onError: "completed",
      },
      on: { "stop.requested": "completed" },
    },
    backingOff: {
      description: "Waiting before the same step is tried again",
      invoke: {
        id: "pause",
        src: "pause",
        input: ({ context }) => ({
          retry: context.retries,
          atLeastMs: context.failure?.tag === "throttled" ? context.failure.retryAfterMs : 0,
        }),
        onDone: [
          { guard: { type: "isResumedAt", params: "claiming" }, target: "claiming" },
          { guard: { type: "isResumedAt", params: "planning" }, target: "planning" },
          {
            guard: { type: "isResumedAt", params: "ensuringTaskDefinition" },
            target: "ensuringTaskDefinition",
          },
          { guard: { type: "isResumedAt", params: "runningTask" }, target: "runningTask" },
          { target: "reporting" },
        ],
      },
      on: {
        "deadline.passed": [
          { guard: "isUnclaimed", target: "released" },
          { guard: "isUnreported", target: "watching", actions: "tellReported" },
          { guard: { type: "isResumedAt", params: "reporting" }, target: "failed" },
          { guard: "isGivenUp", target: "releasingTaskDefinition" },
          { actions: "markExpired" },
        ],
      },
    },
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

function reportOf(context: FlowRunContext): Report {
  if (context.task !== null) return { kind: "launched", task: context.task };
  return {
    kind: "failed",
    failure: context.failure ?? { tag: "unexpected", message: "No reason was recorded" },
  };
}
