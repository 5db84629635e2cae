/**
 * The one watcher for all runs of the agent: every few seconds it reads all tasks and all runs, in batches, and tells each run
 * what happened to its task. A task that is missing is not yet treated as dead. A task that stopped decides nothing about a
 * run that reported its own end.
 *
 * @module
 */

import { catchError, defer, EMPTY, repeat, switchMap, timer } from "rxjs";
import type { Clock } from "../../schemas/time/clock.ts";
import { type Failure, FailureError, toFailure } from "../../schemas/failure/failure.ts";
import type { TaskChange, TaskPlace, TaskSight, WatchedTask } from "../../schemas/contracts/platform.ts";
import type { ClaimKey } from "../../schemas/flow_run/flow_run.ts";
import { within } from "../time/patience.ts";
import { schedulerOf } from "../streams/scheduler.ts";
import { type Followed, refOf, take, type Tell } from "./follow_run.ts";
import { takeChanges } from "./take_changes.ts";
import { newWatch, readSome, tellSight, type Watch, type WatcherDeps } from "./watch_state.ts";
import { needsLook, startWatching } from "./watched_run.ts";

export type { WatcherDeps } from "./watch_state.ts";

/** A run that has no task yet. */
export interface EarlyRun {
  readonly runId: string;
  readonly claim: ClaimKey;
  /** Where its tasks would be. */
  readonly place: TaskPlace;
}

/** Follows runs; each answer ends that. */
export interface TaskWatcher {
  /** A run on its way to a task: whether it is cancelled or ended meanwhile. */
  readonly watchRun: (run: EarlyRun, tell: Tell) => () => void;
  /** A run and its task. */
  readonly watchTask: (task: WatchedTask, tell: Tell) => () => void;
  /**
   * The platform tells that tasks have changed: they are looked at now, and not with the next round.
   *
   * @param isHeld whether this process has a run, followed or not yet. @default it has only those that are followed
   */
  readonly changed: (changes: readonly TaskChange[], isHeld?: (runId: string) => boolean) => void;
  /** How many tasks are followed. */
  readonly count: () => number;
}

/** Most reads of 100 tasks per second that the watcher sends: a light load for a platform and for this process. */
const MAX_LOOKS_PER_S = 2.5;

/** Most reads of 100 runs per second that the watcher sends. */
const MAX_READS_PER_S = 2;

const BATCH = 100;

/**
 * Most tasks and runs that are read at a time. The garbage collector frees short-lived objects cheaply; objects that live
 * as long as a read of thousands would be most of its work.
 */
const AT_A_TIME = 400;

/** A round waits no longer than this for the tasks of its zones, in milliseconds. */
const PATIENCE_MS = 5000;

/** A zone whose tasks may not be read is tried again after this time, because permissions change without a restart. */
const OFF_MS = 600_000;

/** Makes the watcher; it is idle while there is nothing to watch. */
export function makeTaskWatcher(deps: WatcherDeps): TaskWatcher {
  const watch = newWatch(deps);
  return {
    watchRun: (early, tell) => {
      const target = { ...early, taskId: null, delegatesToOtherJob: false };
      return enter(watch, { tell, run: startWatching(target, true), zone: "" });
    },
    watchTask: (target, tell) => {
      const zone = deps.platform.zone(target);
      if (isOff(watch, zone)) return deps.clock.after(0, () => tell({ type: "run.ended" }));
      return enter(watch, { tell, run: startWatching(target, false), zone });
    },
    changed: (changes, isHeld = () => false) => takeChanges(watch, changes, isHeld),
    count: () => countTasks(watch.entries),
  };
}

/** The watcher of `--no-watch`: a launched run is dropped at once. */
export function noTaskWatcher(clock: Clock): TaskWatcher {
  return {
    watchRun: () => () => undefined,
    watchTask: (_, tell) => clock.after(0, () => tell({ type: "run.ended" })),
    changed: (changes) => changes.forEach(({ done }) => done("alone")),
    count: () => 0,
  };
}

function enter(watch: Watch, { tell, run, zone }: Pick<Followed, "tell" | "run" | "zone">): () => void {
  const entry: Followed = {
    run,
    ref: refOf(run),
    zone,
    status: null,
    pushed: null,
    // An answer to a question from before the run left must not reach it.
    tell: (event) => watch.entries.has(entry) && tell(event),
  };
  watch.entries.add(entry);
  if (watch.rounds === null) startRounds(watch);
  return () => {
    watch.entries.delete(entry);
    if (watch.entries.size === 0) stopRounds(watch);
  };
}

function startRounds(watch: Watch): void {
  const scheduler = schedulerOf(watch.clock);
  const stop = new AbortController();
  const oneRound = defer(() => round(watch, stop.signal)).pipe(
    catchError((thrown) => (troubled(watch, thrown), EMPTY)),
  );
  const next = () => timer(pauseMs(watch), scheduler);
  watch.stop = stop;
  watch.rounds = next().pipe(switchMap(() => oneRound.pipe(repeat({ delay: next })))).subscribe();
}

function stopRounds(watch: Watch): void {
  watch.rounds?.unsubscribe();
  watch.rounds = null;
  watch.stop?.abort();
  watch.stop = null;
}

function troubled(watch: Watch, thrown: unknown): void {
  if (watch.stop === null || watch.stop.signal.aborted) return;
  const failure = toFailure(thrown);
  watch.troubles.failed(failure);
  watch.log("DEBUG", `Cannot look after the runs now: ${failure.message}`);
}

