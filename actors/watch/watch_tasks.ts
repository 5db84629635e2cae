/**
 * The one watcher for all runs of the agent: every few seconds it looks at all tasks and all runs, in batches, and tells each
 * run what has become of it. A task that is missing is not dead yet, and a task that stopped is no verdict on a run that
 * reported its own end.
 *
 * @module
 */

import { catchError, defer, EMPTY, repeat, type Subscription, switchMap, timer } from "rxjs";
import type { Clock } from "../../schemas/time/clock.ts";
import { type FailureError, toFailure } from "../../schemas/failure/failure.ts";
import type { LogPlace } from "../../schemas/ecs/log_places.ts";
import type { EcsCalls } from "../ecs/calls.ts";
import { lookAtTasks } from "../ecs/look_at_tasks.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Orchestrator, Recovery } from "../../schemas/contracts/orchestrator.ts";
import { schedulerOf } from "../streams/scheduler.ts";
import { clusterOfTask } from "../ecs/task_arn.ts";
import type { ClaimKey } from "../../schemas/flow_run/flow_run.ts";
import type { WatchedTask } from "../../schemas/contracts/task.ts";
import { judgeRun, makeWatched, seeTask, type Tell, type Watched, type WatchPort } from "./watched_run.ts";

/** How the watcher goes about it. */
export interface WatchOptions {
  /** Time between two looks while there are few tasks, in milliseconds. @default 5000 */
  readonly periodMs?: number;
  /** How long a task may be missing before it is taken for gone, in milliseconds. @default 60000 */
  readonly missingGraceMs?: number;
  /** Time that a run has for its own report once its task has stopped, in milliseconds. @default 10000 */
  readonly reportGraceMs?: number;
}

/** What the watcher works with. */
export interface WatcherDeps {
  readonly ecs: Pick<EcsCalls, "describeTasks" | "listTasks">;
  readonly orchestrator: Pick<Orchestrator & Recovery, "read" | "isWaiting" | "hasLaterClaim">;
  readonly clock: Clock;
  readonly log: Log;
  /** Last lines of a task's log; absent: they are not asked for. */
  readonly lastLines?: (logs: readonly LogPlace[], signal: AbortSignal) => Promise<readonly string[]>;
  readonly options?: WatchOptions;
}

/** Follows runs; each answer ends that. */
export interface TaskWatcher {
  /** A run on its way to a task: whether it is cancelled or ended meanwhile. */
  readonly watchRun: (run: { readonly runId: string; readonly claim: ClaimKey }, tell: Tell) => () => void;
  /** A run and its task. */
  readonly watchTask: (task: WatchedTask, tell: Tell) => () => void;
  /** How many tasks are followed. */
  readonly count: () => number;
}

/** DescribeTasks calls per second that the watcher allows itself: an eighth of what AWS documents, and little work here. */
const MAX_LOOKS_PER_S = 2.5;

/** Reads of a hundred runs per second that the watcher allows itself. */
const MAX_READS_PER_S = 2;

const BATCH = 100;

/**
 * Most tasks and runs that are held at a time: what lives only for a moment costs little, what lives through a look at
 * thousands is most of what there is to collect.
 */
const AT_A_TIME = 400;

/** Where IAM refused, it is asked again after this time: permissions are mended without a restart of the agent. */
const OFF_MS = 600_000;

/** The watcher with its present runs. */
interface Watch extends WatchPort {
  readonly ecs: WatcherDeps["ecs"];
  readonly orchestrator: WatcherDeps["orchestrator"];
  readonly periodMs: number;
  readonly entries: Set<Watched>;
  /** When all runs were last read. */
  runsReadMs: number;
  /** Clusters whose tasks may not be looked at, and until when that is taken for granted; said once. */
  readonly off: Map<string | null, number>;
  stop: AbortController | null;
  rounds: Subscription | null;
}

