/** A clock that moves only when told to. @module */

import type { Clock } from "../../schemas/time/clock.ts";

/** The clock and the hand that moves it. */
export interface FakeClock extends Clock {
  /** Lets `ms` milliseconds pass: timers fire in order, and whatever they set off runs before the next one. */
  readonly advance: (ms: number) => Promise<void>;
  /** Timers that are waiting. */
  readonly pending: () => number;
}

/** Lets everything that is ready run: promises, and what they set off. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * @param startMs the moment it stands at first
 * @param settled ends what a timer set off, before the next one fires
 */
export function fakeClock(startMs = Date.UTC(2023, 0, 2, 3, 4, 5), settled = settle): FakeClock {
  let now = startMs;
  let order = 0;
  const timers = new Map<number, { readonly at: number; readonly fn: () => void }>();
  const next = (until: number) =>
    [...timers.entries()].filter(([, t]) => t.at <= until).sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
  return {
    now: () => now,
    after: (ms, fn) => {
      const id = order++;
      timers.set(id, { at: now + Math.max(0, ms), fn });
      return () => timers.delete(id);
    },
    advance: async (ms) => {
      const until = now + ms;
      await settled();
      for (let due = next(until); due !== undefined; due = next(until)) {
        const [id, { at, fn }] = due;
        timers.delete(id);
        now = Math.max(now, at);
        fn();
        await settled();
      }
      now = until;
    },
    pending: () => timers.size,
  };
}
