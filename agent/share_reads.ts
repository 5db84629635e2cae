/**
 * Shares reads among runs: a page of runs that name the same task definition or template reads it once.
 *
 * @module
 */

import { forgetOldest } from "../schemas/bounds/forget_oldest.ts";
import type { Reading, ReadSource, Source } from "../schemas/plan/source.ts";
import type { Clock } from "../schemas/time/clock.ts";
import { makeSingleFlight } from "../actors/time/single_flight.ts";
import type { WaitingRuns } from "../actors/time/waiting_runs.ts";

/** Reads a source for a run; without a run it is read for the agent itself. */
export type ReadForRun = (source: Source, signal: AbortSignal, runId?: string) => Promise<Reading>;

/** Most readings that are kept; the oldest go first. */
const MOST = 1000;

/**
 * Shares reads under way, and readings for as long as their source says. While a read waits for a permit, every run that needs
 * it reports that wait, by the source's key.
 */
export function shareReads(
  read: ReadSource,
  waiting: Pick<WaitingRuns, "during">,
  clock: Pick<Clock, "now">,
): ReadForRun {
  const { share } = makeSingleFlight<Reading>();
  const kept = makeKept(clock);
  return async (source, signal, runId) => {
    const { key } = source;
    const known = kept.get(key);
    if (known !== null) return known;
    const work = () =>
      share(key, signal, async (shared) => {
        const reading = await read(source, shared);
        kept.put(source, reading);
        return reading;
      });
    if (runId === undefined) return await work();
    return await waiting.during({ runId, name: key, work });
  };
}

/** Readings that serve other runs for a while. */
function makeKept(clock: Pick<Clock, "now">) {
  const kept = new Map<string, { readonly reading: Reading; readonly untilMs: number }>();
  return {
    get: (key: string): Reading | null => {
      const found = kept.get(key);
      if (found === undefined) return null;
      if (clock.now() < found.untilMs) return found.reading;
      kept.delete(key);
      return null;
    },
    put: ({ key, serveMs = 0 }: Source, reading: Reading): void => {
      // What is absent now may be there for the next run.
      if (serveMs <= 0 || reading.kind === "absent") return;
      kept.delete(key);
      kept.set(key, { reading, untilMs: clock.now() + serveMs });
      forgetOldest(kept, MOST);
    },
  };
}
