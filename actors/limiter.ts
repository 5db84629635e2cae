/**
 * A token bucket that knows who is more urgent and learns from refusals: each throttling answer halves the rate, and every
 * quiet second gives a little of it back.
 *
 * @module
 */

import type { Clock } from "../schemas/clock.ts";
import type { BucketLimit } from "../schemas/aws_limits.ts";

/** What {@link makeLimiter} starts from. */
export interface LimiterOptions {
  /** Null: no limit until the first throttling. */
  readonly limit: BucketLimit | null;
  /** Part of the limit that is ours, above 0 and up to 1. @default 1 */
  readonly share?: number;
  readonly clock: Clock;
}

/** How a limiter stands, for logs and metrics. */
export interface LimiterView {
  readonly waiting: number;
  /** Calls per second at present; Infinity: not limited. */
  readonly ratePerS: number;
  /** Whether the rate is below its usual value because AWS throttled. */
  readonly slowed: boolean;
  /** Part of a burst that may be had at once, from 0 to 1; 1 when it is not limited. */
  readonly fill: number;
}

/** One bucket. */
export interface Limiter {
  /** Resolves when a call may be made; higher priorities first, equal ones in order. Rejects with the signal's reason. */
  readonly acquire: (priority: number, signal: AbortSignal) => Promise<void>;
  /** AWS refused a call for its rate. */
  readonly throttled: () => void;
  readonly view: () => LimiterView;
}

/** Refusals of calls that were under way together count once. */
const CUT_WINDOW_MS = 1000;

/** The rate comes back by this part of its usual value in each quiet second. */
const RECOVERY_PER_S = 0.05;

/** The rate never falls below this many calls per second, or below a twentieth of its usual value where that is less. */
const LOWEST_PER_S = 0.5;

/** A call that waits. */
interface Waiter {
  readonly priority: number;
  readonly go: () => void;
}

/** The state of one limiter. Nothing runs while nobody waits: tokens are reckoned when somebody asks. */
interface Bucket {
  /** Our share of what AWS gives; Infinity: no limit. */
  readonly usualPerS: number;
  /** Most calls at once, at least 1. */
  readonly burst: number;
  readonly clock: Clock;
  /** At present: below the usual rate for a while after AWS throttled. */
  ratePerS: number;
  /** Calls that may be made at once. */
  tokens: number;
  /** Moment up to which tokens were filled in. */
  filledMs: number;
  cutMs: number;
  /** Rate at the last cut: what recovery is measured by when there is no usual rate. */
  rateAtCut: number;
  readonly grants: { second: number; now: number; before: number };
  readonly waiters: Waiter[];
  cancelTimer: (() => void) | null;
}

/** A full bucket. */
export function makeLimiter({ limit, share = 1, clock }: LimiterOptions): Limiter {
  const usualPerS = limit === null ? Infinity : limit.refillPerS * share;
  const burst = limit === null ? Infinity : Math.max(1, Math.floor(limit.burst * share));
  const now = clock.now();
  const bucket: Bucket = {
    usualPerS,
    burst,
    clock,
    ratePerS: usualPerS,
    tokens: burst,
    filledMs: now,
    cutMs: -Infinity,
    rateAtCut: 0,
    grants: { second: Math.floor(now / 1000), now: 0, before: 0 },
    waiters: [],
    cancelTimer: null,
  };
  return {
    acquire: (priority, signal) => acquire(bucket, priority, signal),
    throttled: () => cut(bucket),
    view: () => {
      refill(bucket);
      const { waiters, ratePerS } = bucket;
      const full = capacity(bucket);
      const fill = full === Infinity ? 1 : bucket.tokens / full;
      return { waiting: waiters.length, ratePerS, slowed: ratePerS < usualPerS, fill: Math.min(1, fill) };
    },
  };
}

