/**
 * {@link EcsCalls} at the pace that AWS allows. Pacing belongs to the account and not to a run: all runs share these buckets.
 *
 * @module
 */

import { AWS_BUCKETS, type AwsBucket, type AwsLimits } from "../../schemas/ecs/aws_limits.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { isJsonObject, type JsonObject } from "../../schemas/json/json.ts";
import type { EcsCalls, RunTaskAnswer, TaskDefinition } from "./calls.ts";
import { type Limiter, type LimiterView, makeLimiter, type Turn } from "../time/limiter.ts";

/** What {@link pacedEcsCalls} starts from. */
export interface PacingOptions {
  readonly limits: AwsLimits;
  /**
   * Part of every limit that this agent may use, above 0 and up to 1: other agents and people use the same account.
   *
   * @default 1
   */
  readonly share?: number;
  readonly clock: Clock;
  /** Receives how long each call waited for its permit, in milliseconds. */
  readonly onTurn?: (bucket: AwsBucket, waitedMs: number) => void;
}

/**
 * Calls at the pace that AWS allows. `waiter` names the work that a call belongs to, a run's id for one:
 * {@link PacedEcsCalls.waitsFor} answers by that name.
 */
export interface PacedCalls extends EcsCalls {
  readonly describeTaskDefinition: (
    name: string,
    signal: AbortSignal,
    waiter?: string,
  ) => Promise<TaskDefinition | null>;
  readonly registerTaskDefinition: (
    request: JsonObject,
    signal: AbortSignal,
    waiter?: string,
  ) => Promise<TaskDefinition>;
  readonly findDefinitionsByTag: (
    tags: Readonly<Record<string, string>>,
    signal: AbortSignal,
    waiter?: string,
  ) => Promise<readonly string[]>;
  readonly runTask: (
    request: JsonObject,
    signal: AbortSignal,
    asked?: AskedLaunch,
  ) => Promise<RunTaskAnswer>;
}

/** Who asks for a task, and what must hold at the moment of sending. */
export interface AskedLaunch {
  readonly waiter: string;
  /** Called when the permit is granted; if it throws, the request is not sent. */
  readonly confirm: () => Promise<void>;
}

/** Paced calls, and what they wait for. */
export interface PacedEcsCalls {
  readonly calls: PacedCalls;
  /** State of each bucket. */
  readonly view: () => Readonly<Record<AwsBucket, LimiterView>>;
  /** What the call of this waiter waits for, as a sentence; null when it does not wait. */
  readonly waitsFor: (waiter: string) => string | null;
}

/** Stopping a task comes first, then starting one; calls that only prepare a start wait longest. */
const PRIORITIES = { stop: 3, run: 2, register: 1, read: 0 } as const;

type Priority = keyof typeof PRIORITIES;

/** What all calls share. */
interface Pacer {
  readonly limiters: Readonly<Record<AwsBucket, Limiter>>;
  /** Calls that wait for a permit, by the name of their waiter. */
  readonly waiting: Map<string, Draw>;
  readonly now: () => number;
  readonly onTurn: (bucket: AwsBucket, waitedMs: number) => void;
}

/** What a call takes from one bucket. */
interface Draw {
  readonly bucket: AwsBucket;
  /** @default 1 */
  readonly tokens?: number;
}

/** How one call is paced. */
interface Pace {
  /** Drawn in this order. */
  readonly draws: readonly Draw[];
  readonly priority: Priority;
  readonly signal: AbortSignal;
  /** Whose call it is; undefined: the agent's own, which is not asked about. */
  readonly waiter?: string | undefined;
  /** Called when the call gets its permit; if it throws, the call is not sent. */
  readonly confirm?: (() => Promise<void>) | undefined;
}

/** A granted call that is not sent within this time queues again, once, so that delayed calls do not leave in a burst. */
const MOST_CONFIRM_MS = 1000;

/** Wraps calls; a call waits before it is sent, and a throttled one slows the bucket for all and is thrown on. */
export function pacedEcsCalls(calls: EcsCalls, options: PacingOptions): PacedEcsCalls {
  const { limits, share = 1, clock, onTurn = () => undefined } = options;
  const limiterOf = (bucket: AwsBucket) => makeLimiter({ limit: limits[bucket], share, clock });
  const limiters = forEachBucket(limiterOf);
  const pacer: Pacer = { limiters, waiting: new Map(), now: clock.now, onTurn };
  return {
    calls: pace(calls, pacer),
    view: () => forEachBucket((bucket) => limiters[bucket].view()),
    waitsFor: (waiter) => {
      const draw = pacer.waiting.get(waiter);
      if (draw === undefined) return null;
      const { bucket } = draw;
      const { waiting, ratePerS, slowed } = limiters[bucket].view();
      const why = slowed ? "after AWS throttled" : "as AWS limits the account";
      const calls = waiting === 1 ? "1 call" : `${waiting} calls`;
      const rate = Number(ratePerS.toPrecision(2));
      return `waiting for ${AWS_BUCKETS[bucket]}: ${calls} at ${rate} per second ${why}`;
    },
  };
}

