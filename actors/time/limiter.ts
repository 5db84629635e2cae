/**
 * A token bucket that serves urgent calls first and learns from refusals. A single throttling answer means that the bucket of
 * the service holds fewer tokens than our copy, so our copy is corrected. Repeated refusals mean that other programs use the
 * same bucket: each refusal then halves the rate, and every second without one restores a part of it.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";
import type { BucketLimit } from "../../schemas/time/bucket_limit.ts";

/** What {@link makeLimiter} starts from. */
export interface LimiterOptions {
  /** Null: no limit until the first throttling. */
  readonly limit: BucketLimit | null;
  /** Part of the limit that this process may use, above 0 and up to 1. @default 1 */
  readonly share?: number;
  readonly clock: Clock;
}

/** State of a limiter, for logs and metrics. */
export interface LimiterView {
  readonly waiting: number;
  /** Calls per second at present; Infinity: not limited. */
  readonly ratePerS: number;
  /** Whether the rate is below its usual value because the service throttled. */
  readonly slowed: boolean;
  /** Part of a burst that is available at once, from 0 to 1; 1 when it is not limited. */
  readonly fill: number;
}

/** One bucket. */
export interface Limiter {
  /**
   * Resolves when a call may be made; higher priorities first, equal ones in order. Rejects with the signal's reason.
   *
   * @param tokens what the call takes from the bucket. @default 1
   * @returns the permit, for {@link Limiter.throttled}
   */
  readonly acquire: (priority: number, signal: AbortSignal, tokens?: number) => Promise<Turn>;
  /** The service refused the call of this permit because of its rate. */
  readonly throttled: (turn: Turn) => void;
  readonly view: () => LimiterView;
}

/** The permit of one call: the number of refusals that the limiter had counted when it granted the call. */
export type Turn = number;

/**
 * Calls do not arrive as evenly as they leave: those of the first burst open connections, those after it overtake them. So a
 * burst is smaller by what comes back in this time, which is all that this costs.
 */
const SLACK_MS = 100;

/** Refill time that a stray refusal costs in addition, because it came in spite of the slack. */
const STRAY_MS = 250;

/** A refusal is a stray one if none came in this time before it. */
const QUIET_MS = 10_000;

/** The rate comes back by this part of its usual value in each quiet second. */
const RECOVERY_PER_S = 0.1;

/** The rate never falls below this many calls per second, or below a twentieth of its usual value where that is less. */
const LOWEST_PER_S = 0.5;

/** A call that waits. */
interface Waiter {
  readonly priority: number;
  readonly tokens: number;
  readonly go: () => void;
}

/** The state of one limiter. Nothing runs while no call waits: tokens are counted when one is asked for. */
interface Bucket {
  /** This process's share of the rate that the service allows; Infinity: no limit. */
  readonly usualPerS: number;
  /** Most calls at once, at least 1: what the service allows, less the slack. */
  readonly burst: number;
  readonly clock: Clock;
  /** At present: below the usual rate for a while after the service throttled. */
  ratePerS: number;
  /** Tokens: calls that may be made at once; below 0: that many must be refilled first. */
  tokens: number;
  /** Moment up to which tokens were filled in. */
  filledMs: number;
  /** When the service last refused a call that was granted after the refusal before. */
  refusedMs: number;
  /** Number of refusals that changed the rate. */
  refusals: Turn;
  /** Rate at the last cut: the measure of recovery when there is no usual rate. */
  rateAtCut: number;
  readonly grants: { second: number; now: number; before: number };
  readonly waiters: Waiter[];
  cancelTimer: (() => void) | null;
}

/** A full bucket. */
export function makeLimiter({ limit, share = 1, clock }: LimiterOptions): Limiter {
  const usualPerS = limit === null ? Infinity : limit.refillPerS * share;
  const burst = limit === null ? Infinity : Math.max(1, withSlack(limit.burst * share, usualPerS));
  const now = clock.now();
  const bucket: Bucket = {
    usualPerS,
    burst,
    clock,
    ratePerS: usualPerS,
    tokens: burst,
    filledMs: now,
    refusedMs: -Infinity,
    refusals: 0,
    rateAtCut: 0,
    grants: { second: Math.floor(now / 1000), now: 0, before: 0 },
    waiters: [],
    cancelTimer: null,
  };
  return {
    acquire: (priority, signal, tokens = 1) => acquire(bucket, { priority, tokens }, signal),
    throttled: (turn) => learn(bucket, turn),
    view: () => {
      refill(bucket);
      const { waiters, ratePerS } = bucket;
      const full = capacity(bucket);
      const fill = full === Infinity ? 1 : bucket.tokens / full;
      return { waiting: waiters.length, ratePerS, slowed: ratePerS < usualPerS, fill: within01(fill) };
    },
  };
}

