/**
 * What the controller does about a Job: how many pods it makes, which ones it ends, and what it writes into the Job's status.
 * Pure: everything that counts is given.
 *
 * @see "Jobs" in the Kubernetes documentation: pod backoff failure policy, job termination and cleanup
 * @module
 */

import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { mapping, mappings } from "../../../schemas/json/shape.ts";
import { isDeleting, moment, msOf, placeOf } from "../objects/meta.ts";
import { containerStatuses } from "../pods/pod_status.ts";

/** Pods of a Job that are not there any more. */
export interface Counted {
  readonly succeeded: number;
  readonly failed: number;
}

/** A Job and its pods at a moment. */
export interface JobSight {
  readonly job: JsonObject;
  /** Those that are there. */
  readonly pods: readonly JsonObject[];
  readonly gone: Counted;
  /** When a pod failed last, in milliseconds since 1970; null: none did. */
  readonly lastFailureMs: number | null;
  readonly nowMs: number;
}

/** What is to be done. */
export interface JobDecision {
  /** Pods to make. */
  readonly create: number;
  /** Names of pods to delete. */
  readonly end: readonly string[];
  /** The whole new status. */
  readonly status: JsonObject;
  /** The Job itself is to be deleted: its time after its end is over. */
  readonly remove: boolean;
  /** When to look again without a change, in milliseconds from now; null: not. */
  readonly againMs: number | null;
}

/** The first pause before another pod follows one that failed, and the longest, in milliseconds. */
const BACKOFF = { firstMs: 10_000, mostMs: 360_000 } as const;

/** Decides. */
export function decideJob(sight: JobSight): JobDecision {
  const { job } = sight;
  const counts = countPods(sight);
  const ended = condition(job, "Complete") ?? condition(job, "Failed");
  if (ended !== null) return afterEnd(sight, counts, ended);
  const status = liveStatus(sight, counts);
  if (isDeleting(job)) return quiet({ ...status, ...numbers(counts) });
  const doom = doomOf(sight, counts);
  if (doom !== null) return fail(sight, counts, { status, doom });
  if (isComplete(job, counts)) return complete(sight, counts, status);
  if (mapping(job["spec"])["suspend"] === true) return suspend(sight, counts, status);
  const going = { ...resumed(sight, status), ...numbers(counts) };
  return { ...makeUp(sight, counts), end: [], status: going, remove: false };
}

interface Counts {
  readonly succeeded: number;
  readonly failed: number;
  /** Names of pods that run or will. */
  readonly active: readonly string[];
  readonly terminating: number;
  readonly ready: number;
}

/** The phase in a pod's status; undefined: it has none yet. */
export function phaseOf(pod: JsonObject): Json | undefined {
  return mapping(pod["status"])["phase"];
}

/** Whether nothing of a pod runs any more. */
export function isFinished(pod: JsonObject): boolean {
  return phaseOf(pod) === "Succeeded" || phaseOf(pod) === "Failed";
}

function countPods({ pods, gone }: JobSight): Counts {
  const live = pods.filter((pod) => !isFinished(pod));
  const active = live.filter((pod) => !isDeleting(pod));
  return {
    succeeded: gone.succeeded + pods.filter((pod) => phaseOf(pod) === "Succeeded").length,
    failed: gone.failed + pods.filter((pod) => phaseOf(pod) === "Failed").length,
    active: active.map((pod) => placeOf(pod).name),
    terminating: live.length - active.length,
    ready: active.filter((pod) => phaseOf(pod) === "Running").length,
  };
}

