/**
 * What the chart of a flow run is made of: its types and the names of its actors, guards and actions.
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
import {
  AGENT_SYSTEM_ID,
  type FlowRunEvent,
  type ResumedPhase,
  type RunOutcome,
  type RunReported,
} from "../schemas/flow_run/events.ts";
import { type Failure, isRetriable, placementClassOf } from "../schemas/failure/failure.ts";
import type { Learnt } from "../schemas/ecs/capacity_fallback.ts";
import type {
  EnsuredDefinition,
  FoundTask,
  LaunchedTask,
  Pause,
  StopResult,
  StopWish,
} from "../schemas/contracts/task.ts";
import type { RunHeader, StateVersion } from "../schemas/flow_run/flow_run.ts";
import { isRelaunchable, type LaunchPolicy, type Stage } from "../schemas/flow_run/launch_policy.ts";
import { spokenTime, type TimedRun } from "../schemas/flow_run/deadlines.ts";
import { typed } from "../schemas/flow_run/typed.ts";
import { unprovided } from "./unprovided.ts";

/** What a run's machine starts from. */
export interface FlowRunInput {
  readonly header: RunHeader;
  /** Key of the claim, see `claimKey`. */
  readonly claim: string;
  readonly policy: LaunchPolicy;
  /** Null: to be claimed. Else a claim of ours that was found again, in this phase. */
  readonly resumed: ResumedPhase | null;
  /** It was found before its start time. */
  readonly isEarly: boolean;
}

/** What is to be planned. */
export interface PlanInput {
  readonly runId: string;
  readonly attempt: number;
  /** What became of the task before, where one was lost. */
  readonly lost: string | null;
}

/** What `runTask` needs to know. */
export interface RunTaskInput {
  readonly runId: string;
  readonly claim: string;
  readonly attempt: number;
  /** What the task is started with, see {@link EnsuredDefinition.name}. */
  readonly definition: string;
  readonly learnt: Learnt;
}

/** What is told to Prefect; `version` is that of the run's state as last read. */
export type Report =
  | { readonly kind: "launched"; readonly task: LaunchedTask }
  | {
    readonly kind: "failed";
    readonly failure: Failure;
    readonly version: StateVersion;
    /** A task may exist in spite of the failure: it is looked for once more. */
    readonly unsure: boolean;
  };

/** What reporting came upon: a task, or a flow that has begun, that a run was about to be failed in spite of. */
export type Reported = Pick<FoundTask, "taskId" | "started">;

/** Which task to follow; without an id the run is followed until it ends or is found to have no task. */
export interface WatchInput {
  readonly runId: string;
  readonly claim: string;
  readonly taskId: string | null;
}

/** Which task to stop, and why; Prefect is told when a cancelled run has no task any more. */
export interface StopInput extends StopWish {
  readonly runId: string;
  readonly taskId: string | null;
}

/** Where a run goes on after a pause. */
export type Resumption =
  | "findingTask"
  | "claiming"
  | "planning"
  | "ensuringTaskDefinition"
  | "runningTask"
  | "reporting"
  | "stopping"
  | "cancelling";

/** Where a run goes on once nothing is registered for it alone any more. */
export type Release = "reporting" | "cancelling" | "lostClaim";

/** No placement of the present task was refused yet. */
export const NO_REFUSAL = { retries: 0, isOver: false } as const;

