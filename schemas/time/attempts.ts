/**
 * How often something is tried, and how long is waited in between.
 *
 * @module
 */

import type { Random } from "./clock.ts";

/** How often something is tried. */
export interface Attempts {
  /** The first included; null: what holds elsewhere. */
  readonly most: number | null;
  /** Wait before the second attempt, in milliseconds. */
  readonly delayMs: number;
  /** Most that chance adds to each wait, in milliseconds. */
  readonly jitterMs: number;
  /** Each further wait is twice as long, up to this, in milliseconds; null: all waits are alike. */
  readonly mostDelayMs: number | null;
}

/** A wait, in milliseconds. @param retry 1 for the one before the second attempt */
export function attemptPauseMs(
  retry: number,
  { delayMs, jitterMs, mostDelayMs }: Omit<Attempts, "most">,
  random: Random,
): number {
  const addedMs = random() * jitterMs;
  if (mostDelayMs === null) return delayMs + addedMs;
  return Math.min(mostDelayMs, delayMs * 2 ** Math.min(30, retry - 1) + addedMs);
}

/** The longest time that waits between attempts take together, in milliseconds. */
export function longestPausesMs(retries: number, attempts: Omit<Attempts, "most">): number {
  let ms = 0;
  for (let retry = 1; retry <= retries; retry++) ms += attemptPauseMs(retry, attempts, () => 1);
  return ms;
}
