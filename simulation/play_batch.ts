/**
 * Several seeds in a row, summed up as plain data, so that a worker can hand it back.
 *
 * @module
 */

import type { Violation } from "./checker.ts";
import { addCounts, type Counts } from "./counts.ts";
import { type Game, playGame } from "./games.ts";

/** What is to be played. */
export interface Batch {
  readonly seeds: readonly number[];
  readonly game: Game;
  /** Ends at the first seed that fails. */
  readonly stopsAtFailure: boolean;
}

/** A seed in which the guarantee broke. */
export interface FailedSeed {
  readonly seed: number;
  readonly violations: readonly Violation[];
}

/** What came of it. */
export interface Summary {
  seeds: number;
  timers: number;
  readonly failed: FailedSeed[];
  readonly faults: Counts;
  readonly coverage: Counts;
}

/** Nothing yet. */
export function emptySummary(): Summary {
  return { seeds: 0, timers: 0, failed: [], faults: new Map(), coverage: new Map() };
}

/** Adds one summary to another. */
export function addSummary(to: Summary, more: Summary): void {
  to.seeds += more.seeds;
  to.timers += more.timers;
  to.failed.push(...more.failed);
  addCounts(to.faults, more.faults);
  addCounts(to.coverage, more.coverage);
}

/** Plays and checks. */
export async function playBatch({ seeds, game, stopsAtFailure }: Batch): Promise<Summary> {
  const summary = emptySummary();
  for (const seed of seeds) {
    const { violations, fired: timers, faults, coverage } = await playGame(game, seed);
    const failed = violations.length > 0 ? [{ seed, violations: violations.slice(0, 5) }] : [];
    addSummary(summary, { seeds: 1, timers, failed, faults: new Map(faults), coverage });
    if (failed.length > 0 && stopsAtFailure) break;
  }
  return summary;
}
