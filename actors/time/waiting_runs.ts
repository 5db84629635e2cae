/**
 * Knows which runs wait for a permit, and for what: the log says so once the wait is long, and the inspector asks.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";
import type { Log } from "../../schemas/contracts/log.ts";

/** What {@link makeWaitingRuns} needs. */
export interface WaitingRunsDeps {
  /** What a piece of work waits for, by its name, as a sentence without its subject; null when it does not wait. */
  readonly waitsFor: (name: string) => string | null;
  readonly clock: Clock;
  readonly log: Log;
}

/** One piece of a run's work. */
export interface RunWork<T> {
  readonly runId: string;
  /** Name of the work; runs that share the same work give the same name. */
  readonly name: string;
  readonly work: () => Promise<T>;
}

/** The runs at work. */
export interface WaitingRuns {
  /** Does the work; meanwhile {@link waitsFor} knows of it. */
  readonly during: <T>(work: RunWork<T>) => Promise<T>;
  /** What a run waits for; null when it does not wait. */
  readonly waitsFor: (runId: string) => string | null;
}

/** A run that waits longer than this says so in the log. */
const SAY_AFTER_MS = 10_000;

/** No run is at work yet. */
export function makeWaitingRuns({ waitsFor, clock, log }: WaitingRunsDeps): WaitingRuns {
  const atWork = new Map<string, RunWork<unknown>>();
  const ask = (runId: string): string | null => {
    const work = atWork.get(runId);
    return work === undefined ? null : waitsFor(work.name);
  };
  const say = (runId: string): void => {
    const what = ask(runId);
    if (what !== null) log("INFO", `Flow run ${runId} is ${what}`, { runId });
  };
  return {
    during: async (one) => {
      const { runId } = one;
      atWork.set(runId, one);
      const forget = clock.after(SAY_AFTER_MS, () => say(runId));
      try {
        return await one.work();
      } finally {
        forget();
        // The next work of the run may have begun already: keep it.
        if (atWork.get(runId) === one) atWork.delete(runId);
      }
    },
    waitsFor: ask,
  };
}
