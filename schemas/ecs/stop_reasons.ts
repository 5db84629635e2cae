/**
 * What the signals of a lost task mean: signal, class, message, remedy. Data only; the first row that fits counts, and a
 * signal that fits no row is reported unchanged.
 *
 * @module
 */

import type { StopReason } from "../contracts/task.ts";
import type { StopClass } from "../failure/failure.ts";

/** What StopTask gives as the reason for the end of a run's task. ECS keeps it, so every process can read it back. */
export function stopSentence(runId: string, reason: StopReason): string {
  return reason === "cancel" ? `Flow run ${runId} was cancelled` : `Flow run ${runId} did not start in time`;
}

/** Fits the sentence of a task that was too slow, whichever run it was of. */
const TOO_SLOW = /^Flow run \S+ did not start in time$/;

/** One row of the table; members that are absent fit everything. */
export interface StopRow {
  /** `stopCode` as ECS gives it; the list is open. */
  readonly code?: string;
  /** Fits `stoppedReason` or the reason of a container. */
  readonly reason?: RegExp;
  /** Fits when a container left with one of these. */
  readonly exitCodes?: readonly number[];
  readonly class: StopClass;
  /** What happened, after "Task … ". */
  readonly what: string;
  /** What to do about it. */
  readonly todo: string;
}

const SPOT = "was taken back by AWS with its Spot capacity";
const SPOT_TODO = "relaunch it with --relaunch infrastructure, or run it on On-Demand capacity";
/** What to do about a task that did not start in time. */
export const SLOW_TODO = "look for missing capacity, a slow image pull or a missing route to the registry";
const HOST_TODO = "run the flow again, or let the agent do so with --relaunch infrastructure";
const MEMORY_TODO = "give the run more memory, or look in its log for what killed it";

/** Rows about stops of a task that may have been running. */
const TAKEN: readonly StopRow[] = [
  { code: "SpotInterruption", class: "infrastructure", what: SPOT, todo: SPOT_TODO },
  {
    code: "TerminationNotice",
    class: "infrastructure",
    what: "was ended because its host is going away",
    todo: HOST_TODO,
  },
  {
    code: "InfrastructureHealth",
    class: "infrastructure",
    what: "was ended because its host is impaired",
    todo: HOST_TODO,
  },
  {
    // An agent of this name stopped it: another process, or this one after a restart, goes on from there.
    code: "UserInitiated",
    reason: TOO_SLOW,
    class: "tooSlow",
    what: "was not running in time and was stopped",
    todo: SLOW_TODO,
  },
  {
    code: "UserInitiated",
    class: "stoppedByUser",
    what: "was stopped by a user through the ECS API",
    todo: "see the reason, or the StopTask event in CloudTrail; start the run again if it was a mistake",
  },
  {
    code: "ServiceSchedulerInitiated",
    class: "stoppedByUser",
    what: "was stopped by an ECS service",
    todo: "keep flow runs out of the groups that services manage",
  },
  {
    reason: /spot (task|instance|capacity).*(interrupt|reclaim)/i,
    class: "infrastructure",
    what: SPOT,
    todo: SPOT_TODO,
  },
  {
    reason: /host ec2.*(terminated|stopped)|underlying (hardware|infrastructure|host)|task retirement/i,
    class: "infrastructure",
    what: "lost its host",
    todo: HOST_TODO,
  },
];

/**
 * Rows about tasks that did not come up. Those that pass come first: their texts are more special.
 *
 * @see "Stopped tasks error codes"; the first group is what Dagster takes for transient too
 */
