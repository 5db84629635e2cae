/**
 * How much is left of a wait, on a clock that may be set back.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";

/** A moment that is waited for. */
export interface Wait {
  /** Milliseconds since 1970. */
  readonly untilMs: number;
  /** What the whole wait takes, in milliseconds. */
  readonly longestMs: number;
}

/**
 * Milliseconds that are left. None are left once the moment has come, and none when more are left than the whole wait takes:
 * the clock was set back, and a wait must not become longer by that.
 */
export function remainingMs({ untilMs, longestMs }: Wait, clock: Pick<Clock, "now">): number {
  const leftMs = untilMs - clock.now();
  return leftMs > 0 && leftMs <= longestMs ? leftMs : 0;
}
