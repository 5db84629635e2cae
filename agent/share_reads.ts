/**
 * Shares reads among runs: a page of runs that name the same task definition or template reads it once.
 *
 * @module
 */

import type { Reading, ReadSource, Source } from "../schemas/plan/source.ts";
import { makeSingleFlight } from "../actors/time/single_flight.ts";
import type { WaitingRuns } from "../actors/time/waiting_runs.ts";

/** Reads a source for a run; without a run it is read for the agent itself. */
export type ReadForRun = (source: Source, signal: AbortSignal, runId?: string) => Promise<Reading>;

/** Shares reads under way. While a read waits for a permit, every run that needs it reports that wait, by the source's key. */
export function shareReads(read: ReadSource, waiting: Pick<WaitingRuns, "during">): ReadForRun {
  const { share } = makeSingleFlight<Reading>();
  return (source, signal, runId) => {
    const key = source.key;
    const work = () => share(key, signal, (shared) => read(source, shared));
    if (runId === undefined) return work();
    return waiting.during({ runId, name: key, work });
  };
}
