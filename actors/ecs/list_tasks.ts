/**
 * Lists the live tasks of a flow run. ListTasks searches by `startedBy`, which everyone who starts tasks chooses, so each
 * task that it finds is looked at and counts only when it was started to execute this very run.
 *
 * @module
 */

import type { TaskList, TasksOfRun } from "../../schemas/contracts/platform.ts";
import { clusterOfTasks } from "../../schemas/ecs/task_place.ts";
import { FailureError, toFailure } from "../../schemas/failure/failure.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { isDenied } from "../aws/failure.ts";
import { type Ask, batch, type Outcome } from "../time/batch.ts";
import type { EcsCalls, Task } from "./calls.ts";

/** What listing needs. */
export interface ListTasksDeps {
  readonly ecs: Pick<EcsCalls, "listTasks" | "describeTasks">;
  readonly clock: Clock;
}

/** Lists the live tasks of a run. @throws {FailureError} `timedOut` while ECS lists a task that it does not show yet */
export type ListTasks = (tasks: TasksOfRun, signal: AbortSignal) => Promise<TaskList>;

/** One task to look at. */
interface Listed {
  /** Null: the default cluster. */
  readonly cluster: string | null;
  readonly arn: string;
}

/** Null: ECS does not show it. */
type LookAt = Ask<Listed, Task | null>;

/** A look that is not answered for this long holds back no other one, in milliseconds. */
const PATIENCE_MS = 3000;

/** Makes the list; the tasks of many runs that are listed at about the same time are looked at together. */
export function makeListTasks({ ecs, clock }: ListTasksDeps): ListTasks {
  const lookAt = batch<Listed, Task | null>({
    clock,
    windowMs: 0,
    // The first goes at once; the others gather while it is under way.
    apartMs: 1,
    enough: 1,
    maxItems: 100,
    maxInFlight: 1,
    patienceMs: PATIENCE_MS,
    send: (items, signal) => describe(items, ecs, signal),
  });
  return async (tasks, signal) => {
    const cluster = clusterOfTasks(tasks);
    try {
      const listed = await ecs.listTasks(cluster, tasks.runId, signal);
      return { outcome: "listed", ids: await ownOf(tasks, { cluster, listed, lookAt }, signal) };
    } catch (thrown) {
      if (!isDenied(thrown)) throw thrown;
      return { outcome: "denied", failure: thrown.failure };
    }
  };
}

interface Listing {
  readonly cluster: string | null;
  readonly listed: readonly string[];
  readonly lookAt: LookAt;
}

/** A task that is known to be the run's need not be looked at again, and may be MISSING for the moment. */
async function ownOf(
  { runId, taskId }: TasksOfRun,
  { cluster, listed, lookAt }: Listing,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const others = listed.filter((arn) => arn !== taskId);
  const looked = await Promise.all(others.map((arn) => lookAt({ cluster, arn }, signal)));
  const seen = new Map(others.map((arn, at) => [arn, looked[at] ?? null]));
  const unseen = others.find((arn) => seen.get(arn) === null);
  if (unseen === undefined) {
    return listed.filter((arn) => arn === taskId || seen.get(arn)?.flowRunId === runId);
  }
  const message = `Cannot tell yet whether task ${unseen} is of flow run ${runId}: ListTasks names it, ` +
    "DescribeTasks does not show it";
  throw new FailureError({ tag: "timedOut", message });
}

async function describe(
  items: readonly Listed[],
  ecs: ListTasksDeps["ecs"],
  signal: AbortSignal,
): Promise<readonly Outcome<Task | null>[]> {
  const outcomes = new Map<Listed, Outcome<Task | null>>();
  for (const [cluster, some] of Map.groupBy(items, (item) => item.cluster)) {
    const seen = await describeIn(cluster, some.map(({ arn }) => arn), ecs, signal);
    for (const item of some) outcomes.set(item, seen(item.arn));
  }
  return items.map((item) => outcomes.get(item) ?? { value: null });
}

/** A cluster whose tasks may not be described does not disturb the others. */
async function describeIn(
  cluster: string | null,
  arns: readonly string[],
  ecs: ListTasksDeps["ecs"],
  signal: AbortSignal,
): Promise<(arn: string) => Outcome<Task | null>> {
  try {
    const { tasks } = await ecs.describeTasks(cluster, [...new Set(arns)], signal);
    const byArn = new Map(tasks.map((task) => [task.arn, task]));
    return (arn) => ({ value: byArn.get(arn) ?? null });
  } catch (thrown) {
    signal.throwIfAborted();
    return () => ({ thrown: new FailureError(toFailure(thrown), { cause: thrown }) });
  }
}
