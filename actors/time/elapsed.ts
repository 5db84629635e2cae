/**
 * Durations on a clock that no change of the date moves.
 *
 * @module
 */

/** Milliseconds since the process began; never goes back. */
export function elapsedMs(): number {
  return performance.now();
}

/** When the process began, in milliseconds since 1970-01-01T00:00:00Z. */
export function processStartMs(): number {
  return performance.timeOrigin;
}
