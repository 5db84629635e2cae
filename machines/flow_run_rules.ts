/**
 * The decisions of a flow run's chart: pure functions of its context.
 *
 * @module
 */

import { type Failure, isRetriable, placementClassOf, retryAfterOf } from "../schemas/failure/failure.ts";
import { spokenTime } from "../schemas/flow_run/deadlines.ts";
import { isRelaunchable, type Stage } from "../schemas/flow_run/launch_policy.ts";
import type { FlowRunContext, Report, Resumption } from "./flow_run_types.ts";

/** The failure of a run for which no other one is known. */
export const NO_REASON: Failure = { tag: "unexpected", message: "No reason was recorded" };

/** States that go on retrying after their deadline: a run must not end before their outcome is certain. */
const KEEPS_TRYING: ReadonlySet<Resumption> = new Set<Resumption>([
  "claiming",
  "findingTask",
  "stopping",
  "cancelling",
]);

/** States in which a run can still be dropped: no task of it is left unwatched. */
const BEFORE_LAUNCH: ReadonlySet<Resumption> = new Set<Resumption>([
  "findingTask",
  "planning",
  "ensuringTaskDefinition",
  "runningTask",
]);

/**
 * Wait before the next attempt while the account's limit is reached, in milliseconds: there is no room before another task
 * ends.
 */
const HELD_MS = 30_000;

/** Whether a run that waits for a retry can be dropped without leaving a task of it unwatched. */
export function isBeforeLaunch({ resumeAt }: FlowRunContext): boolean {
  return BEFORE_LAUNCH.has(resumeAt);
}

/** Whether a failure means that the account has no room for another task. */
export function isAccountLimit(failure: Failure): boolean {
  return placementClassOf(failure) === "accountLimit";
}

/** Whether another attempt to place the task makes sense now. */
export function mayPlaceAgain(context: FlowRunContext, failure: Failure): boolean {
  return placementClassOf(failure) === "capacity" && !isPastDeadline(context) && hasPlacements(context);
}

/** A recovered claim tries all tokens that the earlier process may have used; the deadline does not end that. */
function hasPlacements({ policy, placement, resumed }: FlowRunContext): boolean {
  return (!placement.isOver || resumed !== null) && placement.retries < policy.placementRetries;
}

/** Whether the time for placements ran out while a run waits for its next attempt: that attempt would come too late. */
export function isPlacementLate(context: FlowRunContext): boolean {
  const { resumeAt, resumed, failure, outcomeUnknown } = context;
  return resumeAt === "runningTask" && resumed === null && failure !== null &&
    placementClassOf(failure) === "capacity" && !outcomeUnknown;
}

/** Whether the policy allows another task after one that was lost. */
export function mayRelaunch(context: FlowRunContext, failure: Failure): boolean {
  return hasAttempts(context) && isRelaunchable(failure, context.policy.relaunch);
}

/** Attempts that were refused started no task, so they do not count. */
function hasAttempts({ policy, attempt, held, learnt }: FlowRunContext): boolean {
  return attempt - held - learnt.refusals < policy.maxAttempts;
}

/**
 * Whether the same step should be tried again. A launch whose outcome is unknown always is, because a task may exist; a lost
 * answer to a registration costs at most a revision that nobody uses, so its deadline holds.
 */
export function mayRetry(context: FlowRunContext, { failure, at }: FailedStep): boolean {
  if (!isRetriable(failure)) return false;
  return !isPastDeadline(context) || context.outcomeUnknown || !isOutcomeHarmless(failure, at);
}

/** A step that failed, and where it would be tried again. */
export interface FailedStep {
  readonly failure: Failure;
  readonly at: Resumption;
}

/** Steps whose request starts no task and stops none: one whose outcome is unknown may be given up. */
const STARTS_NOTHING: ReadonlySet<Resumption> = new Set<Resumption>(["planning", "ensuringTaskDefinition"]);

/** Whether the deadline is over. A first failure does not count yet: its request may have waited for a permit all that time. */
function isPastDeadline({ expired, retries }: FlowRunContext): boolean {
  return expired && retries > 0;
}