const NOT_STARTED: readonly StopRow[] = [
  {
    reason: /network interface provision|timeout waiting for network interface/i,
    class: "transientStart",
    what: "did not start: its network interface was not ready in time",
    todo: "try again; if it repeats, look at the free addresses of the subnets",
  },
  {
    reason:
      /(ephemeral storage|ebs|volume)[^.]*(provision|attach)[^.]*(time|fail)|timeout[^.]*(storage|volume)/i,
    class: "transientStart",
    what: "did not start: its storage was not ready in time",
    todo: "try again",
  },
  {
    reason: /InsufficientFreeAddressesInSubnet|insufficient (free )?(ip )?addresses/i,
    class: "transientStart",
    what: "did not start: the subnet has no free address",
    todo: "add subnets or free addresses",
  },
  {
    reason: /task provisioning failed/i,
    class: "transientStart",
    what: "did not start: ECS could not provision it",
    todo: "try again",
  },
  {
    reason: /rate exceeded|throttl|toomanyrequests/i,
    class: "transientStart",
    what: "did not start: a service it needs was throttled",
    todo: "try again; a pull-through cache or a mirror spares a public registry",
  },
  {
    // Before the pulls: "unable to pull secrets or registry auth" may quote a timeout, and no other task would fare better.
    reason: /ResourceInitializationError/i,
    class: "configuration",
    what: "did not start: secrets, registry credentials or logs could not be set up",
    todo: "check the execution role, the secrets' ARNs and the route of the subnet (NAT or VPC endpoints)",
  },
  {
    reason:
      /pull.*(i\/o timeout|\beof\b|connection reset|tls handshake|request canceled|context deadline|status\b.*\b5\d\d\b)/i,
    class: "transientStart",
    what: "did not start: pulling the image broke off",
    todo: "try again; if it repeats, look at the route to the registry",
  },
  {
    reason: /RESOURCE:|NO ACTIVE INSTANCES|EMPTY CAPACITY PROVIDER|[Cc]apacity is unavailable|\bAGENT\b/,
    class: "transientStart",
    what: "did not start: there was no capacity for it",
    todo: "offer more instances, subnets or another capacity provider",
  },
  {
    reason: /\bATTRIBUTE\b|\bLOCATION\b|placement constraint/i,
    class: "configuration",
    what: "did not start: nothing in the cluster fits its requirements",
    todo: "compare placement constraints, subnets and attributes with the cluster",
  },
  {
    reason: /CannotPull|pull access denied|manifest unknown|repository does not exist/i,
    class: "configuration",
    what: "did not start: the image could not be pulled",
    todo: "check the image's name and tag, and that the execution role may pull it",
  },
  {
    reason:
      /CannotCreateContainer|CannotStartContainer|ContainerRuntime(Timeout)?Error|exec format error|no such file|executable file not found/i,
    class: "configuration",
    what: "did not start: its container could not be created",
    todo: "check command, entry point, architecture and volumes",
  },
  {
    code: "TaskFailedToStart",
    reason: /timed? ?out|timeout/i,
    class: "transientStart",
    what: "did not start in time",
    todo: "try again; if it repeats, look for missing capacity",
  },
  {
    code: "TaskFailedToStart",
    class: "unknown",
    what: "failed to start",
    todo: "see the reason; ECS lists it under Stopped tasks for an hour",
  },
];

/** Rows about containers that ended. */
const EXITED: readonly StopRow[] = [
  {
    reason: /OutOfMemory/i,
    class: "outOfMemory",
    what: "was killed because it ran out of memory",
    todo: MEMORY_TODO,
  },
  {
    exitCodes: [137],
    class: "outOfMemory",
    what: "was killed (exit code 137: out of memory, or SIGKILL)",
    todo: MEMORY_TODO,
  },
  {
    exitCodes: [143],
    class: "exited",
    what: "was asked to end (exit code 143: SIGTERM) and did so without reporting an end of the run",
    todo: "see its log",
  },
  {
    exitCodes: [126, 127],
    class: "exited",
    what: "could not run its command",
    todo: "check the image: it must hold Prefect and the command of the container",
  },
  {
    code: "EssentialContainerExited",
    class: "exited",
    what: "ended without the run having reported an end",
    todo: "see its log",
  },
];

/** The table, in the order in which it is read. */
export const STOP_ROWS: readonly StopRow[] = [
  ...TAKEN,
  ...EXITED.slice(0, 1),
  ...NOT_STARTED,
  ...EXITED.slice(1),
];

/** For a stop that fits no row. */
export const UNKNOWN_STOP: StopRow = {
  class: "unknown",
  what: "stopped for a reason this program does not know",
  todo: "see the stop code and reason",
};

/** For a task that ECS no longer shows. */
export const VANISHED: StopRow = {
  class: "vanished",
  what: "is no longer known to ECS, which shows stopped tasks for an hour",
  todo: "look for its last lines in the log and for its StopTask event in CloudTrail",
};