/** Makes the watcher; it is idle while there is nothing to watch. */
export function makeTaskWatcher(deps: WatcherDeps): TaskWatcher {
  const { periodMs = 5000, missingGraceMs = 60_000, reportGraceMs = 10_000 } = deps.options ?? {};
  const watch: Watch = {
    ...deps,
    periodMs,
    missingGraceMs,
    reportGraceMs,
    entries: new Set(),
    runsReadMs: -Infinity,
    off: new Map(),
    stop: null,
    rounds: null,
  };
  return {
    watchRun: ({ runId, claim }, tell) => {
      const early = {
        runId,
        claim,
        taskId: null,
        cluster: null,
        startedBy: null,
        logs: [],
        delegatesToOtherJob: false,
      };
      return enter(watch, makeWatched({ target: early, isEarly: true, tell }));
    },
    watchTask: (target, tell) => {
      if (isOff(watch, target)) return deps.clock.after(0, () => tell({ type: "run.ended" }));
      return enter(watch, makeWatched({ target, isEarly: false, tell }));
    },
    count: () => countTasks(watch.entries),
  };
}

/** Watching as `--no-watch` has it: a launched run is let go at once. */
export function noTaskWatcher(clock: Clock): TaskWatcher {
  return {
    watchRun: () => () => undefined,
    watchTask: (_, tell) => clock.after(0, () => tell({ type: "run.ended" })),
    count: () => 0,
  };
}

function enter(watch: Watch, watched: Watched): () => void {
  watch.entries.add(watched);
  if (watch.rounds === null) startRounds(watch);
  return () => {
    watch.entries.delete(watched);
    if (watch.entries.size === 0) stopRounds(watch);
  };
}

function startRounds(watch: Watch): void {
  const scheduler = schedulerOf(watch.clock);
  const stop = new AbortController();
  const look = defer(() => round(watch, stop.signal)).pipe(
    catchError((thrown) => (troubled(watch, thrown), EMPTY)),
  );
  const next = () => timer(pauseMs(watch), scheduler);
  watch.stop = stop;
  watch.rounds = next().pipe(switchMap(() => look.pipe(repeat({ delay: next })))).subscribe();
}

function stopRounds(watch: Watch): void {
  watch.rounds?.unsubscribe();
  watch.rounds = null;
  watch.stop?.abort();
  watch.stop = null;
}

function troubled(watch: Watch, thrown: unknown): void {
  if (watch.stop === null || watch.stop.signal.aborted) return;
  watch.log("DEBUG", `Cannot look after the runs now: ${toFailure(thrown).message}`);
}

function pauseMs({ entries, periodMs }: Watch): number {
  return Math.max(periodMs, 1000 * Math.ceil(countTasks(entries) / BATCH) / MAX_LOOKS_PER_S);
}

function countTasks(entries: Iterable<Watched>): number {
  let count = 0;
  for (const { isEarly } of entries) if (!isEarly) count++;
  return count;
}

/** One look at everything. */
async function round(watch: Watch, signal: AbortSignal): Promise<void> {
  await lookAtAll(watch, signal);
  signal.throwIfAborted();
  await readRuns(watch, signal);
}

async function lookAtAll(watch: Watch, signal: AbortSignal): Promise<void> {
  const open = [...watch.entries].filter((one) => !one.isEarly && !one.isSettled && one.stopped === null);
  for (const ofOne of byCluster(open)) {
    for (const some of slices(ofOne)) await lookAtSome(watch, some, signal);
  }
}

