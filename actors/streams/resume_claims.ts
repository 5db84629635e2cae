/**
 * Finds claims that no process is working on any more. Claims of an earlier process are resumed at once, or with the next
 * search if they were made a moment before. Claims that appear later belong to another process of this agent: they are
 * resumed once they are older than any request that process may still send.
 *
 * @module
 */

import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  filter,
  map,
  type Observable,
  of,
  repeat,
  type SchedulerLike,
  switchMap,
  take,
  timer,
} from "rxjs";
import { type Failure, toFailure } from "../../schemas/failure/failure.ts";
import { CLAIM_TIMES, patienceMs } from "../../schemas/flow_run/claim_times.ts";
import { answerWithin } from "./answer_within.ts";
import type { UnfinishedClaim } from "../../schemas/contracts/orchestrator.ts";

/** Result of one search. */
export interface FoundClaims<Run> {
  readonly claims: readonly UnfinishedClaim<Run>[];
  readonly isInHand: (runId: string) => boolean;
}

/** What the stream needs. */
export interface ResumeOptions<Run> {
  /** All claims, and the runs that this agent has or had meanwhile; emits once. */
  readonly ask: () => Observable<FoundClaims<Run>>;
  /** Whether this agent dropped the run for good when it last had it: the run is not resumed until it changes. */
  readonly wasLetGo: (runId: string) => boolean;
  /** Emits when the first search is due; the queue is asked first. */
  readonly begin$: Observable<unknown>;
  /** Time between two searches, in milliseconds. */
  readonly everyMs: number;
  /** Longest time of one search, in milliseconds. */
  readonly timeoutMs: number;
  /** How many searches, null for no end. */
  readonly looks: number | null;
  readonly onError: (failure: Failure) => void;
  /** Called after each search, once what it found has been taken. */
  readonly onLooked?: () => void;
  readonly scheduler: SchedulerLike;
}

/** What the stream remembers from search to search. */
interface Memory {
  /**
   * Claims of the search before, with their first sighting; null: no search has succeeded, so all are of an earlier process.
   */
  seen: ReadonlyMap<string, number> | null;
  /** Claims that the first search found. */
  early: ReadonlySet<string>;
  /** Claims that were emitted: the same claim is not emitted again until it changes. */
  handled: ReadonlySet<string>;
  /** The first search has just left out claims made a moment ago. */
  hasFresh: boolean;
  /** There are claims that only one search has seen. */
  hasYoung: boolean;
}

/** Emits the claims to resume, search by search. */
export function unfinishedClaims<Run>(o: ResumeOptions<Run>): Observable<readonly UnfinishedClaim<Run>[]> {
  return defer(() => {
    const memory: Memory = {
      seen: null,
      early: new Set(),
      handled: new Set(),
      hasFresh: false,
      hasYoung: false,
    };
    const look = defer(o.ask).pipe(
      answerWithin(o.timeoutMs, o.scheduler),
      take(1),
      map((found) => sortOut(found, memory, o)),
      catchError((thrown) => {
        o.onError(toFailure(thrown));
        return of([]);
      }),
      concatMap((claims) => concat(of(claims), defer(() => (o.onLooked?.(), EMPTY)))),
    );
    const next = (looks: number) => {
      // Where the number of searches is limited, claims made a moment ago get one more search, even if it fails.
      const most = o.looks !== null && memory.hasFresh ? o.looks + 1 : o.looks;
      if (most !== null && looks >= most) return EMPTY;
      return timer(pauseMs(memory, o.everyMs), o.scheduler);
    };
    const looks = look.pipe(repeat({ delay: next }));
    return o.begin$.pipe(take(1), switchMap(() => looks), filter((claims) => claims.length > 0));
  });
}

function pauseMs({ hasFresh, hasYoung }: Memory, everyMs: number): number {
  if (hasFresh) return Math.min(CLAIM_TIMES.freshMs, everyMs);
  return hasYoung ? Math.min(CLAIM_TIMES.searchAgainMs, everyMs) : everyMs;
}

function sortOut<Run>(
  { claims, isInHand }: FoundClaims<Run>,
  memory: Memory,
  { wasLetGo, scheduler, everyMs }: ResumeOptions<Run>,
): readonly UnfinishedClaim<Run>[] {
  const { seen, handled } = memory;
  const nowMs = scheduler.now();
  const keys = new Set(claims.map(keyOf));
  if (seen === null) memory.early = keys;
  const isDone = (one: UnfinishedClaim<Run>) => handled.has(keyOf(one)) && wasLetGo(one.header.id);
  const isQuick = (one: UnfinishedClaim<Run>) => isOpenToAll(one) || memory.early.has(keyOf(one));
  const isDue = (one: UnfinishedClaim<Run>) => {
    if (seen === null) return !isFresh(one, nowMs);
    const sinceMs = seen.get(keyOf(one)) ?? null;
    return sinceMs !== null && (isQuick(one) || nowMs - sinceMs >= patienceMs(everyMs));
  };
  const open = claims.filter((one) => !isInHand(one.header.id) && !isDone(one));
  const due = open.filter(isDue);
  memory.seen = new Map([...keys].map((key) => [key, seen?.get(key) ?? nowMs]));
  memory.hasYoung = open.some((one) => isQuick(one) && !due.includes(one));
  memory.hasFresh = seen === null && memory.hasYoung;
  memory.handled = new Set([...handled, ...due.map(keyOf)].filter((key) => keys.has(key)));
  return due;
}

/** Any number of processes may watch a started run; a claim made by this process has no other owner. */
function isOpenToAll({ phase, isMine }: UnfinishedClaim<unknown>): boolean {
  return phase === "running" || isMine;
}

function isFresh({ sinceMs, phase }: UnfinishedClaim<unknown>, nowMs: number): boolean {
  const { freshMs } = CLAIM_TIMES;
  const ageMs = sinceMs === null ? Infinity : nowMs - sinceMs;
  // A clock that is far behind gives no usable age.
  return phase === "submitted" && ageMs >= -freshMs && ageMs < freshMs;
}

/** The same claim on the same state. */
function keyOf({ header, claim }: UnfinishedClaim<unknown>): string {
  return `${header.id} ${header.version} ${claim.key}`;
}
