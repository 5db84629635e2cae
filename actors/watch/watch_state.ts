/**
 * The watcher's state, and what rounds and changes do with it.
 *
 * @module
 */

import type { Subscription } from "rxjs";
import type { Clock } from "../../schemas/time/clock.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Orchestrator } from "../../schemas/contracts/orchestrator.ts";
import type { Platform, SeenTask } from "../../schemas/contracts/platform.ts";
import { makeTroubleReport, type TroubleReport } from "../time/trouble_report.ts";
import { othersOf } from "./absence.ts";
import { type AbsenceReport, makeAbsenceReport } from "./absence_report.ts";
import { type Followed, type FollowPort, take } from "./follow_run.ts";
import { makeToldNotes, type ToldNotes } from "./told_notes.ts";

/** Periods and graces of the watcher. */
export interface WatchOptions {
  /** Time between two polls while there are few tasks, in milliseconds. @default 5000 */
  readonly periodMs?: number;
  /** How long a task may be missing before it is taken for gone, in milliseconds. @default 60000 */
  readonly missingGraceMs?: number;
  /** Time that a run has for its own report once its task has stopped, in milliseconds. @default 10000 */
  readonly reportGraceMs?: number;
  /** Time in which a cancelled run that nobody follows may end by itself, in milliseconds. @default 30000 */
  readonly cancelGraceMs?: number;
  /** False: what becomes of runs that are or were cancelled is left to the API. @default true */
  readonly cancels?: boolean;
}

/** What the watcher works with. */
export interface WatcherDeps {
  readonly platform: Pick<
    Platform<unknown>,
    "zone" | "look" | "list" | "stop" | "log" | "explain" | "words" | "pace"
  >;
  readonly orchestrator: Pick<
    Orchestrator,
    "read" | "readByKey" | "isWaiting" | "hasLaterClaim" | "taskSeen" | "fail" | "cancel" | "log"
  >;
  readonly clock: Clock;
  readonly log: Log;
  readonly options?: WatchOptions;
}

/** The watcher with its present runs. */
export interface Watch extends FollowPort {
  readonly platform: WatcherDeps["platform"];
  readonly orchestrator: WatcherDeps["orchestrator"];
  /** Time between two reads of a run. */
  readonly periodMs: number;
  /** Time between two looks at the tasks. */
  readonly lookMs: number;
  /** {@link WatchPace.toldGraceMs} */
  readonly toldGraceMs: number;
  /** {@link WatchOptions.cancelGraceMs} */
  readonly cancelGraceMs: number;
  readonly notes: ToldNotes;
  /** Ids of tasks whose end was explained to their runs. */
  readonly explained: Set<string>;
  /** See {@link UntoldDeps.since}. */
  readonly since: Map<string, number>;
  readonly entries: Set<Followed>;
  /** When all runs were last read. */
  runsReadMs: number;
  /** Zones whose tasks are being looked at. */
  readonly busy: Set<string>;
  /** Zones whose tasks may not be read, each with the moment of the next try; each is logged once. */
  readonly off: Map<string, number>;
  readonly absences: AbsenceReport;
  /** Tells that rounds fail. */
  readonly troubles: TroubleReport;
  stop: AbortController | null;
  rounds: Subscription | null;
}

const ADVICE = "they are kept and read again, and their tasks go on. " +
  "Check the address of the API, the proxies on the way there, and its health";

/** A watcher without runs. */
export function newWatch(deps: WatcherDeps): Watch {
  const { options = {}, platform: { pace } } = deps;
  const { periodMs = 5000, cancels = true, cancelGraceMs = 30_000 } = options;
  return {
    ...deps,
    periodMs,
    lookMs: pace === null ? periodMs : Math.min(periodMs, pace.periodMs),
    missingGraceMs: options.missingGraceMs ?? pace?.missingGraceMs ?? 60_000,
    reportGraceMs: options.reportGraceMs ?? pace?.reportGraceMs ?? 10_000,
    toldGraceMs: pace?.toldGraceMs ?? 0,
    cancelGraceMs,
    cancels,
    notes: makeToldNotes(deps),
    explained: new Set(),
    since: new Map(),
    entries: new Set(),
    runsReadMs: -Infinity,
    busy: new Set(),
    off: new Map(),
    absences: makeAbsenceReport(deps.log),
    troubles: makeTroubleReport({ ...deps, what: "read the flow runs that are followed", advice: ADVICE }),
    stop: null,
    rounds: null,
  };
}

/** Tells each status of a task once, as far as it was seen, and what the task says of itself. */
export function tellSight(
  { orchestrator, notes }: Watch,
  one: Followed,
  sight: SeenTask,
  pushed: boolean,
): void {
  const { ref, run } = one;
  const { status, phase } = sight;
  if (ref !== null) notes.tell(run.target.runId, ref.id, sight);
  if (ref === null) return;
  const key = `${ref.id} ${status}`;
  if ((pushed ? one.pushed : one.status) === key) return;
  if (pushed) one.pushed = key;
  one.status = key;
  orchestrator.taskSeen(run.target.runId, { id: ref.id, status, phase, pushed });
}

/** Reads the states of some runs and applies them. */
export async function readSome(watch: Watch, some: readonly Followed[], signal: AbortSignal): Promise<void> {
  const atMs = watch.clock.now();
  const ids = [...new Set(some.map(({ run }) => run.target.runId))];
  const states = new Map((await watch.orchestrator.read(ids, signal)).map((state) => [state.id, state]));
  const others = othersOf(ids.length, states.size);
  for (const one of some) {
    if (!watch.entries.has(one)) continue;
    const state = states.get(one.run.target.runId);
    const seen = state === undefined
      ? { of: "absence", others, atMs } as const
      : { of: "run", state, atMs } as const;
    take(one, seen, watch, signal);
  }
}
