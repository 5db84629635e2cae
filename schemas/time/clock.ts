/**
 * The ports through which time and chance come in. Nothing else in the program reads a clock or a random number, so a
 * test (or the simulation) that provides these two drives everything.
 *
 * @module
 */

/** Time as actors, streams and machines see it. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: () => number;
  /** Calls `fn` once after `ms` milliseconds; the answer forgets the timer and may be called at any time. */
  readonly after: (ms: number, fn: () => void) => () => void;
}

/** Random numbers in `[0, 1)`. */
export type Random = () => number;