/** Everything a run's machine remembers; plain JSON, nothing secret. */
export interface FlowRunContext {
  readonly header: RunHeader;
  readonly claim: string;
  readonly policy: LaunchPolicy;
  readonly resumed: ResumedPhase | null;
  readonly isEarly: boolean;
  /** RunTask attempt, from 1; each has its own client token. */
  readonly attempt: number;
  /** Attempts that met the account's limit: they do not count against the most that are allowed. */
  readonly held: number;
  /** What earlier attempts say about where to place this one. */
  readonly learnt: Learnt;
  /** New attempts since the placement of the present task was first refused, and whether the time for more is over. */
  readonly placement: { readonly retries: number; readonly isOver: boolean };
  /** RunTask was sent and it is not known what came of it. */
  readonly unsure: boolean;
  /** It was seen cancelled while it was being claimed. */
  readonly withdrawn: boolean;
  /** Retries in the present stage. */
  readonly retries: number;
  /** Version of the run's state as last read. */
  readonly version: StateVersion;
  /** What has a deadline now, and how many such stages there were; null: nothing has. Another object: its time begins anew. */
  readonly stage: { readonly name: Stage; readonly count: number } | null;
  /** The present stage took longer than its deadline. */
  readonly expired: boolean;
  readonly resumeAt: Resumption;
  readonly releaseTo: Release;
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

/** The failure of a run of which no other one is known. */
export const NO_REASON: Failure = { tag: "unexpected", message: "No reason was recorded" };

/** Whether AWS certainly did not execute what failed this way, so that the run may be ended on it. */
function isOutcomeKnown(failure: Failure): boolean {
  return failure.tag !== "unknownOutcome";
}

/** Stages that are not given up when their deadline passes: what they do must be certain. */
const KEEPS_TRYING: ReadonlySet<Resumption> = new Set<Resumption>([
  "claiming",
  "findingTask",
  "stopping",
  "cancelling",
]);

/** Stages in which a run may still be let go without a task of it being left behind unseen. */
const UNLAUNCHED: ReadonlySet<Resumption> = new Set<Resumption>([
  "findingTask",
  "planning",
  "ensuringTaskDefinition",
  "runningTask",
]);

/** Wait before the next attempt while the account's limit is reached: room comes only when another task ends. */
const HELD_MS = 30_000;

/** Attempts that came to no task, because placements were refused, are no tasks that were started. */
function hasAttempts({ policy, attempt, held, learnt }: FlowRunContext): boolean {
  return attempt - held - learnt.refusals < policy.maxAttempts;
}

/** A claim that was taken up goes through all tokens that the process before may have used, however long that takes. */
function mayPlaceAgain({ policy, placement, resumed }: FlowRunContext): boolean {
  return (!placement.isOver || resumed !== null) && placement.retries < policy.placementRetries;
}

function mayRelaunch(context: FlowRunContext, failure: Failure): boolean {
  return hasAttempts(context) && isRelaunchable(failure, context.policy.relaunch);
}

function isAccountLimit(failure: Failure): boolean {
  return placementClassOf(failure) === "accountLimit";
}

function isPlaceable(failure: Failure): boolean {
  return placementClassOf(failure) === "capacity";
}

/** Waits between refused placements double, and take up half of the time for them: answers take some as well. */
function placementPauseMs({ placement, policy }: FlowRunContext): number {
  return policy.deadlineMs.placement / 2 * 2 ** (placement.retries - 1 - policy.placementRetries);
}

/** Least wait before the same step is tried again, in milliseconds. */
export function leastPauseMs(context: FlowRunContext): number {
  const { failure } = context;
  if (failure === null) return 0;
  if (isAccountLimit(failure)) return HELD_MS;
  if (failure.tag === "notPlaced") return placementPauseMs(context);
  return failure.tag === "throttled" ? failure.retryAfterMs : 0;
}

/** What the back-off counts: refused placements by themselves, so that throttling in between does not stretch their waits. */
export function backoffStep({ failure, placement, retries }: FlowRunContext): number {
  return failure?.tag === "notPlaced" && !isAccountLimit(failure) ? placement.retries : retries;
}

/** What a step failed of, and that it was tried until its deadline where that is why it is not tried again. */
function outOfTime({ policy }: FlowRunContext, failure: Failure, stage: "definition" | "launch"): Failure {
  if (!isRetriable(failure)) return failure;
  const time = spokenTime(policy.deadlineMs[stage]);
  return {
    ...failure,
    message: `${failure.message}; given up after ${time} of trying (--${stage}-deadline)`,
  };
}

/** The task is gone: what follows is another attempt with its own token, where AWS took it by other means, or the end. */
function lose(
  { learnt }: FlowRunContext,
  failure: Failure,
): Pick<FlowRunContext, "task" | "failure" | "learnt"> {
  const wasTaken = learnt.wasTaken || (failure.tag === "taskStopped" && failure.class === "infrastructure");
  return { task: null, failure, learnt: { ...learnt, wasTaken } };
}

function isToRelease({ definition }: FlowRunContext): boolean {
  return (definition?.releaseId ?? null) !== null;
}

/** Whether the deadline is over; a first failure after a long wait for its turn does not count yet. */
function isSpent({ expired, retries }: FlowRunContext): boolean {
  return expired && retries > 0;
}

/** Whether the same stage should be tried again. An unknown outcome is never given up: a task may exist. */
function mayRetry(context: FlowRunContext, failure: Failure): boolean {
  if (!isRetriable(failure)) return false;
  return !isSpent(context) || context.unsure || !isOutcomeKnown(failure);
}

/** Whether RunTask may have been carried out: only an answer to the same token settles that. */
function staysUnsure(unsure: boolean, failure: Failure): boolean {
  if (failure.tag === "unknownOutcome") return true;
  // The reasons of a refused placement are the answer to its token.
  return failure.tag === "notPlaced" && failure.failures.length > 0 ? false : unsure;
}

function nextStage({ stage }: FlowRunContext, name: Stage): FlowRunContext["stage"] {
  return { name, count: (stage?.count ?? 0) + 1 };
}

/** A stage begins: it has its whole time, and no retry yet. */
function begun(context: FlowRunContext, stage: Stage): Pick<FlowRunContext, "retries" | "expired" | "stage"> {
  return { retries: 0, expired: false, stage: nextStage(context, stage) };
}

/** Names and types of everything the chart uses. */
export const flowRunSetup = setup({
  types: {
    input: typed<FlowRunInput>(),
    context: typed<FlowRunContext>(),
    events: typed<FlowRunEvent>(),
    output: typed<FlowRunOutput>(),
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
    isClaimedInVain: ({ context }, claim: { outcome: string }) =>
      context.withdrawn && claim.outcome === "claimed",
    isClaimed: (_, claim: { outcome: string }) => claim.outcome === "claimed",
    mayRetry: ({ context }, failure: Failure) => mayRetry(context, failure),
    isPassing: (_, failure: Failure) => isRetriable(failure) || failure.tag === "unauthorized",
    mayTryElsewhere: ({ context }, failure: Failure) =>
      isPlaceable(failure) && !isSpent(context) && mayPlaceAgain(context),
    isAccountLimit: (_, failure: Failure) => isAccountLimit(failure),
    isClaimLost: (_, failure: Failure) => failure.tag === "claimLost",
    isOver: (_, { over }: FoundTask) => over,
    hasRunEnded: (_, { outcome }: StopResult) => outcome === "ended",
    hasComeUp: (_, { outcome }: StopResult) => outcome === "running",
    isStoppedTooLate: (_, result: StopResult) => result.outcome === "stopped" && result.wasRunning,
    isUnlaunched: ({ context }) => UNLAUNCHED.has(context.resumeAt),
    isFound: (_, { taskId }: { taskId: string | null }) => taskId !== null,
    isShared: ({ context }) => (context.definition?.releaseId ?? null) === null,
    isResumed: ({ context }) => context.resumed !== null,
    isEarly: ({ context }) => context.isEarly,
    wasRunning: ({ context }) => context.resumed === "running",
    hasStarted: (_, { started }: Reported) => started,
    isStart: (_, { stage }: { stage: string }) => stage === "start",
    isPlacement: (_, { stage }: { stage: string }) => stage === "placement",
    // A refused placement waits for its next attempt, which would come too late.
    isPlacementLate: ({ context }, { stage }: { stage: string }) =>
      stage === "placement" && context.resumeAt === "runningTask" && context.resumed === null &&
      context.failure !== null && isPlaceable(context.failure) && !context.unsure,
    mayRelaunch: ({ context }, failure: Failure) => mayRelaunch(context, failure),
    mayRelaunchLast: ({ context }) => context.failure !== null && mayRelaunch(context, context.failure),
    isLaunched: ({ context }) => context.task !== null,
    isReleased: ({ context }, to: Release) => !isToRelease(context) && context.releaseTo === to,
    isGivenUp: ({ context }) =>
      !KEEPS_TRYING.has(context.resumeAt) && context.failure !== null && !context.unsure &&
      isOutcomeKnown(context.failure) && !isAccountLimit(context.failure),
    isUnclaimed: ({ context }) => context.resumeAt === "claiming",
    isUnreported: ({ context }) => context.resumeAt === "reporting" && context.task !== null,
    isResumedAt: ({ context }, at: Resumption) => context.resumeAt === at,
  },
  actions: {
    startStage: assign(({ context }, { stage }: { stage: Stage }) => begun(context, stage)),
    // A turn that came late must not be the only one.
    renewStage: assign(({ context }, { stage }: { stage: Stage }) =>
      context.expired && context.retries === 0 ? begun(context, stage) : {}
    ),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    explainDeadline: assign({
      failure: ({ context }) =>
        context.failure &&
        outOfTime(context, context.failure, context.resumeAt === "runningTask" ? "launch" : "definition"),
    }),
    countRetry: assign({
      retries: ({ context }) => context.retries + 1,
      resumeAt: (_, at: Resumption) => at,
    }),
    countAttempt: assign({ attempt: ({ context }) => context.attempt + 1 }),
    countRefusal: assign(({ context: { learnt, placement } }) => ({
      learnt: { ...learnt, refusals: learnt.refusals + 1 },
      placement: { ...placement, retries: placement.retries + 1 },
    })),
    // No room in the whole account: another refusal begins anew.
    closePlacement: assign({ placement: NO_REFUSAL }),
    endPlacement: assign({ placement: ({ context }) => ({ ...context.placement, isOver: true }) }),
    countHeld: assign({ held: ({ context }) => context.held + 1 }),
    keepWithdrawal: assign({ withdrawn: true }),
    keepDoubt: assign({ unsure: ({ context }, failure: Failure) => staysUnsure(context.unsure, failure) }),
    /** One change of the context for each step of a launch, not two: a snapshot is made for each. */
    launchWith: assign(({ context }, definition: EnsuredDefinition) => ({
      ...begun(context, "launch"),
      definition,
    })),
    goOnTo: assign({ releaseTo: (_, to: Release) => to }),
    forgetRelease: assign({
      definition: ({ context: { definition } }) => definition && { ...definition, releaseId: null },
    }),
    reportTask: assign(({ context }, task: LaunchedTask) => ({
      ...begun(context, "report"),
      task,
      failure: null,
      unsure: false,
      placement: NO_REFUSAL,
    })),
    keepFoundTask: assign({
      task: (_, { taskId }: { taskId: string | null }) =>
        taskId === null ? null : { id: taskId, adopted: true },
    }),
    // The task is gone: what follows is another attempt with its own token, or the end of the run.
    loseTask: assign(({ context }, { failure, version }: { failure: Failure; version: StateVersion }) => ({
      ...lose(context, failure),
      version,
    })),
    loseSlowTask: assign(({ context }, result: StopResult) => {
      if (result.outcome !== "stopped") return {};
      return {
        ...lose(context, result.failure ?? NO_REASON),
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
    // Its task's watcher looks at the run as well.
    leaveRun: stopChild("watchRun"),
    endStage: assign({ stage: null }),
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
