/**
 * When to ask the queue: never two polls at once, 0.25 s after work, else 0.5, 1, 2, 4, 8, 10 s, at once when poked or
 * when the queue answered full and what it gave has been claimed. One bad answer does not end the stream.
 *
 * @module
 */

import {
  catchError,
  defer,
  finalize,
  map,
  merge,
  NEVER,
  type Observable,
  of,
  race,
  repeat,
  type SchedulerLike,
  switchMap,
  take,
  tap,
  timer,
} from "rxjs";
import { pollPauseMs } from "../../schemas/time/poll_pause.ts";
import { type Failure, toFailure } from "../../schemas/failure/failure.ts";
import { answerWithin } from "./answer_within.ts";

/** Result of one poll, after admission. */
export interface Polled<Run> {
  /** Runs that were not known before. */
  readonly runs: readonly Run[];
  /** The queue answered full: there may be more. */
  readonly full: boolean;
}

/** What the stream needs. */
export interface PollOptions<Run> {
  /** One poll; emits once. */
  readonly ask: () => Observable<Polled<Run>>;
  /** How many polls, null for no end. */
  readonly polls: number | null;
  /** Longest time of one poll, in milliseconds. */
  readonly timeoutMs: number;
  /** Wait after so many polls in a row without a new run, in milliseconds. @default see `schemas/time/poll_pause.ts` */
  readonly pauseMs?: (idle: number) => number;
  /** What the failure of a poll that took longer says. */
  readonly describeTimeout: (why: string) => string;
  /** Emits when the next poll is wanted now. */
  readonly poke$: Observable<unknown>;
  /** Emits once, when no claim is waiting for its answer: asking earlier would give the same runs again. */
  readonly claimsSettled: () => Observable<unknown>;
  /** Emits once, when there is room for another page; asked before each poll. */
  readonly room: () => Observable<unknown>;
  readonly onError: (failure: Failure) => void;
  readonly scheduler: SchedulerLike;
}

/**
 * The runs that every poll admitted, in order; completes after `polls` polls.
 *
 * @see agent-loop.json of the golden tests for the pauses of the original
 */
export function flowRuns<Run>(o: PollOptions<Run>): Observable<readonly Run[]> {
  return defer(() => polling(o));
}

function polling<Run>(o: PollOptions<Run>): Observable<readonly Run[]> {
  const { pauseMs = (idle: number) => pollPauseMs(idle) } = o;
  let idle = 0;
  let more = false;
  // A poke while a poll is under way may be about a run that this poll no longer sees.
  let poked = false;
  const pokes = o.poke$.subscribe(() => (poked = true));
  const settle = ({ runs, full }: Polled<Run>): void => {
    idle = runs.length > 0 ? 0 : idle + 1;
    more = full && runs.length > 0;
  };
  const failed = (thrown: unknown): Observable<Polled<Run>> => {
    o.onError(toFailure(thrown));
    return of({ runs: [], full: false });
  };
  const next = (): Observable<unknown> => due().pipe(switchMap(() => o.room().pipe(take(1))));
  const due = (): Observable<unknown> => {
    if (poked) return of(null);
    return race(
      timer(pauseMs(idle), o.scheduler),
      merge(o.poke$, more ? o.claimsSettled() : NEVER).pipe(take(1)),
    );
  };
  const ask = (): Observable<Polled<Run>> => {
    poked = false;
    return o.ask();
  };
  return defer(ask).pipe(
    answerWithin(o.timeoutMs, o.scheduler, o.describeTimeout),
    take(1),
    catchError(failed),
    tap(settle),
    repeat(o.polls === null ? { delay: next } : { count: o.polls, delay: next }),
    map(({ runs }) => runs),
    finalize(() => pokes.unsubscribe()),
  );
}
