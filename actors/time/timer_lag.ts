/**
 * How late timers fire: the sign that the one thread of this process is busy.
 *
 * @module
 */

import { elapsedMs } from "./elapsed.ts";

/** How often a timer is tried, in milliseconds. */
const TICK_MS = 1000;

/** Measures until disposed. */
export interface TimerLag extends Disposable {
  /** The longest delay since the last call, in milliseconds; a timer that is overdue at this very moment counts too. */
  readonly takeWorstMs: () => number;
}

/** The timers that are measured. */
export interface MeasuredTime {
  /** A clock that never goes back, in milliseconds. */
  readonly elapsedMs: () => number;
  /** Calls `fn` every `ms` milliseconds until the answer is called. */
  readonly every: (ms: number, fn: () => void) => () => void;
  /** Receives each delay, in milliseconds. @default nobody is told */
  readonly onLate?: (lateMs: number) => void;
}

/** Measures the timers of this process; doing so does not keep the process alive. */
export function measureTimerLag(time: Partial<MeasuredTime> = {}): TimerLag {
  const { elapsedMs, every, onLate } = { ...processTime, ...time };
  let worstMs = 0;
  let expectedAt = elapsedMs() + TICK_MS;
  const stop = every(TICK_MS, () => {
    const now = elapsedMs();
    const lateMs = now - expectedAt;
    worstMs = Math.max(worstMs, lateMs);
    expectedAt = now + TICK_MS;
    onLate?.(lateMs);
  });
  return {
    takeWorstMs: () => {
      const worst = Math.max(worstMs, elapsedMs() - expectedAt, 0);
      worstMs = 0;
      return worst;
    },
    [Symbol.dispose]: stop,
  };
}

const processTime: MeasuredTime = {
  elapsedMs,
  every: (ms, fn) => {
    const timer = setInterval(fn, ms);
    Deno.unrefTimer(timer);
    return () => clearInterval(timer);
  },
};
