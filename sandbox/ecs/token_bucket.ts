/**
 * Token buckets with which the local ECS and the benchmark's limit requests as AWS does.
 *
 * @module
 */

/** Size and speed of a bucket. */
export interface BucketLimit {
  /** Tokens of a full bucket. */
  readonly burst: number;
  /** Tokens that come back each second. */
  readonly perSecond: number;
}

/** Level of a bucket at a moment. */
export interface BucketLevel {
  readonly tokens: number;
  /** Milliseconds since the same moment as {@link BucketDemand.now}. */
  readonly at: number;
}

/** A full bucket. */
export function fullBucket(limit: BucketLimit, now: number): BucketLevel {
  return { tokens: limit.burst, at: now };
}

/** What is asked of a bucket, and when. */
export interface BucketDemand {
  readonly tokens: number;
  /** Milliseconds since any moment; a clock that goes back adds nothing and takes nothing. */
  readonly now: number;
}

/**
 * Takes all the tokens that are asked for, or none.
 *
 * @returns the new level, and whether there were enough
 */
export function takeTokens(
  level: BucketLevel,
  limit: BucketLimit,
  demand: BucketDemand,
): { readonly level: BucketLevel; readonly taken: boolean } {
  const elapsedMs = Math.max(0, demand.now - level.at);
  const tokens = Math.min(limit.burst, level.tokens + (elapsedMs * limit.perSecond) / 1000);
  const at = Math.max(level.at, demand.now);
  if (tokens < demand.tokens) return { level: { tokens, at }, taken: false };
  return { level: { tokens: tokens - demand.tokens, at }, taken: true };
}
