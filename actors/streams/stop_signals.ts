/**
 * SIGINT and SIGTERM as wishes to end: the first drains, one at least a second later ends at once.
 *
 * @module
 */

import { EMPTY, fromEventPattern, map, mergeMap, type Observable, of } from "rxjs";
import type { Clock } from "../../schemas/time/clock.ts";
import { type StopWish, stopWish } from "../../schemas/time/stop_wishes.ts";

/** A wish as the agent machine takes it. */
export interface StopEvent {
  readonly type: StopWish;
}

/** Turns bare signals into wishes. */
export function stopWishes(signals$: Observable<unknown>, clock: Clock): Observable<StopEvent> {
  let firstMs: number | null = null;
  return signals$.pipe(
    map(() => {
      const wish = stopWish(firstMs, clock.now());
      firstMs ??= clock.now();
      return wish;
    }),
    mergeMap((type) => (type === null ? EMPTY : of({ type }))),
  );
}

/** The signals of this process, while somebody listens. */
export function processSignals(names: readonly Deno.Signal[] = ["SIGINT", "SIGTERM"]): Observable<unknown> {
  return fromEventPattern(
    (handler) => names.forEach((name) => Deno.addSignalListener(name, handler)),
    (handler) => names.forEach((name) => Deno.removeSignalListener(name, handler)),
  );
}
