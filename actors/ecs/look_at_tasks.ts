/**
 * One look at many tasks: DescribeTasks by the hundred, cluster by cluster.
 *
 * @module
 */

import { type FailureError, toFailure } from "../../schemas/failure/failure.ts";
import { isDenied } from "../aws/failure.ts";
import type { EcsCalls, Task } from "./calls.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import { clusterOfTask } from "../ecs/task_arn.ts";

/** What looking needs. */
export interface LookDeps {
  readonly ecs: Pick<EcsCalls, "describeTasks">;
  readonly log: Log;
  /** Told of a cluster whose tasks IAM does not allow to look at. @default that is thrown */
  readonly onDenied?: (cluster: string | null, denied: FailureError) => void;
}

/** A task to look at. */
export interface LookedAt {
  readonly taskArn: string;
  readonly cluster: string | null;
}

/** What was seen, by ARN; a task that could not be looked at is absent. */
export type Seen = ReadonlyMap<string, Task | "missing">;

/** Most ids in one DescribeTasks. @see ECS API reference */
const MAX_IDS = 100;

/** Most calls at a time: thousands of tasks must not open a hundred connections at once. */
const MAX_IN_FLIGHT = 4;

/**
 * Looks at tasks.
 *
 * @throws {FailureError} only when IAM does not allow to look and nobody is told; other refusals leave tasks out of the answer
 */
export async function lookAtTasks(
  tasks: readonly LookedAt[],
  deps: LookDeps,
  signal: AbortSignal,
): Promise<Seen> {
  const parts = [...byCluster(tasks)].flatMap(([cluster, arns]) =>
    inParts(arns).map((part) => ({ cluster, part }))
  );
  const seen: Sight[] = [];
  const lane = async () => {
    for (let next = parts.shift(); next !== undefined; next = parts.shift()) {
      seen.push(...await look(next.cluster, next.part, { ...deps, signal }));
    }
  };
  await Promise.all(Array.from({ length: MAX_IN_FLIGHT }, lane));
  return new Map(seen);
}

function byCluster(tasks: readonly LookedAt[]): ReadonlyMap<string | null, readonly string[]> {
  const groups = new Map<string | null, string[]>();
  for (const { taskArn, cluster } of tasks) {
    const key = clusterOfTask(taskArn, cluster);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [taskArn]);
    else group.push(taskArn);
  }
  return groups;
}

function inParts(arns: readonly string[]): readonly (readonly string[])[] {
  const distinct = [...new Set(arns)];
  const count = Math.ceil(distinct.length / MAX_IDS);
  return Array.from({ length: count }, (_, at) => distinct.slice(at * MAX_IDS, (at + 1) * MAX_IDS));
}

type Sight = readonly [arn: string, task: Task | "missing"];

async function look(
  cluster: string | null,
  arns: readonly string[],
  { ecs, log, onDenied, signal }: LookDeps & { readonly signal: AbortSignal },
): Promise<readonly Sight[]> {
  try {
    const { tasks } = await ecs.describeTasks(cluster, arns, signal);
    const byArn = new Map(tasks.map((task) => [task.arn, task]));
    return arns.map((arn) => [arn, byArn.get(arn) ?? "missing"]);
  } catch (thrown) {
    signal.throwIfAborted();
    if (isDenied(thrown)) {
      if (onDenied === undefined) throw thrown;
      onDenied(cluster, thrown);
      return [];
    }
    const failure = toFailure(thrown);
    // A cluster that is gone has no tasks left.
    const isGone = failure.tag === "refused" && failure.code === "ClusterNotFoundException";
    if (isGone) return arns.map((arn) => [arn, "missing"]);
    log("DEBUG", `Cannot look at ${arns.length} tasks now: ${failure.message}`);
    return [];
  }
}
