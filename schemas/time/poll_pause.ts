/**
 * How long a poller waits between two polls.
 *
 * @module
 */

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
