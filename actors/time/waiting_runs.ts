/**
 * Which runs wait for their turn at AWS, and for what: said in the log once it takes long, and told to whoever asks.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";
import type { Log } from "../../schemas/contracts/log.ts";

/** What {@link makeWaitingRuns} needs. */
export interface WaitingRunsDeps {
  /** What the call made with a signal waits for, as a sentence without its subject; null when it does not wait. */
  readonly waitsFor: (signal: AbortSignal) => string | null;
  readonly clock: Clock;
  readonly log: Log;
}

/** One piece of a run's work. */
export interface RunWork<T> {
  readonly runId: string;
  /** The signal its call to AWS is made with; it may be shared with other runs and known only later. */
  readonly signal: () => AbortSignal;
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

/** Nobody at work. */
export function makeWaitingRuns({ waitsFor, clock, log }: WaitingRunsDeps): WaitingRuns {
  const signals = new Map<string, () => AbortSignal>();
  const ask = (runId: string): string | null => {
    const signal = signals.get(runId);
    return signal === undefined ? null : waitsFor(signal());
  };
  const say = (runId: string): void => {
    const what = ask(runId);
    if (what !== null) log("INFO", `Flow run ${runId} is ${what}`);
  };
  return {
    during: async ({ runId, signal, work }) => {
      signals.set(runId, signal);
      const forget = clock.after(SAY_AFTER_MS, () => say(runId));
      try {
        return await work();
      } finally {
        forget();
        if (signals.get(runId) === signal) signals.delete(runId);
      }
    },
    waitsFor: ask,
  };
}
