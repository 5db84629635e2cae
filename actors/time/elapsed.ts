/**
 * Durations on a monotonic clock: changes of the date do not move it.
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
