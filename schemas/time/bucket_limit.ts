/**
 * One token bucket, as AWS documents its throttling.
 *
 * @module
 */

/** A token bucket of AWS: what may be asked at once, and how fast that comes back. */
export interface BucketLimit {
  /** Calls at once, or tasks for the launches of Fargate. */
  readonly burst: number;
  /** Calls (or tasks) per second that come back. */
  readonly refillPerS: number;
}