function acquire(bucket: Bucket, priority: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.reject(signal.reason);
  refill(bucket);
  if (bucket.waiters.length === 0 && take(bucket)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      bucket.waiters.splice(bucket.waiters.indexOf(waiter), 1);
      reject(signal.reason);
    };
    const go = () => {
      signal.removeEventListener("abort", giveUp);
      resolve();
    };
    const waiter: Waiter = { priority, go };
    signal.addEventListener("abort", giveUp, { once: true });
    const place = bucket.waiters.findIndex((other) => other.priority < priority);
    bucket.waiters.splice(place === -1 ? bucket.waiters.length : place, 0, waiter);
    schedule(bucket);
  });
}

/** One call's token, if there is one. */
function take(bucket: Bucket): boolean {
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  count(bucket);
  return true;
}

/** Calls granted in this second and the one before: the only measure of a rate that has no limit. */
function count({ grants, clock }: Bucket): void {
  const second = Math.floor(clock.now() / 1000);
  if (second !== grants.second) {
    grants.before = second === grants.second + 1 ? grants.now : 0;
    grants.now = 0;
    grants.second = second;
  }
  grants.now++;
}

/** Lets recovery and tokens catch up with the clock. */
function refill(bucket: Bucket): void {
  const now = bucket.clock.now();
  const seconds = Math.max(0, now - bucket.filledMs) / 1000;
  bucket.filledMs = now;
  const rateBefore = bucket.ratePerS;
  recover(bucket, seconds);
  if (bucket.ratePerS === Infinity) bucket.tokens = Infinity;
  else bucket.tokens = Math.min(capacity(bucket), bucket.tokens + seconds * rateBefore);
}

/** Additive increase; {@link cut} is the multiplicative decrease. */
function recover(bucket: Bucket, seconds: number): void {
  const { usualPerS, rateAtCut } = bucket;
  if (bucket.ratePerS >= usualPerS) return;
  const aim = usualPerS === Infinity ? rateAtCut : usualPerS;
  bucket.ratePerS = Math.min(usualPerS, bucket.ratePerS + seconds * aim * RECOVERY_PER_S);
  // Without a usual rate, twice what AWS once refused is taken for freedom.
  if (usualPerS === Infinity && bucket.ratePerS >= 2 * rateAtCut) bucket.ratePerS = Infinity;
}

/** While slowed, a burst is what one second gives: a full bucket of AWS is not to be had then. */
function capacity({ ratePerS, usualPerS, burst }: Bucket): number {
  return ratePerS < usualPerS ? Math.max(1, Math.min(burst, ratePerS)) : burst;
}

/** Halves the rate and empties the bucket: what AWS has left of its own is unknown, but little. */
function cut(bucket: Bucket): void {
  const now = bucket.clock.now();
  if (now - bucket.cutMs < CUT_WINDOW_MS) return;
  refill(bucket);
  const { grants, usualPerS } = bucket;
  const rate = bucket.ratePerS === Infinity ? Math.max(1, grants.now, grants.before) : bucket.ratePerS;
  const lowest = Math.min(LOWEST_PER_S, usualPerS / 20);
  bucket.cutMs = now;
  bucket.rateAtCut = rate;
  bucket.ratePerS = Math.max(lowest, rate / 2);
  bucket.tokens = 0;
  bucket.cancelTimer?.();
  bucket.cancelTimer = null;
  schedule(bucket);
}

/** One timer, for the next token; it is set anew when the rate changes. */
function schedule(bucket: Bucket): void {
  if (bucket.cancelTimer !== null || bucket.waiters.length === 0) return;
  const seconds = Math.max(0, 1 - bucket.tokens) / bucket.ratePerS;
  bucket.cancelTimer = bucket.clock.after(Math.max(1, Math.ceil(seconds * 1000)), () => {
    bucket.cancelTimer = null;
    serve(bucket);
  });
}

/** Lets as many go as there are tokens. */
function serve(bucket: Bucket): void {
  refill(bucket);
  while (bucket.waiters.length > 0 && take(bucket)) bucket.waiters.shift()?.go();
  schedule(bucket);
}
