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

/** Pauses of a poller that finds nothing, in milliseconds; the last one repeats. Recorded: agent-loop `waits`. */
export const IDLE_PAUSES_MS = [500, 1000, 2000, 4000, 8000, 10_000] as const;

/** Pause after a poll that found work, in milliseconds. Recorded: agent-loop `waits`. */
export const WORK_PAUSE_MS = 250;

/**
 * Pause after a poll.
 *
 * @param idle polls in a row that found nothing; 0 after work
 */
export function pollPauseMs(idle: number): number {
  if (idle <= 0) return WORK_PAUSE_MS;
  return IDLE_PAUSES_MS[Math.min(idle, IDLE_PAUSES_MS.length) - 1] ?? WORK_PAUSE_MS;
}
