/**
 * Which runs a work pool offers to a worker that polls.
 *
 * @module
 * @see Prefect 3.9.1, server/database/sql/sqlite/get-runs-from-worker-queues.sql.jinja
 */

import type { RunPolicy } from "./transition.ts";
import type { StateType } from "./state.ts";

/** A run of the pool. */
export interface PooledRun {
  readonly id: string;
  readonly stateType: StateType;
  readonly retryType: RunPolicy["retry_type"];
  /** `next_scheduled_start_time`, in milliseconds since 1970; null: it is not SCHEDULED. */
  readonly dueMs: number | null;
  /** Name of its queue. */
  readonly queue: string;
}

/** A queue of the pool. */
export interface PooledQueue {
  readonly name: string;
  /** The lowest number comes first. */
  readonly priority: number;
  readonly isPaused: boolean;
  /** Most PENDING and RUNNING runs at a time; null: no limit. */
  readonly limit: number | null;
}

/** The pool and its queues. */
export interface RuledPool {
  readonly isPaused: boolean;
  /** Most PENDING and RUNNING runs at a time; null: no limit. */
  readonly limit: number | null;
  readonly queues: readonly PooledQueue[];
}

/** What a worker asks for. */
export interface PollQuery {
  /** Names of queues; empty: all. */
  readonly queues: readonly string[];
  /** Runs that are due until then, in milliseconds since 1970; null: all. */
  readonly beforeMs: number | null;
  readonly afterMs: number | null;
  readonly most: number;
}

/** Most runs of an answer. */
export const MOST_DUE_RUNS = 200;

/** The server looks at so many runs of each queue and of the pool. */
const MOST_LOOKED_AT = 1000;

/** The runs that are offered, in their order. Counts of running ones are made from the same list. */
export function dueRuns<R extends PooledRun>(
  runs: readonly R[],
  pool: RuledPool,
  query: PollQuery,
): readonly R[] {
  if (pool.isPaused) return [];
  const asked = pool.queues.filter(({ name, isPaused }) =>
    !isPaused && (query.queues.length === 0 || query.queues.includes(name))
  );
  const byQueue = Map.groupBy(runs, ({ queue }) => queue);
  const offered = asked.flatMap(({ name, limit, priority }) => {
    const inQueue = byQueue.get(name) ?? [];
    const due = inQueue.filter((run) => isDue(run, query)).toSorted(byTime).slice(
      0,
      freeSlots(limit, inQueue),
    );
    return due.map((run) => ({ run, priority }));
  }).toSorted((a, b) => a.priority - b.priority || byTime(a.run, b.run)).map(({ run }) => run);
  return offered.slice(0, Math.min(freeSlots(pool.limit, runs), query.most));
}

function isDue({ stateType, retryType, dueMs }: PooledRun, { beforeMs, afterMs }: PollQuery): boolean {
  // A run that waits within its own task is not new work.
  if (stateType !== "SCHEDULED" || retryType === "in_process" || dueMs === null) return false;
  return (beforeMs === null || dueMs <= beforeMs) && (afterMs === null || dueMs >= afterMs);
}

function byTime(one: PooledRun, other: PooledRun): number {
  return (one.dueMs ?? 0) - (other.dueMs ?? 0);
}

function freeSlots(limit: number | null, runs: readonly PooledRun[]): number {
  if (limit === null) return MOST_LOOKED_AT;
  const busy = runs.filter(({ stateType }) => stateType === "PENDING" || stateType === "RUNNING").length;
  return Math.min(MOST_LOOKED_AT, Math.max(0, limit - busy));
}