async function lookAtSome(watch: Watch, some: readonly Watched[], signal: AbortSignal): Promise<void> {
  const tasks = some.flatMap(({ taskId, target }) => taskId === null ? [] : [{ ...target, taskId }])
    .filter((target) => !isOff(watch, target))
    .map(({ taskId, cluster }) => ({ taskArn: taskId, cluster }));
  const onDenied = (cluster: string | null, denied: FailureError) => switchOff(watch, cluster, denied);
  const seen = tasks.length === 0 ? new Map() : await lookAtTasks(tasks, { ...watch, onDenied }, signal);
  for (const one of some) if (one.taskId !== null && seen.has(one.taskId)) switchOn(watch, one);
  const look = { watch, signal };
  await Promise.all(
    some.map((one) => seeTask(one, one.taskId === null ? null : seen.get(one.taskId), look)),
  );
}

/** Tasks of one cluster share a call. */
function byCluster(all: readonly Watched[]): Iterable<readonly Watched[]> {
  const groups = new Map<string | null, Watched[]>();
  for (const one of all) {
    const key = clusterOf({ cluster: one.target.cluster, taskId: one.taskId });
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups.values();
}

function slices<Item>(all: readonly Item[]): readonly (readonly Item[])[] {
  const count = Math.ceil(all.length / AT_A_TIME);
  return Array.from({ length: count }, (_, at) => all.slice(at * AT_A_TIME, (at + 1) * AT_A_TIME));
}

function clusterOf({ taskId, cluster }: Pick<WatchedTask, "taskId" | "cluster">): string | null {
  return taskId === null ? cluster : clusterOfTask(taskId, cluster);
}

function isOff({ off, clock }: Watch, target: WatchedTask): boolean {
  return clock.now() < (off.get(clusterOf(target)) ?? -Infinity);
}

/** Lets go of the tasks of a cluster; the warning is not repeated while it stays so. */
function switchOff(watch: Watch, cluster: string | null, { failure }: FailureError): void {
  const where = cluster === null ? "" : ` of cluster ${cluster}`;
  if (!watch.off.has(cluster)) {
    watch.log(
      "WARNING",
      `Tasks${where} are not watched any more, allow ecs:DescribeTasks or use --no-watch: ${failure.message}`,
    );
  }
  watch.off.set(cluster, watch.clock.now() + OFF_MS);
  for (const one of watch.entries) {
    if (!one.isEarly && clusterOf({ ...one.target, taskId: one.taskId }) === cluster) {
      one.tell({ type: "run.ended" });
    }
  }
}

function switchOn({ off, log }: Watch, { target, taskId }: Watched): void {
  if (off.size > 0 && off.delete(clusterOf({ ...target, taskId }))) {
    log("INFO", "Tasks may be looked at again and are watched");
  }
}

async function readRuns(watch: Watch, signal: AbortSignal): Promise<void> {
  const now = watch.clock.now();
  const open = toRead(watch.entries);
  const everyMs = Math.max(watch.periodMs, 1000 * open.length / BATCH / MAX_READS_PER_S);
  // Looks come in the rhythm of the period: one that is a moment early counts as due.
  const isDue = now - watch.runsReadMs >= everyMs - watch.periodMs / 2;
  if (isDue) watch.runsReadMs = now;
  const wanted = open.filter((one) => isDue || (!one.isEarly && one.stopped));
  for (const some of slices(wanted)) await readSome(watch, some, signal);
}

/** A run that is followed with its task needs no other look at its state. */
function toRead(entries: Iterable<Watched>): readonly Watched[] {
  const all = [...entries];
  const followed = new Set(all.flatMap(({ isEarly, target }) => isEarly ? [] : [target.runId]));
  return all.filter(({ isEarly, isSettled, target }) =>
    !isSettled && !(isEarly && followed.has(target.runId))
  );
}

async function readSome(watch: Watch, some: readonly Watched[], signal: AbortSignal): Promise<void> {
  const readAtMs = watch.clock.now();
  const ids = [...new Set(some.map(({ target }) => target.runId))];
  const states = new Map((await watch.orchestrator.read(ids, signal)).map((state) => [state.id, state]));
  for (const one of some) {
    if (watch.entries.has(one)) judgeRun(one, states.get(one.target.runId), { watch, signal, readAtMs });
  }
}
