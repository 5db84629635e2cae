/**
 * {@link EcsCalls} at the pace that AWS allows. Pacing belongs to the account and not to a run: all runs share these buckets.
 *
 * @module
 */

import { AWS_BUCKETS, type AwsBucket, type AwsLimits } from "../schemas/aws_limits.ts";
import type { Clock } from "../schemas/clock.ts";
import { FailureError } from "../schemas/failure.ts";
import { isJsonObject, type JsonObject } from "../schemas/json.ts";
import type { EcsCalls } from "./ecs_calls.ts";
import { type Limiter, type LimiterView, makeLimiter } from "./limiter.ts";

/** What {@link pacedEcsCalls} starts from. */
export interface PacingOptions {
  readonly limits: AwsLimits;
  /** Part of every limit that is ours, above 0 and up to 1: other agents and people use the same account. @default 1 */
  readonly share?: number;
  readonly clock: Clock;
  /** Told how long each call waited for its turn, in milliseconds. */
  readonly onTurn?: (bucket: AwsBucket, waitedMs: number) => void;
}

/** Paced calls, and what they wait for. */
export interface PacedEcsCalls {
  readonly calls: EcsCalls;
  /** How each bucket stands. */
  readonly view: () => Readonly<Record<AwsBucket, LimiterView>>;
  /** What the call made with this signal waits for, as a sentence; null when it does not wait. */
  readonly waitsFor: (signal: AbortSignal) => string | null;
}

/** Ending a task comes first, then starting one; what only prepares a start waits longest. */
const PRIORITIES = { stop: 3, run: 2, register: 1, read: 0 } as const;

type Priority = keyof typeof PRIORITIES;

/** What all calls share. */
interface Pacer {
  readonly limiters: Readonly<Record<AwsBucket, Limiter>>;
  /** Calls that wait for their turn, by the signal they were made with. */
  readonly waiting: Map<AbortSignal, AwsBucket>;
  readonly now: () => number;
  readonly onTurn: (bucket: AwsBucket, waitedMs: number) => void;
}

/** How one call is paced. */
interface Pace {
  /** Drawn from in this order. */
  readonly buckets: readonly AwsBucket[];
  readonly priority: Priority;
  readonly signal: AbortSignal;
}

/** Wraps calls; a call waits before it is sent, and a throttled one slows the bucket for all and is thrown on. */
export function pacedEcsCalls(calls: EcsCalls, options: PacingOptions): PacedEcsCalls {
  const { limits, share = 1, clock, onTurn = () => undefined } = options;
  const limiterOf = (bucket: AwsBucket) => makeLimiter({ limit: limits[bucket], share, clock });
  const limiters = forEachBucket(limiterOf);
  const pacer: Pacer = { limiters, waiting: new Map(), now: clock.now, onTurn };
  return {
    calls: pace(calls, pacer),
    view: () => forEachBucket((bucket) => limiters[bucket].view()),
    waitsFor: (signal) => {
      const bucket = pacer.waiting.get(signal);
      if (bucket === undefined) return null;
      const { waiting, ratePerS, slowed } = limiters[bucket].view();
      const why = slowed ? "after AWS throttled" : "as AWS limits the account";
      return `waiting for ${AWS_BUCKETS[bucket]}: ${waiting} calls at ${
        ratePerS.toFixed(1)
      } per second ${why}`;
    },
  };
}

/** Which bucket AWS draws each action from. @see "Request throttling for the Amazon ECS API" */
function pace(calls: EcsCalls, pacer: Pacer): EcsCalls {
  const as = (bucket: AwsBucket, priority: Priority, signal: AbortSignal): Pace => ({
    buckets: [bucket],
    priority,
    signal,
  });
  return {
    describeTaskDefinition: (name, signal) =>
      paced(pacer, as("definitionRead", "read", signal), () => calls.describeTaskDefinition(name, signal)),
    registerTaskDefinition: (request, signal) =>
      paced(
        pacer,
        as("definitionModify", "register", signal),
        () => calls.registerTaskDefinition(request, signal),
      ),
    deregisterTaskDefinition: (arn, signal) =>
      paced(pacer, as("definitionModify", "read", signal), () => calls.deregisterTaskDefinition(arn, signal)),
    runTask: (request, signal) => {
      const buckets: readonly AwsBucket[] = usesFargate(request)
        ? ["fargateRunTask", "clusterModify"]
        : ["clusterModify"];
      return paced(pacer, { buckets, priority: "run", signal }, () => calls.runTask(request, signal));
    },
    describeTasks: (cluster, arns, signal) =>
      paced(pacer, as("clusterRead", "read", signal), () => calls.describeTasks(cluster, arns, signal)),
    listTasks: (cluster, startedBy, signal) =>
      paced(pacer, as("clusterRead", "read", signal), () => calls.listTasks(cluster, startedBy, signal)),
    stopTask: (cluster, arn, reason, signal) =>
      paced(pacer, as("clusterModify", "stop", signal), () => calls.stopTask(cluster, arn, reason, signal)),
    findDefinitionsByTag: (tags, signal) =>
      paced(pacer, as("tagSearch", "read", signal), () => calls.findDefinitionsByTag(tags, signal)),
  };
}

/** A call that draws from two buckets waits for the narrower one first, so that it holds no place in the wider one. */
async function paced<T>(
  { limiters, waiting, now, onTurn }: Pacer,
  { buckets, priority, signal }: Pace,
  call: () => Promise<T>,
): Promise<T> {
  for (const bucket of buckets) {
    const sinceMs = now();
    waiting.set(signal, bucket);
    await limiters[bucket].acquire(PRIORITIES[priority], signal).finally(() => waiting.delete(signal));
    onTurn(bucket, now() - sinceMs);
  }
  try {
    return await call();
  } catch (error) {
    if (error instanceof FailureError && error.failure.tag === "throttled") {
      for (const bucket of buckets) limiters[bucket].throttled();
    }
    throw error;
  }
}

/** Fargate has a rate of its own for RunTask; a strategy of the cluster's default cannot be seen from here. */
function usesFargate({ launchType, capacityProviderStrategy }: JsonObject): boolean {
  if (launchType === "FARGATE") return true;
  const strategy = Array.isArray(capacityProviderStrategy) ? capacityProviderStrategy : [];
  return strategy.some((item) =>
    isJsonObject(item) && String(item["capacityProvider"]).startsWith("FARGATE")
  );
}

function forEachBucket<T>(make: (bucket: AwsBucket) => T): Readonly<Record<AwsBucket, T>> {
  return {
    definitionModify: make("definitionModify"),
    definitionRead: make("definitionRead"),
    clusterModify: make("clusterModify"),
    clusterRead: make("clusterRead"),
    fargateRunTask: make("fargateRunTask"),
    tagSearch: make("tagSearch"),
  };
}
