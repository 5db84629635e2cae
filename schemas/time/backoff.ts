/**
 * How long to wait before a retry.
 *
 * @module
 */

import type { Random } from "./clock.ts";

/** Shape of a back-off. */
export interface BackoffOptions {
  /** Wait before the first retry, in milliseconds. */
  readonly baseMs: number;
  /** Longest wait, in milliseconds. */
  readonly capMs: number;
  readonly random: Random;
}

/**
 * Doubling wait with jitter over its upper half, so that runs which failed together do not come back together.
 *
 * @param retry 1 for the first retry
 * @returns milliseconds
 */
export function backoffMs(retry: number, { baseMs, capMs, random }: BackoffOptions): number {
  const full = Math.min(capMs, baseMs * 2 ** Math.min(30, Math.max(0, retry - 1)));
  return full * (0.5 + random() / 2);
}
