/**
 * What a signal means.
 *
 * @module
 */

/** Signals closer together than this are one: `npx` passes a Ctrl-C on a second time within milliseconds. */
export const SECOND_SIGNAL_AFTER_MS = 1000;

/** What the program does on a signal. */
export type StopWish = "stop.requested" | "stop.forced";

/**
 * What the signal at `nowMs` asks for.
 *
 * @param firstMs when the first signal came, null when this is it
 * @returns null for an echo of the first
 */
export function stopWish(firstMs: number | null, nowMs: number): StopWish | null {
  if (firstMs === null) return "stop.requested";
  return nowMs - firstMs >= SECOND_SIGNAL_AFTER_MS ? "stop.forced" : null;
}
