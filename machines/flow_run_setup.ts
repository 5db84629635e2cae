/**
 * The names that the chart of a flow run uses: its actors, guards and actions.
 *
 * @module
 */

import {
  type ActorRef,
  assign,
  enqueueActions,
  fromCallback,
  setup,
  type Snapshot,
  spawnChild,
  stopChild,
} from "xstate";
import type {
  EnsuredDefinition,
  FoundTask,
  LaunchedTask,
  Pause,
  StopResult,
} from "../schemas/contracts/task.ts";
import { type Failure, isRetriable } from "../schemas/failure/failure.ts";
import type { TimedRun } from "../schemas/flow_run/deadlines.ts";
import {
  AGENT_SYSTEM_ID,
  type FlowRunEvent,
  type RunOutcome,
  type RunReported,
} from "../schemas/flow_run/events.ts";
import type { RunHeader, StateVersion } from "../schemas/flow_run/flow_run.ts";
import type { Stage } from "../schemas/flow_run/launch_policy.ts";
import type { Ended } from "../schemas/flow_run/run_end.ts";
import { typeArgument } from "../schemas/flow_run/type_argument.ts";
import {
  type FailedStep,
  failureAtDeadline,
  hasOwnDefinition,
  isAccountLimit,
  isBeforeLaunch,
  isGivenUp,
  isOutcomeUnknown,
  isPlacementLate,
  mayPlaceAgain,
  mayRelaunch,
  mayRetry,
  NO_REASON,
  stageBegun,
  stageLeft,
  withoutTask,
} from "./flow_run_rules.ts";
import {
  type FlowRunContext,
  type FlowRunInput,
  type FlowRunOutput,
  NO_REFUSAL,
  type PlanInput,
  type Release,
  type Report,
  type Reported,
  type Resumption,
  type RunTaskInput,
  type StateMeta,
  type StopInput,
  type WatchInput,
} from "./flow_run_types.ts";
import { unprovided } from "./unprovided.ts";

