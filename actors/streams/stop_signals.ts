/**
 * The one rule for ending on a signal: the first signal asks for a clean end, a second one ends the process at once.
 *
 * @module
 */

import { EMPTY, fromEventPattern, map, mergeMap, type Observable, of } from "rxjs";
import type { Clock } from "../../schemas/time/clock.ts";

/** Signals closer together than this count as one, because `npx` sends a Ctrl-C twice within 2 ms. */
const SECOND_SIGNAL_AFTER_MS = 1000;

/** What a signal asks for, as the agent machine takes it. */
export interface StopEvent {
  readonly type: "stop.requested" | "stop.forced";
}

/** Turns signals into stop events; the echo of the first signal is dropped. */
export function stopEvents(signals$: Observable<unknown>, clock: Pick<Clock, "now">): Observable<StopEvent> {
  let firstMs: number | null = null;
  return signals$.pipe(
    map(() => {
      const nowMs = clock.now();
      const type = stopType(firstMs, nowMs);
      firstMs ??= nowMs;
      return type;
    }),
    mergeMap((type) => (type === null ? EMPTY : of({ type }))),
  );
}

/** Null for the echo of the first signal. */
function stopType(firstMs: number | null, nowMs: number): StopEvent["type"] | null {
  if (firstMs === null) return "stop.requested";
  return nowMs - firstMs >= SECOND_SIGNAL_AFTER_MS ? "stop.forced" : null;
}

/** The signals that this process gets; it listens only while there is a subscriber. */
export function processSignals(names: readonly Deno.Signal[]): Observable<unknown> {
  return fromEventPattern(
    (handler) => names.forEach((name) => Deno.addSignalListener(name, handler)),
    (handler) => names.forEach((name) => Deno.removeSignalListener(name, handler)),
  );
}