function pauseMs({ entries, lookMs }: Watch): number {
  return Math.max(lookMs, 1000 * Math.ceil(countTasks(entries) / BATCH) / MAX_LOOKS_PER_S);
}

function countTasks(entries: Iterable<Followed>): number {
  let count = 0;
  for (const { run } of entries) if (!run.isEarly) count++;
  return count;
}

/** Polls all tasks and runs once. */
async function round(watch: Watch, signal: AbortSignal): Promise<void> {
  const failure = await lookAtAll(watch, signal);
  signal.throwIfAborted();
  await readRuns(watch, signal);
  if (failure !== null) throw new FailureError(failure);
  watch.troubles.over();
}

/** No zone waits for another: one that does not answer is left out until it has. @returns why one could not be looked at */
async function lookAtAll(watch: Watch, signal: AbortSignal): Promise<Failure | null> {
  const open = [...watch.entries].filter(({ run }) => needsLook(run));
  const failures: Failure[] = [];
  const looks = [...byZone(open)].filter(([zone]) => !watch.busy.has(zone)).map(async ([zone, ofOne]) => {
    watch.busy.add(zone);
    try {
      for (const some of slices(ofOne)) await lookAtSome(watch, some, signal);
    } catch (thrown) {
      failures.push(toFailure(thrown));
    } finally {
      watch.busy.delete(zone);
    }
  });
  await within(PATIENCE_MS, Promise.all(looks), watch.clock);
  return failures[0] ?? null;
}

/** Tasks of one zone share requests. */
function byZone(all: readonly Followed[]): ReadonlyMap<string, readonly Followed[]> {
  const groups = new Map<string, Followed[]>();
  for (const one of all) {
    const group = groups.get(one.zone);
    if (group === undefined) groups.set(one.zone, [one]);
    else group.push(one);
  }
  return groups;
}

function slices<Item>(all: readonly Item[]): readonly (readonly Item[])[] {
  const count = Math.ceil(all.length / AT_A_TIME);
  return Array.from({ length: count }, (_, at) => all.slice(at * AT_A_TIME, (at + 1) * AT_A_TIME));
}

async function lookAtSome(watch: Watch, some: readonly Followed[], signal: AbortSignal): Promise<void> {
  const refs = some.flatMap(({ ref, zone }) => ref === null || isOff(watch, zone) ? [] : [ref]);
  const seen = refs.length === 0 ? NOTHING_SEEN : await watch.platform.look(refs, signal);
  const lists: Promise<void>[] = [];
  for (const one of some) {
    const sight = one.ref === null ? MISSING : seen.get(one.ref.id);
    if (sight === undefined) continue;
    if (sight.phase === "denied") switchOff(watch, one.zone, sight.failure);
    else {
      if (one.ref !== null) switchOn(watch, one.zone);
      if (sight.phase !== "missing") tellSight(watch, one, sight, false);
      const listed = take(one, { of: "task", sight, atMs: watch.clock.now() }, watch, signal);
      if (listed !== null) lists.push(listed);
    }
  }
  await Promise.all(lists);
}

const NOTHING_SEEN: ReadonlyMap<string, TaskSight> = new Map();
const MISSING = { phase: "missing" } as const;

function isOff({ off, clock }: Watch, zone: string): boolean {
  return off.size > 0 && clock.now() < (off.get(zone) ?? -Infinity);
}

/** Stops reading the tasks of a zone; the warning is not repeated while that lasts. */
function switchOff(watch: Watch, zone: string, { message }: Failure): void {
  if (isOff(watch, zone)) return;
  const { words: { lookPermission } } = watch.platform;
  if (!watch.off.has(zone)) {
    watch.log(
      "WARNING",
      `Tasks${zone === "" ? "" : ` of ${zone}`} are not watched any more, ` +
        `allow ${lookPermission} or use --no-watch: ${message}`,
    );
  }
  watch.off.set(zone, watch.clock.now() + OFF_MS);
  for (const one of watch.entries) {
    if (!one.run.isEarly && one.zone === zone) one.tell({ type: "run.ended" });
  }
}

function switchOn({ off, log }: Watch, zone: string): void {
  if (off.size > 0 && off.delete(zone)) log("INFO", "Tasks may be looked at again and are watched");
}

async function readRuns(watch: Watch, signal: AbortSignal): Promise<void> {
  const now = watch.clock.now();
  const open = toRead(watch.entries);
  const everyMs = Math.max(watch.periodMs, 1000 * open.length / BATCH / MAX_READS_PER_S);
  // Polls come at multiples of the period: one that is a moment early counts as due.
  const isDue = now - watch.runsReadMs >= everyMs - watch.lookMs / 2;
  if (isDue) watch.runsReadMs = now;
  const wanted = isDue ? open : open.filter(({ run }) => run.stage.name === "stopped");
  for (const some of slices(wanted)) await readSome(watch, some, signal);
  if (isDue) watch.absences.note(open.map(({ run }) => run.absence), now);
}

/** A run that is followed with its task needs no second read of its state. */
function toRead(entries: Iterable<Followed>): readonly Followed[] {
  const all = [...entries];
  const followed = new Set(all.flatMap(({ run }) => run.isEarly ? [] : [run.target.runId]));
  return all.filter(({ run }) =>
    run.stage.name !== "settling" && !(run.isEarly && followed.has(run.target.runId))
  );
}
