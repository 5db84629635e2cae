/**
 * Which AWS requests were made for which run: the ids that AWS gave them, for support cases and CloudTrail. Made only while
 * an inspector page or a recording shows them.
 *
 * @module
 */

import { forgetOldest } from "../../schemas/bounds/forget_oldest.ts";
import { AsyncLocalStorage } from "node:async_hooks";

/** One answered request. */
export interface AnsweredRequest {
  readonly id: string;
  /** When its answer came, in milliseconds since 1970. */
  readonly atMs: number;
}

/** A stretch of time, in milliseconds since 1970; it has not ended where its end is null. */
export interface Stretch {
  readonly startedMs: number;
  readonly endedMs: number | null;
}

/** Requests by run. */
export interface RequestIds {
  /** Runs the work so that its requests belong to the run. */
  readonly within: <T>(runId: string, work: () => T) => T;
  /** Keeps the id of an answer of AWS; outside a run's work nothing is kept. */
  readonly answered: (id: string) => void;
  /** Adds a listener for each request that is kept. */
  readonly listen: (listener: (request: AnsweredRequest & { readonly runId: string }) => void) => void;
  /** Keeps a request that a recording holds. */
  readonly keep: (runId: string, request: AnsweredRequest) => void;
  /** Ids of the answers that came to a run in this time, oldest first. */
  readonly during: (runId: string, stretch: Stretch) => readonly string[];
}

/** The clock, and how much is kept. */
export interface RequestIdOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Most runs; beyond it the oldest are forgotten. @default 10000 */
  readonly runs?: number;
  /** Most requests of one run; beyond it the oldest are forgotten. @default 100 */
  readonly perRun?: number;
}

/** No request yet. */
export function makeRequestIds({ now, runs = 10_000, perRun = 100 }: RequestIdOptions): RequestIds {
  const atWork = new AsyncLocalStorage<string>();
  const listeners: Parameters<RequestIds["listen"]>[0][] = [];
  const byRun = new Map<string, AnsweredRequest[]>();
  const keep = (runId: string, request: AnsweredRequest): void => {
    const known = byRun.get(runId);
    if (known === undefined) {
      byRun.set(runId, [request]);
      forgetOldest(byRun, runs);
      return;
    }
    known.push(request);
    if (known.length > perRun) known.shift();
  };
  return {
    within: (runId, work) => atWork.run(runId, work),
    answered: (id) => {
      const runId = atWork.getStore();
      if (runId === undefined) return;
      const request = { id, atMs: now() };
      keep(runId, request);
      for (const listener of listeners) listener({ runId, ...request });
    },
    listen: (listener) => void listeners.push(listener),
    keep,
    during: (runId, stretch) =>
      (byRun.get(runId) ?? []).filter(({ atMs }) => isDuring(atMs, stretch)).map(({ id }) => id),
  };
}

/**
 * An answer in the millisecond in which one call ends and the next begins belongs to the first, because answers take longer.
 */
function isDuring(atMs: number, { startedMs, endedMs }: Stretch): boolean {
  if (startedMs === endedMs) return atMs === startedMs;
  return atMs > startedMs && (endedMs === null || atMs <= endedMs);
}
