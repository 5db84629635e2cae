/**
 * How long a poller waits between two polls.
 *
 * @module
 */

/** Pauses of a poller that finds nothing, in milliseconds; the last one repeats. Recorded: agent-loop `waits`. */
export const IDLE_PAUSES_MS = [500, 1000, 2000, 4000, 8000, 10_000] as const;

/** Pause after a poll that found work, in milliseconds. Recorded: agent-loop `waits`. */
export const WORK_PAUSE_MS = 250;

/** Longest pause of an agent that nobody tells another, in seconds: that of the original. */
export const DEFAULT_MAX_POLL_INTERVAL_SECONDS = 10;

/**
 * Pause after a poll, in milliseconds.
 *
 * @param idle polls in a row that found nothing; 0 after work
 * @param mostMs no pause is longer
 */
export function pollPauseMs(idle: number, mostMs = DEFAULT_MAX_POLL_INTERVAL_SECONDS * 1000): number {
  const pauseMs = idle <= 0 ? WORK_PAUSE_MS : IDLE_PAUSES_MS[Math.min(idle, IDLE_PAUSES_MS.length) - 1];
  return Math.min(pauseMs ?? WORK_PAUSE_MS, mostMs);
}
