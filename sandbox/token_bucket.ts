/**
 * Token buckets with which the local ECS limits requests as AWS does.
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
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A full bucket. */
export function fullBucket(limit: BucketLimit, now: number): BucketLevel {
  return { tokens: limit.burst, at: now };
}

/**
 * Takes one token.
 *
 * @param now milliseconds since 1970; a clock that goes back adds nothing and takes nothing
 * @returns the new level, and whether there was a token to take
 */
export function takeToken(
  level: BucketLevel,
  limit: BucketLimit,
  now: number,
): { readonly level: BucketLevel; readonly taken: boolean } {
  const elapsedMs = Math.max(0, now - level.at);
  const tokens = Math.min(limit.burst, level.tokens + (elapsedMs * limit.perSecond) / 1000);
  const at = Math.max(level.at, now);
  if (tokens < 1) return { level: { tokens, at }, taken: false };
  return { level: { tokens: tokens - 1, at }, taken: true };
}