/** Whether a run that waits for a retry ends with its failure when the deadline passes. */
export function isGivenUp({ resumeAt, failure, outcomeUnknown }: FlowRunContext): boolean {
  return !KEEPS_TRYING.has(resumeAt) && failure !== null && !outcomeUnknown &&
    isOutcomeHarmless(failure, resumeAt) && !isAccountLimit(failure);
}

/** Whether the run may end with this failure: its request was certainly not executed, or could start and stop nothing. */
function isOutcomeHarmless(failure: Failure, at: Resumption): boolean {
  return failure.tag !== "unknownOutcome" || STARTS_NOTHING.has(at);
}

/** Whether a launch may have started a task after this failure. Only an answer to the same token settles that. */
export function isOutcomeUnknown({ outcomeUnknown }: FlowRunContext, failure: Failure): boolean {
  if (failure.tag === "unknownOutcome") return true;
  // The reasons of a refused placement are the answer to its token.
  return failure.tag === "notPlaced" && failure.failures.length > 0 ? false : outcomeUnknown;
}

/** Shortest wait before the same step is tried again, in milliseconds. */
export function leastPauseMs(context: FlowRunContext): number {
  const { failure } = context;
  if (failure === null) return 0;
  if (isAccountLimit(failure)) return HELD_MS;
  if (failure.tag === "notPlaced") return placementPauseMs(context);
  return retryAfterOf(failure);
}

/**
 * Waits between refused placements double. Together they take half of the placement deadline; the other half is for answers.
 */
function placementPauseMs({ placement, policy }: FlowRunContext): number {
  return policy.deadlineMs.placement / 2 * 2 ** (placement.retries - 1 - policy.placementRetries);
}

/**
 * Retries that the back-off counts. Refused placements count by themselves: throttling in between does not lengthen their
 * waits.
 */
export function backoffStep({ failure, placement, retries }: FlowRunContext): number {
  return failure?.tag === "notPlaced" && !isAccountLimit(failure) ? placement.retries : retries;
}

/** The last failure; its message says that the deadline passed, where that is why the step is not tried again. */
export function failureAtDeadline({ failure, policy, resumeAt }: FlowRunContext): Failure | null {
  if (failure === null || !isRetriable(failure)) return failure;
  const stage = resumeAt === "runningTask" ? "launch" : "definition";
  const time = spokenTime(policy.deadlineMs[stage]);
  return {
    ...failure,
    message: `${failure.message}; given up after ${time} of trying (--${stage}-deadline)`,
  };
}

/** The context once the task is gone. After the platform reclaimed a task, the next attempt uses other capacity. */
export function withoutTask(
  { learnt }: FlowRunContext,
  failure: Failure,
): Pick<FlowRunContext, "task" | "failure" | "learnt"> {
  const wasReclaimed = learnt.wasReclaimed ||
    (failure.tag === "taskStopped" && failure.class === "infrastructure");
  return { task: null, failure, learnt: { ...learnt, wasReclaimed } };
}

/** Whether the run uses a definition that was made for it alone and is still to be released. */
export function hasOwnDefinition({ definition }: FlowRunContext): boolean {
  return definition !== null && definition.releaseId !== null;
}

/** The context when a stage begins: a new deadline, and no retry yet. */
export function stageBegun(
  { stage }: FlowRunContext,
  name: Stage,
): Pick<FlowRunContext, "retries" | "expired" | "stage"> {
  return { retries: 0, expired: false, stage: { name, count: (stage?.count ?? 0) + 1 } };
}

/** A task was left alone: it has no deadline any more, or a time of its own to start. @param startMs in milliseconds */
export function stageLeft(context: FlowRunContext, startMs: number | null): Partial<FlowRunContext> {
  if (startMs === null) return { stage: null };
  const { stage, ...begun } = stageBegun(context, "start");
  return { ...begun, stage: stage && { ...stage, ownMs: startMs } };
}

/** What is reported to Prefect about the launch. */
export function reportOf({ task, failure, version, outcomeUnknown, resumed }: FlowRunContext): Report {
  if (task !== null) return { kind: "launched", task };
  return {
    kind: "failed",
    failure: failure ?? NO_REASON,
    version,
    mayHaveTask: outcomeUnknown || resumed !== null,
  };
}
