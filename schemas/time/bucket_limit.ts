/**
 * How a service throttles: one token bucket.
 *
 * @module
 */

/** A token bucket: how much may be asked at once, and how fast that comes back. */
export interface BucketLimit {
  /** Calls at once, or tasks at once where the service counts what is launched. */
  readonly burst: number;
  /** Calls (or tasks) per second that come back. */
  readonly refillPerS: number;
}
