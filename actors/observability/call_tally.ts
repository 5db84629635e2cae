/**
 * Counts requests by what was asked, for the inspector's page and recordings.
 *
 * @module
 */

import { type CallObserver, resultOfThrown } from "./call_observer.ts";

/** How often one kind of request was made. */
export interface CallTallied {
  /** Who was asked: `prefect`, `ECS`. */
  readonly service: string;
  /** Method and route, or the operation. */
  readonly operation: string;
  /** Those that were answered, or given up. */
  readonly count: number;
  /** Those of them whose outcome is not `ok`. */
  readonly failed: number;
}

/** The counts of one process. */
export interface CallTally {
  readonly observe: CallObserver;
  /** Most frequent first. */
  readonly counts: () => readonly CallTallied[];
}

/** Kinds that are counted; operations are a few dozen, so that nothing is left out. */
const MOST = 500;

/** No call yet. @param inner makes the calls */
export function makeCallTally(inner: CallObserver): CallTally {
  const counts = new Map<string, CallTallied>();
  const add = (service: string, operation: string, result: string): void => {
    const key = JSON.stringify([service, operation]);
    const known = counts.get(key) ?? { service, operation, count: 0, failed: 0 };
    if (counts.size >= MOST && !counts.has(key)) return;
    const failed = known.failed + (result === "ok" ? 0 : 1);
    counts.set(key, { ...known, count: known.count + 1, failed });
  };
  return {
    observe: async (call) => {
      const { service, operation, resultOf = () => "ok" } = call;
      try {
        const answer = await inner(call);
        add(service, operation, resultOf(answer));
        return answer;
      } catch (thrown) {
        add(service, operation, resultOfThrown(thrown));
        throw thrown;
      }
    },
    counts: () => [...counts.values()].sort((one, other) => other.count - one.count),
  };
}
