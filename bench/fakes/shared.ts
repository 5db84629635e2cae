/**
 * What the parts of the fakes share: how they behave, what they saw, and small helpers.
 *
 * @module
 */

/** How the fakes behave. */
export interface FakeOptions {
  readonly runs: number;
  readonly flows: number;
  /** Latency of each AWS call, in milliseconds. */
  readonly awsMs: number;
  /** Up to this much longer does a call travel to AWS, in milliseconds. */
  readonly awsJitterMs: number;
  /** How long after RunTask a run reports Running, in milliseconds; null: never. */
  readonly startsAfterMs: number | null;
  /** Others in the account start tasks, too. */
  readonly foreign: ForeignLoad | null;
  /** Latency of each Prefect call, in milliseconds. */
  readonly apiMs: number;
  /** Runs per queue answer. */
  readonly page: number;
  /** Token buckets as documented by AWS. */
  readonly limited: boolean;
  /** Of Prefect. @default 1 */
  readonly generation?: 1 | 3;
  /** Deployments whose runs have a limit; Prefect 3 alone. @default 0 */
  readonly limitedDeployments?: number;
  /** Runs are Jobs of Kubernetes. @default absent: tasks of ECS */
  readonly kubernetes?: KubernetesOptions;
}

/** How the Kubernetes API server and its nodes behave; times in milliseconds. */
export interface KubernetesOptions {
  /** Latency of each call. */
  readonly callMs: number;
  /** From the creation of a Job to its running pod. */
  readonly startsAfterMs: number;
  /** How long a pod runs; null: without end. */
  readonly endsAfterMs: number | null;
}

/** RunTask calls of somebody else. */
export interface ForeignLoad {
  readonly perS: number;
  /** From when on, and until when, in seconds since the queue was first asked. */
  readonly fromS: number;
  readonly untilS: number;
}

/** What the fakes saw. */
export interface FakeStats {
  readonly apiCalls: Record<string, number>;
  /** Calls of AWS or of the Kubernetes API. */
  readonly platformCalls: Record<string, number>;
  readonly throttled: number;
  /** Milliseconds from the release to acceptance, per run, in order of acceptance. */
  readonly acceptedMs: readonly number[];
  /** Runs with more than one task. */
  readonly twice: number;
  readonly failed: number;
  /** Jobs that were deleted; 0 for tasks of ECS. */
  readonly deleted: number;
  /** Every run has a task (or failed) and its log line; Jobs that end are deleted. */
  readonly done: boolean;
}

/** Members of a request. */
export type Args = Record<string, unknown>;

/** An id that tells its kind: 1 run, 2 flow, 3 deployment. */
export const uuid = (kind: number, n: number): string =>
  `${n.toString(16).padStart(8, "0")}-000${kind}-4000-8000-${n.toString(16).padStart(12, "0")}`;

/** The members of an object; none of anything else. */
export function record(value: unknown): Args {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

/** A list as it is, anything else as its only item. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** Counts one more of a name. */
export function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** Resolves after a time in milliseconds. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The id of the run that a text names; null: none. */
export function runIn(text: string): string | null {
  return /[0-9a-f]{8}-0001-[0-9a-f-]{22}/.exec(text)?.[0] ?? null;
}