/** Counts of 0 are left out, as the API server does. */
function numbers({ succeeded, failed, active, terminating, ready }: Counts): JsonObject {
  const counts = { active: active.length, ready, terminating, succeeded, failed };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

function spec(job: JsonObject, name: string): number | null {
  const value = mapping(job["spec"])[name];
  return typeof value === "number" ? value : null;
}

/** The condition of a type, where it holds. */
export function condition(job: JsonObject, type: string): JsonObject | null {
  const all = mappings(mapping(job["status"])["conditions"]);
  return all.find((one) => one["type"] === type && one["status"] === "True") ?? null;
}

/** What of the status stays while the Job goes on: when it began, and its conditions. */
function liveStatus({ job, nowMs }: JobSight, { active }: Counts): JsonObject {
  const { startTime, conditions } = mapping(job["status"]);
  const isHeld = mapping(job["spec"])["suspend"] === true;
  const start = isHeld && active.length === 0 ? undefined : startTime ?? (isHeld ? undefined : moment(nowMs));
  return {
    ...(start === undefined ? {} : { startTime: start }),
    ...(conditions === undefined ? {} : { conditions }),
  };
}

function withCondition(status: JsonObject, made: JsonObject, nowMs: number): JsonObject {
  const before = mappings(status["conditions"]);
  const known = before.find(({ type }) => type === made["type"]);
  if (known !== undefined && known["status"] === made["status"]) return status;
  const stamped = { ...made, lastProbeTime: moment(nowMs), lastTransitionTime: moment(nowMs) };
  return { ...status, conditions: [...before.filter((one) => one !== known), stamped] };
}

/** Why a Job fails. */
interface Doom {
  readonly reason: string;
  readonly message: string;
}

function doomOf({ job, pods, nowMs }: JobSight, { failed }: Counts): Doom | null {
  const decided = condition(job, "FailureTarget");
  if (decided !== null) return { reason: String(decided["reason"]), message: String(decided["message"]) };
  const limit = spec(job, "backoffLimit") ?? 6;
  if (failed > limit || hasRestartedTooOften(job, pods, limit)) {
    return { reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" };
  }
  const deadlineMs = deadlineOf(job);
  if (deadlineMs === null || nowMs < deadlineMs) return null;
  return { reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" };
}

/** Containers that are started again in their pod count as failed pods do. */
function hasRestartedTooOften(job: JsonObject, pods: readonly JsonObject[], limit: number): boolean {
  const { restartPolicy } = mapping(mapping(mapping(job["spec"])["template"])["spec"]);
  if (restartPolicy !== "OnFailure") return false;
  const restarts = pods.filter((pod) => !isFinished(pod)).flatMap(containerStatuses).reduce(
    (sum, { restartCount }) => sum + (typeof restartCount === "number" ? restartCount : 0),
    0,
  );
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

function deadlineOf(job: JsonObject): number | null {
  const seconds = spec(job, "activeDeadlineSeconds");
  const startMs = msOf(mapping(job["status"])["startTime"]);
  return seconds === null || startMs === null ? null : startMs + 1000 * seconds;
}

/** The Failed condition comes once no pod is left that runs. */
function fail(
  { nowMs }: JobSight,
  counts: Counts,
  { status, doom }: { readonly status: JsonObject; readonly doom: Doom },
): JobDecision {
  const doomed = withCondition(status, { type: "FailureTarget", status: "True", ...doom }, nowMs);
  const isOver = counts.active.length + counts.terminating === 0;
  const last = isOver ? withCondition(doomed, { type: "Failed", status: "True", ...doom }, nowMs) : doomed;
  return { ...quiet({ ...last, ...numbers(counts) }), end: counts.active };
}

function isComplete(job: JsonObject, { succeeded, active, terminating }: Counts): boolean {
  const wanted = spec(job, "completions");
  if (wanted !== null) return succeeded >= wanted;
  return succeeded > 0 && active.length + terminating === 0;
}

function complete({ nowMs }: JobSight, counts: Counts, status: JsonObject): JobDecision {
  const made = {
    type: "Complete",
    status: "True",
    reason: "CompletionsReached",
    message: "Reached expected number of succeeded pods",
  };
  const completionTime = moment(nowMs);
  return {
    ...quiet({ ...withCondition(status, made, nowMs), completionTime, ...numbers(counts) }),
    end: counts.active,
  };
}

function suspend({ nowMs }: JobSight, counts: Counts, status: JsonObject): JobDecision {
  const made = { type: "Suspended", status: "True", reason: "JobSuspended", message: "Job suspended" };
  return { ...quiet({ ...withCondition(status, made, nowMs), ...numbers(counts) }), end: counts.active };
}

function resumed({ job, nowMs }: JobSight, status: JsonObject): JsonObject {
  if (condition(job, "Suspended") === null) return status;
  const made = { type: "Suspended", status: "False", reason: "JobResumed", message: "Job resumed" };
  return withCondition(status, made, nowMs);
}

/** After its end a Job only waits for its deletion. */
function afterEnd(sight: JobSight, counts: Counts, ended: JsonObject): JobDecision {
  const { job, nowMs } = sight;
  const { startTime, completionTime, conditions } = mapping(job["status"]);
  const kept = Object.entries({ startTime, completionTime, conditions }).filter(([, value]) =>
    value !== undefined
  );
  const status = { ...Object.fromEntries(kept), ...numbers(counts) };
  const seconds = spec(job, "ttlSecondsAfterFinished");
  const endMs = msOf(ended["lastTransitionTime"]);
  const leftMs = seconds === null || endMs === null ? null : Math.max(0, endMs + 1000 * seconds - nowMs);
  return {
    ...quiet(status),
    end: counts.active,
    remove: leftMs === 0,
    againMs: leftMs === 0 ? null : leftMs,
  };
}

/** As many pods as are missing, later where the last one failed a short time ago. */
function makeUp(
  { job, lastFailureMs, nowMs }: JobSight,
  { succeeded, failed, active, terminating }: Counts,
): Pick<JobDecision, "create" | "againMs"> {
  const parallelism = spec(job, "parallelism") ?? 1;
  const completions = spec(job, "completions");
  const wanted = completions === null ? (succeeded > 0 ? 0 : parallelism) : completions - succeeded;
  const missing = Math.max(0, Math.min(parallelism, wanted) - active.length - terminating);
  const untilMs = (lastFailureMs ?? -Infinity) +
    Math.min(BACKOFF.mostMs, BACKOFF.firstMs * 2 ** (failed - 1));
  const waitMs = failed === 0 || missing === 0 ? 0 : Math.max(0, untilMs - nowMs);
  const deadlineMs = deadlineOf(job);
  const again = [
    ...(waitMs > 0 ? [waitMs] : []),
    ...(deadlineMs === null ? [] : [deadlineMs - nowMs]),
  ];
  return { create: waitMs > 0 ? 0 : missing, againMs: again.length === 0 ? null : Math.min(...again) };
}

function quiet(status: JsonObject): JobDecision {
  return { create: 0, end: [], status, remove: false, againMs: null };
}
