/**
 * {@link KubeCalls} at a pace that an API server does not notice: a limiter for each kind of call, which slows down when the
 * server asks for it.
 *
 * @module
 */

import { toFailure } from "../../../schemas/failure/failure.ts";
import { KUBE_LIMITS, type KubeBucket } from "../../../schemas/kubernetes/pacing.ts";
import type { Clock } from "../../../schemas/time/clock.ts";
import { type Limiter, type LimiterView, makeLimiter } from "../../time/limiter.ts";
import type { KubeCalls } from "./calls.ts";

/** What {@link pacedCalls} needs. */
export interface PacedDeps {
  readonly clock: Clock;
  /** Receives how long each call waited for its permit, in milliseconds. */
  readonly onTurn: (bucket: KubeBucket, waitedMs: number) => void;
}

/** A creation that waits for a permit. */
export interface AskedCreation {
  /** Name of the work: a run's id. */
  readonly waiter: string;
  /** Called when the permit is granted; if it throws, nothing is sent. */
  readonly confirm: () => Promise<void>;
}

/** The paced calls. */
export interface PacedCalls {
  readonly calls: Omit<KubeCalls, "createJob">;
  readonly createJob: (
    asked: AskedCreation,
    ...rest: Parameters<KubeCalls["createJob"]>
  ) => ReturnType<KubeCalls["createJob"]>;
  /** What a piece of work waits for, by its name, as a sentence without its subject; null when it does not wait. */
  readonly waitsFor: (waiter: string) => string | null;
  readonly view: () => Readonly<Record<KubeBucket, LimiterView>>;
}

/** Makes them. */
export function pacedCalls(calls: KubeCalls, deps: PacedDeps): PacedCalls {
  const limiters = {
    create: makeLimiter({ limit: KUBE_LIMITS.create, clock: deps.clock }),
    delete: makeLimiter({ limit: KUBE_LIMITS.delete, clock: deps.clock }),
    read: makeLimiter({ limit: KUBE_LIMITS.read, clock: deps.clock }),
  };
  const waiting = new Set<string>();
  const turn = <T>(
    bucket: KubeBucket,
    work: () => Promise<T>,
    signal: AbortSignal,
    confirm?: () => Promise<void>,
  ): Promise<T> => inTurn({ bucket, limiter: limiters[bucket], deps, confirm }, work, signal);
  return {
    calls: {
      readJob: (job, signal) => turn("read", () => calls.readJob(job, signal), signal),
      deleteJob: (job, uid, signal) => turn("delete", () => calls.deleteJob(job, uid, signal), signal),
      list: (query, signal) => turn("read", () => calls.list(query, signal), signal),
      watch: (query, hearing, signal) => turn("read", () => calls.watch(query, hearing, signal), signal),
      readLog: (pod, lines, signal) => turn("read", () => calls.readLog(pod, lines, signal), signal),
    },
    createJob: ({ waiter, confirm }, namespace, job, options, signal) => {
      waiting.add(waiter);
      const granted = () => {
        waiting.delete(waiter);
        return confirm();
      };
      return turn("create", () => calls.createJob(namespace, job, options, signal), signal, granted)
        .finally(() => waiting.delete(waiter));
    },
    waitsFor: (waiter) => waiting.has(waiter) ? waitText([...waiting].indexOf(waiter)) : null,
    view: () => ({
      create: limiters.create.view(),
      delete: limiters.delete.view(),
      read: limiters.read.view(),
    }),
  };
}

/** Creations have their turns in the order in which they were asked for. @param before how many come first */
function waitText(before: number): string {
  const others = before === 0 ? "the next one" : before === 1 ? "behind 1 other" : `behind ${before} others`;
  return `waiting for its turn to create a Job, ${others}`;
}

interface Turning {
  readonly bucket: KubeBucket;
  readonly limiter: Limiter;
  readonly deps: PacedDeps;
  /** Called when the turn has come; if it throws, nothing is sent. Undefined: nothing is to be confirmed. */
  readonly confirm: (() => Promise<void>) | undefined;
}

/** A server that throttles slows its bucket; how long to wait is for the one who asks to know, who waits once. */
async function inTurn<T>(
  { bucket, limiter, deps: { clock, onTurn }, confirm }: Turning,
  work: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const askedMs = clock.now();
  const turn = await limiter.acquire(0, signal);
  onTurn(bucket, clock.now() - askedMs);
  await confirm?.();
  try {
    return await work();
  } catch (thrown) {
    if (toFailure(thrown).tag === "throttled") limiter.throttled(turn);
    throw thrown;
  }
}