/** Which bucket AWS draws each action from. @see "Request throttling for the Amazon ECS API" */
function pace(calls: EcsCalls, pacer: Pacer): PacedCalls {
  const as = (bucket: AwsBucket, priority: Priority, signal: AbortSignal, waiter?: string): Pace => ({
    draws: [{ bucket }],
    priority,
    signal,
    waiter,
  });
  return {
    describeTaskDefinition: (name, signal, waiter) =>
      paced(
        pacer,
        as("definitionRead", "read", signal, waiter),
        () => calls.describeTaskDefinition(name, signal),
      ),
    registerTaskDefinition: (request, signal, waiter) =>
      paced(
        pacer,
        as("definitionModify", "register", signal, waiter),
        () => calls.registerTaskDefinition(request, signal),
      ),
    deregisterTaskDefinition: (arn, signal) =>
      paced(pacer, as("definitionModify", "read", signal), () => calls.deregisterTaskDefinition(arn, signal)),
    runTask: (request, signal, asked) =>
      paced(
        pacer,
        { draws: drawsOfRunTask(request), priority: "run", signal, ...asked },
        () => calls.runTask(request, signal),
      ),
    describeTasks: (cluster, arns, signal) =>
      paced(pacer, as("clusterRead", "read", signal), () => calls.describeTasks(cluster, arns, signal)),
    listTasks: (cluster, startedBy, signal) =>
      paced(pacer, as("clusterRead", "read", signal), () => calls.listTasks(cluster, startedBy, signal)),
    stopTask: (cluster, arn, reason, signal) =>
      paced(pacer, as("clusterModify", "stop", signal), () => calls.stopTask(cluster, arn, reason, signal)),
    findDefinitionsByTag: (tags, signal, waiter) =>
      paced(pacer, as("tagSearch", "read", signal, waiter), () => calls.findDefinitionsByTag(tags, signal)),
  };
}

async function paced<T>(pacer: Pacer, pace: Pace, call: () => Promise<T>): Promise<T> {
  const { limiters, now } = pacer;
  let turns = await takeTurns(pacer, pace);
  const sinceMs = now();
  await pace.confirm?.();
  if (now() - sinceMs > MOST_CONFIRM_MS) {
    turns = await takeTurns(pacer, pace);
    await pace.confirm?.();
  }
  try {
    return await call();
  } catch (error) {
    if (isTooMany(error)) blame(limiters, turns);
    throw error;
  }
}

function isTooMany(thrown: unknown): boolean {
  if (!(thrown instanceof FailureError) || thrown.failure.tag !== "throttled") return false;
  return thrown.failure.isChanging !== true;
}

type TakenTurn = readonly [bucket: AwsBucket, turn: Turn];

/** A call that draws from several buckets waits for the narrowest first, so that it holds no place in the wider ones. */
async function takeTurns(
  { limiters, waiting, now, onTurn }: Pacer,
  { draws, priority, signal, waiter }: Pace,
): Promise<readonly TakenTurn[]> {
  const turns: TakenTurn[] = [];
  for (const draw of draws) {
    const { bucket, tokens } = draw;
    const sinceMs = now();
    if (waiter !== undefined) waiting.set(waiter, draw);
    const turn = limiters[bucket].acquire(PRIORITIES[priority], signal, tokens);
    turns.push([bucket, await turn.finally(() => forget(waiting, waiter, draw))]);
    onTurn(bucket, now() - sinceMs);
  }
  return turns;
}

/** The next call of the same waiter may be waiting already: that one stays. */
function forget(waiting: Pacer["waiting"], waiter: string | undefined, draw: Draw): void {
  if (waiter !== undefined && waiting.get(waiter) === draw) waiting.delete(waiter);
}

/** AWS does not say which bucket was empty, so the emptiest one here is slowed, which slows the call. */
function blame(limiters: Pacer["limiters"], turns: readonly TakenTurn[]): void {
  const fills = turns.map(([bucket]) => limiters[bucket].view().fill);
  const at = turns[fills.indexOf(Math.min(...fills))];
  if (at !== undefined) limiters[at[0]].throttled(at[1]);
}

/**
 * Fargate has rates of its own beside the cluster's: one of calls, and one of tasks for each kind of capacity. A strategy of
 * the cluster's default cannot be seen from here.
 *
 * @see "AWS Fargate throttling quotas"
 */
function drawsOfRunTask({ launchType, capacityProviderStrategy, count }: JsonObject): readonly Draw[] {
  const strategy = Array.isArray(capacityProviderStrategy) ? capacityProviderStrategy : [];
  const providers = strategy.map((item) => isJsonObject(item) ? item["capacityProvider"] : null);
  const tokens = typeof count === "number" && count > 1 ? count : 1;
  const launches: Draw[] = [];
  if (launchType === "FARGATE" || providers.includes("FARGATE")) {
    launches.push({ bucket: "fargateOnDemand", tokens });
  }
  if (providers.includes("FARGATE_SPOT")) launches.push({ bucket: "fargateSpot", tokens });
  const calls: readonly Draw[] = launches.length === 0 ? [] : [{ bucket: "fargateRunTask" }];
  return [...calls, ...launches, { bucket: "clusterModify" }];
}

function forEachBucket<T>(make: (bucket: AwsBucket) => T): Readonly<Record<AwsBucket, T>> {
  return {
    definitionModify: make("definitionModify"),
    definitionRead: make("definitionRead"),
    clusterModify: make("clusterModify"),
    clusterRead: make("clusterRead"),
    fargateRunTask: make("fargateRunTask"),
    fargateOnDemand: make("fargateOnDemand"),
    fargateSpot: make("fargateSpot"),
    tagSearch: make("tagSearch"),
  };
}
