/**
 * When a line about something that lasts is written: once it has lasted for some seconds, then at growing intervals.
 *
 * @module
 */

/** What lasts for this long is worth a line, in milliseconds. */
export const WORTH_A_LINE_MS = 10_000;

/** The next line. Moments are in milliseconds. */
export interface Again {
  readonly atMs: number;
  /** Time since the line before it. */
  readonly pauseMs: number;
}

const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 600_000;

/**
 * When the line after one that is written now comes: after twice the pause before it.
 *
 * @param before null: this is the first line
 * @param mostMs longest pause, in milliseconds
 */
export function nextLine(before: Again | null, nowMs: number, mostMs = LONGEST_PAUSE_MS): Again {
  const pauseMs = before === null ? FIRST_PAUSE_MS : Math.min(2 * before.pauseMs, mostMs);
  return { atMs: nowMs + pauseMs, pauseMs };
}