/** Names and types of everything the chart uses. */
export const flowRunSetup = setup({
  types: {
    input: typeArgument<FlowRunInput>(),
    context: typeArgument<FlowRunContext>(),
    events: typeArgument<FlowRunEvent>(),
    output: typeArgument<FlowRunOutput>(),
    meta: typeArgument<StateMeta>(),
  },
  actors: {
    pause: unprovided<void, Pause>("pause"),
    deadlines: fromCallback<FlowRunEvent, { run: TimedRun }>(() => undefined),
    claimRun: unprovided<{ outcome: "claimed" | "lost" }, { runId: string }>("claimRun"),
    planLaunch: unprovided<void, PlanInput>("planLaunch"),
    ensureTaskDefinition: unprovided<EnsuredDefinition, { runId: string }>("ensureTaskDefinition"),
    runTask: unprovided<LaunchedTask, RunTaskInput>("runTask"),
    releaseTaskDefinition: unprovided<void, { runId: string; id: string }>("releaseTaskDefinition"),
    reportRun: unprovided<Reported, { header: RunHeader; report: Report }>("reportRun"),
    findTask: unprovided<FoundTask, { runId: string }>("findTask"),
    watchRun: fromCallback<FlowRunEvent, { runId: string; claim: string }>(() => undefined),
    watchTask: fromCallback<FlowRunEvent, WatchInput>(() => undefined),
    stopTask: unprovided<StopResult, StopInput>("stopTask"),
  },
  guards: {
    isCancelledAfterClaim: ({ context }, claim: { outcome: string }) =>
      context.cancelRequested && claim.outcome === "claimed",
    isClaimed: (_, claim: { outcome: string }) => claim.outcome === "claimed",
    mayRetry: ({ context }, step: FailedStep) => mayRetry(context, step),
    isTransient: (_, failure: Failure) => isRetriable(failure) || failure.tag === "unauthorized",
    mayPlaceAgain: ({ context }, failure: Failure) => mayPlaceAgain(context, failure),
    isAccountLimit: (_, failure: Failure) => isAccountLimit(failure),
    isClaimLost: (_, failure: Failure) => failure.tag === "claimLost",
    isOver: (_, { over }: FoundTask) => over,
    hasRunEnded: (_, { outcome }: StopResult) => outcome === "ended",
    isLeftAlone: (_, { outcome }: StopResult) => outcome === "running",
    isStoppedTooLate: (_, result: StopResult) => result.outcome === "stopped" && result.wasRunning,
    isBeforeLaunch: ({ context }) => isBeforeLaunch(context),
    isFound: (_, { taskId }: { taskId: string | null }) => taskId !== null,
    isShared: ({ context }) => !hasOwnDefinition(context),
    isResumed: ({ context }) => context.resumed !== null,
    isEarly: ({ context }) => context.isEarly,
    wasRunning: ({ context }) => context.resumed === "running",
    hasStarted: (_, { started }: Reported) => started,
    isStart: (_, { stage }: { stage: string }) => stage === "start",
    isPlacement: (_, { stage }: { stage: string }) => stage === "placement",
    isPlacementLate: ({ context }, { stage }: { stage: string }) =>
      stage === "placement" && isPlacementLate(context),
    mayRelaunch: ({ context }, failure: Failure) => mayRelaunch(context, failure),
    mayRelaunchLast: ({ context }) => context.failure !== null && mayRelaunch(context, context.failure),
    isLaunched: ({ context }) => context.task !== null,
    isReleased: ({ context }, to: Release) => !hasOwnDefinition(context) && context.releaseTo === to,
    isGivenUp: ({ context }) => isGivenUp(context),
    isUnclaimed: ({ context }) => context.resumeAt === "claiming",
    isUnreported: ({ context }) => context.resumeAt === "reporting" && context.task !== null,
    isResumedAt: ({ context }, at: Resumption) => context.resumeAt === at,
  },
  actions: {
    startStage: assign(({ context }, { stage }: { stage: Stage }) => stageBegun(context, stage)),
    // A request that waited for a permit until the deadline still gets its retries.
    renewStage: assign(({ context }, { stage }: { stage: Stage }) =>
      context.expired && context.retries === 0 ? stageBegun(context, stage) : {}
    ),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    explainDeadline: assign({ failure: ({ context }) => failureAtDeadline(context) }),
    countRetry: assign({
      retries: ({ context }) => context.retries + 1,
      resumeAt: (_, at: Resumption) => at,
    }),
    countAttempt: assign({ attempt: ({ context }) => context.attempt + 1 }),
    countRefusal: assign(({ context: { learnt, placement } }) => ({
      learnt: { ...learnt, refusals: learnt.refusals + 1 },
      placement: { ...placement, retries: placement.retries + 1 },
    })),
    // While the whole account has no room, refused placements are counted from the start again.
    resetPlacement: assign({ placement: NO_REFUSAL }),
    endPlacement: assign({ placement: ({ context }) => ({ ...context.placement, isOver: true }) }),
    countHeld: assign({ held: ({ context }) => context.held + 1 }),
    keepCancelRequest: assign({ cancelRequested: true }),
    keepOutcomeUnknown: assign({
      outcomeUnknown: ({ context }, failure: Failure) => isOutcomeUnknown(context, failure),
    }),
    /** One change of the context for each step of a launch, not two: a snapshot is made for each change. */
    launchWith: assign(({ context }, definition: EnsuredDefinition) => ({
      ...stageBegun(context, "launch"),
      definition,
    })),
    keepReleaseTo: assign({ releaseTo: (_, to: Release) => to }),
    forgetRelease: assign({
      definition: ({ context: { definition } }) => definition && { ...definition, releaseId: null },
    }),
    reportTask: assign(({ context }, task: LaunchedTask) => ({
      ...stageBegun(context, "report"),
      task,
      failure: null,
      outcomeUnknown: false,
      placement: NO_REFUSAL,
    })),
    keepFoundTask: assign({
      task: (_, { taskId }: { taskId: string | null }) =>
        taskId === null ? null : { id: taskId, adopted: true },
    }),
    loseTask: assign(({ context }, { failure, version }: { failure: Failure; version: StateVersion }) => ({
      ...withoutTask(context, failure),
      version,
    })),
    loseSlowTask: assign(({ context }, result: StopResult) => {
      if (result.outcome !== "stopped") return {};
      return {
        ...withoutTask(context, result.failure ?? NO_REASON),
        version: result.version ?? context.version,
      };
    }),
    watchRun: spawnChild("watchRun", {
      id: "watchRun",
      input: ({ context }: { context: FlowRunContext }) => ({
        runId: context.header.id,
        claim: context.claim,
      }),
    }),
    // The watcher of its task also polls the run.
    leaveRun: stopChild("watchRun"),
    endStage: assign({ stage: null }),
    leaveTask: assign(({ context }, result: StopResult) =>
      stageLeft(context, result.outcome === "running" ? result.startMs ?? null : null)
    ),
    markExpired: assign({ expired: true }),
    tellReported: enqueueActions(({ context, enqueue, system }) => {
      // A machine under test runs without an agent, so there is no actor to notify.
      const agent: ActorRef<Snapshot<unknown>, RunReported> | undefined = system.get(AGENT_SYSTEM_ID);
      const told: RunReported = { type: "run.reported", runId: context.header.id };
      if (agent !== undefined) enqueue.sendTo(agent, told);
    }),
    keepOutcome: assign({ outcome: (_, outcome: RunOutcome) => outcome }),
    keepEnd: assign({ end: (_, { end }: Ended) => end ?? null }),
  },
});
