/**
 * Reads many tasks at once: DescribeTasks with 100 ids each, cluster by cluster.
 *
 * @module
 */

import type { Log } from "../../schemas/contracts/log.ts";
import type { Platform, TaskRef, TaskSight } from "../../schemas/contracts/platform.ts";
import { clusterOfTasks } from "../../schemas/ecs/task_place.ts";
import { seenTask } from "../../schemas/ecs/seen_task.ts";
import { toFailure } from "../../schemas/failure/failure.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { makeTroubleReport, type TroubleReport } from "../time/trouble_report.ts";
import { isDenied } from "../aws/failure.ts";
import type { EcsCalls } from "./calls.ts";

/** What reading needs. */
export interface LookDeps {
  readonly ecs: Pick<EcsCalls, "describeTasks">;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
}

/** The reports of clusters whose tasks cannot be looked at, by cluster. */
type Troubles = (cluster: string | null) => TroubleReport;

/** Most ids in one DescribeTasks. @see ECS API reference */
const MAX_IDS = 100;

/** Most calls at a time: thousands of tasks must not open a hundred connections at once. */
const MAX_IN_FLIGHT = 4;

/** One DescribeTasks. */
interface Part {
  /** Null: the default cluster. */
  readonly cluster: string | null;
  readonly arns: readonly string[];
}

/** Makes the reader. */
export function makeLook(deps: LookDeps): Platform<unknown>["look"] {
  const reports = new Map<string, TroubleReport>();
  const troubles: Troubles = (cluster) => {
    const name = cluster ?? "default";
    const what = `look at the tasks of cluster ${name}`;
    const made = reports.get(name) ?? makeTroubleReport({ ...deps, what, advice: ADVICE });
    return {
      over: () => void reports.delete(name),
      failed: (failure) => {
        reports.set(name, made);
        made.failed(failure);
      },
    };
  };
  return (tasks, signal) => lookAtTasks(tasks, { ...deps, troubles }, signal);
}

const ADVICE = "the tasks are kept and looked at again, what ends meanwhile is told later. " +
  "Check AWS_ENDPOINT_URL, the proxies on the way to AWS, and the health of Amazon ECS";

interface Looking extends LookDeps {
  readonly troubles: Troubles;
}

/**
 * Reads tasks. If a call fails, its tasks are absent from the answer; if IAM denies it, they are answered as denied.
 *
 * @returns by ARN
 */
async function lookAtTasks(
  tasks: readonly TaskRef[],
  deps: Looking,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TaskSight>> {
  const parts = [...byCluster(tasks)].flatMap(([cluster, arns]) =>
    inParts(arns).map((part): Part => ({ cluster, arns: part }))
  );
  const seen: Sight[] = [];
  const lane = async () => {
    for (let next = parts.shift(); next !== undefined; next = parts.shift()) {
      seen.push(...await look(next, deps, signal));
    }
  };
  await Promise.all(Array.from({ length: MAX_IN_FLIGHT }, lane));
  return new Map(seen);
}

function byCluster(tasks: readonly TaskRef[]): ReadonlyMap<string | null, readonly string[]> {
  const groups = new Map<string | null, string[]>();
  for (const { id, place } of tasks) {
    const key = clusterOfTasks({ taskId: id, place });
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [id]);
    else group.push(id);
  }
  return groups;
}

function inParts(arns: readonly string[]): readonly (readonly string[])[] {
  const distinct = [...new Set(arns)];
  const count = Math.ceil(distinct.length / MAX_IDS);
  return Array.from({ length: count }, (_, at) => distinct.slice(at * MAX_IDS, (at + 1) * MAX_IDS));
}

type Sight = readonly [arn: string, sight: TaskSight];

const MISSING: TaskSight = { phase: "missing" };

async function look(
  { cluster, arns }: Part,
  { ecs, log, troubles }: Looking,
  signal: AbortSignal,
): Promise<readonly Sight[]> {
  try {
    const { tasks } = await ecs.describeTasks(cluster, arns, signal);
    troubles(cluster).over();
    const byArn = new Map(tasks.map((task) => [task.arn, seenTask(task)]));
    return arns.map((arn) => [arn, byArn.get(arn) ?? MISSING]);
  } catch (thrown) {
    signal.throwIfAborted();
    const failure = toFailure(thrown);
    if (isDenied(thrown)) return all(arns, { phase: "denied", failure });
    // A cluster that is gone has no tasks left.
    const isGone = failure.tag === "refused" && failure.code === "ClusterNotFoundException";
    if (isGone) return all(arns, MISSING);
    troubles(cluster).failed(failure);
    log("DEBUG", `Cannot look at ${arns.length} tasks now: ${failure.message}`);
    return [];
  }
}

function all(arns: readonly string[], sight: TaskSight): readonly Sight[] {
  return arns.map((arn) => [arn, sight]);
}
