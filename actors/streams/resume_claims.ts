/**
 * Claims that nobody is working on any more: those of an earlier process at once or, made a moment before, with the next look;
 * those that came later, and so are of another process of this agent, once they are older than anything it may still do.
 *
 * @module
 */

import {
  catchError,
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

/** What one look gave. */
export interface FoundClaims<Run> {
  readonly claims: readonly UnfinishedClaim<Run>[];
  readonly isInHand: (runId: string) => boolean;
}

/** What the stream needs. */
export interface ResumeOptions<Run> {
  /** All claims, and which runs are or were in hand meanwhile; emits once. */
  readonly ask: () => Observable<FoundClaims<Run>>;
  /** Whether the run was let go for good when it was last in hand: until it changes it is not taken up again. */
  readonly wasLetGo: (runId: string) => boolean;
  /** Emits when the first look is due; the queue goes first. */
  readonly begin$: Observable<unknown>;
  /** Time between two looks, in milliseconds. */
  readonly everyMs: number;
  /** Longest time of one look, in milliseconds. */
  readonly timeoutMs: number;
  /** How many looks, null for no end. */
  readonly looks: number | null;
  readonly onError: (failure: Failure) => void;
  readonly scheduler: SchedulerLike;
}

/** What the stream remembers from look to look. */
interface Memory {
  /** Claims of the look before, and when each was first seen; null: no look has succeeded, so all are of an earlier process. */
  seen: ReadonlyMap<string, number> | null;
  /** Those that were there from the first look on. */
  early: ReadonlySet<string>;
  /** Claims that were handed on: the same one is not handed on again while nothing changes. */
  handled: ReadonlySet<string>;
  /** The first look has just left out claims of a moment ago. */
  hasFresh: boolean;
  /** There are claims that were seen once. */
  hasYoung: boolean;
}

/** Emits the claims to resume, look by look. */
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
    );
    const next = (looks: number) => {
      // Where looks are counted, claims of a moment ago get one more, whatever comes of it.
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

/** A run that has begun is only looked after, by as many as like; a claim of this very process nobody else works on. */
function isOpenToAll({ phase, isMine }: UnfinishedClaim<unknown>): boolean {
  return phase === "running" || isMine;
}

function isFresh({ sinceMs, phase }: UnfinishedClaim<unknown>, nowMs: number): boolean {
  const { freshMs } = CLAIM_TIMES;
  const ageMs = sinceMs === null ? Infinity : nowMs - sinceMs;
  // A clock that is far behind says nothing.
  return phase === "submitted" && ageMs >= -freshMs && ageMs < freshMs;
}

/** The same claim on the same state. */
function keyOf({ header, claim }: UnfinishedClaim<unknown>): string {
  return `${header.id} ${header.version} ${claim.key}`;
}