/** Keeps half of a small burst; without it each late timer would cost a call. */
function withSlack(burst: number, ratePerS: number): number {
  return Math.max(burst / 2, burst - ratePerS * SLACK_MS / 1000);
}

function within01(part: number): number {
  return Math.min(1, Math.max(0, part));
}

function acquire(
  bucket: Bucket,
  wanted: Pick<Waiter, "priority" | "tokens">,
  signal: AbortSignal,
): Promise<Turn> {
  if (signal.aborted) return Promise.reject(signal.reason);
  refill(bucket);
  if (bucket.waiters.length === 0 && take(bucket, wanted.tokens)) return Promise.resolve(bucket.refusals);
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      const place = bucket.waiters.indexOf(waiter);
      bucket.waiters.splice(place, 1);
      if (place === 0) serve(bucket);
      reject(signal.reason);
    };
    const go = () => {
      signal.removeEventListener("abort", giveUp);
      resolve(bucket.refusals);
    };
    const waiter: Waiter = { ...wanted, go };
    signal.addEventListener("abort", giveUp, { once: true });
    const place = bucket.waiters.findIndex((other) => other.priority < wanted.priority);
    bucket.waiters.splice(place === -1 ? bucket.waiters.length : place, 0, waiter);
    if (bucket.waiters[0] === waiter) reschedule(bucket);
  });
}

/** Takes a call's tokens, if they are there. */
function take(bucket: Bucket, tokens: number): boolean {
  if (bucket.tokens < needed(bucket, tokens)) return false;
  bucket.tokens -= tokens;
  count(bucket);
  return true;
}

/** Tokens that a call needs to be granted: one that takes more than a full bucket goes when it is full and owes the rest. */
function needed(bucket: Bucket, tokens: number): number {
  return Math.min(tokens, capacity(bucket));
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

/** Additive increase; {@link halve} is the multiplicative decrease. */
function recover(bucket: Bucket, seconds: number): void {
  const { usualPerS, rateAtCut } = bucket;
  if (bucket.ratePerS >= usualPerS) return;
  const aim = usualPerS === Infinity ? rateAtCut : usualPerS;
  bucket.ratePerS = Math.min(usualPerS, bucket.ratePerS + seconds * aim * RECOVERY_PER_S);
  // Without a usual rate, the limit is lifted at twice the rate that was refused.
  if (usualPerS === Infinity && bucket.ratePerS >= 2 * rateAtCut) bucket.ratePerS = Infinity;
}

/** While slowed, a burst is what one second gives, because the bucket of the service is not full then. */
function capacity({ ratePerS, usualPerS, burst }: Bucket): number {
  return ratePerS < usualPerS ? Math.max(1, Math.min(burst, ratePerS)) : burst;
}

/** Refusals of calls that were under way together count once. */
function learn(bucket: Bucket, turn: Turn): void {
  if (turn < bucket.refusals) return;
  refill(bucket);
  const now = bucket.clock.now();
  const isStray = bucket.ratePerS === bucket.usualPerS && bucket.usualPerS !== Infinity &&
    now - bucket.refusedMs > QUIET_MS;
  bucket.refusals++;
  bucket.refusedMs = now;
  // How much is left in the bucket of the service is unknown, but it is little.
  bucket.tokens = Math.min(0, bucket.tokens);
  if (isStray) bucket.tokens -= bucket.usualPerS * STRAY_MS / 1000;
  else halve(bucket);
  reschedule(bucket);
}

function halve(bucket: Bucket): void {
  const { grants, usualPerS } = bucket;
  const rate = bucket.ratePerS === Infinity ? Math.max(1, grants.now, grants.before) : bucket.ratePerS;
  const lowest = Math.min(LOWEST_PER_S, usualPerS / 20);
  bucket.rateAtCut = rate;
  bucket.ratePerS = Math.max(lowest, rate / 2);
}

/** Sets one timer, for the first waiter; it is reset when another waiter becomes first, or when the rate changes. */
function reschedule(bucket: Bucket): void {
  bucket.cancelTimer?.();
  bucket.cancelTimer = null;
  const [next] = bucket.waiters;
  if (next === undefined) return;
  const seconds = Math.max(0, needed(bucket, next.tokens) - bucket.tokens) / bucket.ratePerS;
  bucket.cancelTimer = bucket.clock.after(Math.max(1, Math.ceil(seconds * 1000)), () => {
    bucket.cancelTimer = null;
    serve(bucket);
  });
}

/** Grants as many calls as there are tokens. */
function serve(bucket: Bucket): void {
  refill(bucket);
  for (let next = bucket.waiters[0]; next !== undefined; next = bucket.waiters[0]) {
    if (!take(bucket, next.tokens)) break;
    bucket.waiters.shift();
    next.go();
  }
  reschedule(bucket);
}
