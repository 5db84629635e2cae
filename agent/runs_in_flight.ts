/**
 * Counts the runs on their way to a task. A run that waits for a template it names itself waits for a stranger's server, so it
 * takes no place among them.
 *
 * @module
 */

import { BehaviorSubject, type Observable } from "rxjs";

/** The runs that are adopted and not yet reported. */
export interface RunsInFlight {
  /** How many take a place. */
  readonly count$: Observable<number>;
  /** The ids of all of them. */
  readonly are: (runIds: readonly string[]) => void;
  /** A run begins to wait for a stranger's server. It waits until it goes on, also between two tries. */
  readonly waits: (runId: string) => void;
  /** A run has what it waited for, or has left. */
  readonly goesOn: (runId: string) => void;
}

/** Most runs that wait without a place, because each run is kept in memory. */
const MOST_WAITING = 500;

/** No run is in flight yet. */
export function makeRunsInFlight(): RunsInFlight {
  const count$ = new BehaviorSubject(0);
  const waiting = new Set<string>();
  let all: readonly string[] = [];
  const tell = () => {
    const outside = waiting.size === 0 ? 0 : all.filter((id) => waiting.has(id)).length;
    count$.next(all.length - Math.min(outside, MOST_WAITING));
  };
  return {
    count$,
    are: (runIds) => {
      all = runIds;
      tell();
    },
    waits: (runId) => {
      if (waiting.has(runId)) return;
      waiting.add(runId);
      tell();
    },
    goesOn: (runId) => {
      if (waiting.delete(runId)) tell();
    },
  };
}
