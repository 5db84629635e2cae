/**
 * Reads many tasks at once: DescribeTasks with 100 ids each, cluster by cluster.
 *
 * @module
 */

import type { Log } from "../../schemas/contracts/log.ts";
import type { Platform, TaskRef, TaskSight } from "../../schemas/contracts/platform.ts";
import { clusterOfTasks } from "../../schemas/ecs/task_place.ts";
import { seenTask } from "../../schemas/ecs/seen_task.ts";
import { type Failure, toFailure } from "../../schemas/failure/failure.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { within } from "../time/patience.ts";
import { makeTroubleReport, type TroubleReport } from "../time/trouble_report.ts";
import { isDenied } from "../aws/failure.ts";
import type { EcsCalls, Task } from "./calls.ts";

/** What reading needs. */
export interface LookDeps {
  readonly ecs: Pick<EcsCalls, "describeTasks">;
  readonly clock: Clock;
  readonly log: Log;
  /** Told each task that ECS shows, with its tags. @default nobody is told */
  readonly onSeen?: (task: Task) => void;
}

/** The reports of clusters whose tasks cannot be looked at, by cluster. */
type Troubles = (cluster: string | null) => TroubleReport;

/** Most ids in one DescribeTasks. @see ECS API reference */
const MAX_IDS = 100;

/** Most calls at a time: thousands of tasks must not open a hundred connections at once. */
const MAX_IN_FLIGHT = 4;

/** A call that is not answered for this long holds back no other task: the next look at its own takes its answer. */
const PATIENCE_MS = 3000;

/** An answer that was not waited for is of use for this long after it came, in milliseconds. */
const FRESH_MS = 60_000;

/** One DescribeTasks. */
interface Part {
  /** Null: the default cluster. */
  readonly cluster: string | null;
  readonly arns: readonly string[];
}

/** A call that a look did not wait for. */
interface LateCall {
  readonly arns: ReadonlySet<string>;
  readonly answer: Promise<readonly Sight[]>;
  /** When the answer came; null: it has not. */
  overMs: number | null;
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
  const late = new Set<LateCall>();
  return (tasks, signal) => lookAtTasks(tasks, { ...deps, troubles, late }, signal);
}

const ADVICE = "the tasks are kept and looked at again, what ends meanwhile is told later. " +
  "Check AWS_ENDPOINT_URL, the proxies on the way to AWS, and the health of Amazon ECS";

interface Looking extends LookDeps {
  readonly troubles: Troubles;
  readonly late: Set<LateCall>;
}

/**
 * Reads tasks. If a call fails, or is not answered in time, its tasks are absent from the answer; if IAM denies it, they are
 * answered as denied. A task whose call is still under way is not asked for again.
 *
 * @returns by ARN
 */
async function lookAtTasks(
  tasks: readonly TaskRef[],
  deps: Looking,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TaskSight>> {
  const { late, clock } = deps;
  dropOld(late, clock.now());
  const under = [...late].filter(({ arns }) => tasks.some(({ id }) => arns.has(id)));
  const parts = [...byCluster(tasks.filter(({ id }) => !under.some(({ arns }) => arns.has(id))))]
    .flatMap(([cluster, arns]) => inParts(arns).map((part): Part => ({ cluster, arns: part })));
  const seen: Sight[] = [];
  const lane = async () => {
    for (let next = parts.shift(); next !== undefined; next = parts.shift()) {
      const answer = look(next, deps, signal);
      const inTime = await within(PATIENCE_MS, answer, clock);
      if (inTime === null) keepLate(next, answer, deps);
      else seen.push(...inTime.value);
    }
  };
  const joined = under.map(async (call) => {
    const inTime = await within(PATIENCE_MS, call.answer, clock);
    if (inTime !== null && late.delete(call)) seen.push(...inTime.value);
  });
  await Promise.all([...Array.from({ length: MAX_IN_FLIGHT }, lane), ...joined]);
  return asked(tasks, seen);
}

/** Only what was asked for: a call that others had sent tells more. */
function asked(tasks: readonly TaskRef[], seen: readonly Sight[]): ReadonlyMap<string, TaskSight> {
  const wanted = new Set(tasks.map(({ id }) => id));
  return new Map(seen.filter(([arn]) => wanted.has(arn)));
}

function keepLate({ cluster, arns }: Part, answer: Promise<readonly Sight[]>, deps: Looking): void {
  const { late, clock, troubles } = deps;
  const call: LateCall = { arns: new Set(arns), answer: answer.catch(() => []), overMs: null };
  late.add(call);
  troubles(cluster).failed(UNANSWERED);
  const forget = clock.after(SILENT_MS, () => troubles(cluster).failed(UNANSWERED));
  void call.answer.then(() => {
    forget();
    call.overMs = clock.now();
  });
}

const UNANSWERED: Failure = { tag: "timedOut", message: "there is no answer yet" };

/** Time after {@link PATIENCE_MS} in which an answer is still no news for the log, in milliseconds. */
const SILENT_MS = 12_000;

function dropOld(late: Set<LateCall>, nowMs: number): void {
  for (const call of late) if (call.overMs !== null && nowMs - call.overMs > FRESH_MS) late.delete(call);
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
  { ecs, log, troubles, onSeen }: Looking,
  signal: AbortSignal,
): Promise<readonly Sight[]> {
  try {
    const { tasks } = await ecs.describeTasks(cluster, arns, signal);
    troubles(cluster).over();
    if (onSeen !== undefined) tasks.forEach(onSeen);
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
