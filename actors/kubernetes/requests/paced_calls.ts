/**
 * {@link KubeCalls} at a pace that an API server does not notice: a limiter for each kind of call, which slows down when the
 * server asks for it.
 *
 * @module
 */

import { FailureError } from "../../../schemas/failure/failure.ts";
import { KUBE_BUCKETS, type KubeBucket } from "../../../schemas/kubernetes/pacing.ts";
import type { Clock } from "../../../schemas/time/clock.ts";
import { type Limiter, type LimiterView, makeLimiter } from "../../time/limiter.ts";
import { wait } from "../../time/wait.ts";
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
    create: makeLimiter({ limit: KUBE_BUCKETS.create.limit, clock: deps.clock }),
    delete: makeLimiter({ limit: KUBE_BUCKETS.delete.limit, clock: deps.clock }),
    read: makeLimiter({ limit: KUBE_BUCKETS.read.limit, clock: deps.clock }),
  };
  const waiting = new Set<string>();
  const turn = <T>(bucket: KubeBucket, work: () => Promise<T>, signal: AbortSignal): Promise<T> =>
    inTurn({ bucket, limiter: limiters[bucket], deps }, work, signal);
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
      const work = async () => {
        waiting.delete(waiter);
        await confirm();
        return await calls.createJob(namespace, job, options, signal);
      };
      return turn("create", work, signal).finally(() => waiting.delete(waiter));
    },
    waitsFor: (waiter) =>
      waiting.has(waiter)
        ? `waiting for its turn to create a Job, behind ${limiters.create.view().waiting} others`
        : null,
    view: () => ({
      create: limiters.create.view(),
      delete: limiters.delete.view(),
      read: limiters.read.view(),
    }),
  };
}

interface Turning {
  readonly bucket: KubeBucket;
  readonly limiter: Limiter;
  readonly deps: PacedDeps;
}

async function inTurn<T>(
  { bucket, limiter, deps: { clock, onTurn } }: Turning,
  work: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const askedMs = clock.now();
  const turn = await limiter.acquire(0, signal);
  onTurn(bucket, clock.now() - askedMs);
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof FailureError && thrown.failure.tag === "throttled") {
      limiter.throttled(turn);
      // Creations are asked for again by their runs; others have nobody who waits for them.
      if (bucket !== "create") await wait(thrown.failure.retryAfterMs, clock, signal);
    }
    throw thrown;
  }
}
