/**
 * Tells that reads do not show flow runs which are followed: they are kept, and a person may have to look why.
 *
 * @module
 */

import type { Log } from "../../schemas/contracts/log.ts";
import type { Absence } from "./absence.ts";

/** Tells it for one watcher. */
export interface AbsenceReport {
  /** After each read of all runs. @param absences of all runs that are followed; null: the run is shown */
  readonly note: (absences: readonly (Absence | null)[], atMs: number) => void;
}

/** A run that is not shown for this long is worth a line; a replica that lags less is not, in milliseconds. */
const WORTH_A_LINE_MS = 10_000;

/** The line is repeated after twice the time since the last one, at most after this time, in milliseconds. */
const FIRST_AGAIN_MS = 60_000;
const MOST_AGAIN_MS = 600_000;

/** Nothing told yet. */
export function makeAbsenceReport(log: Log): AbsenceReport {
  let again: { readonly atMs: number; readonly pauseMs: number } | null = null;
  return {
    note: (absences, atMs) => {
      const long = absences.filter((one) => one !== null && atMs - one.sinceMs >= WORTH_A_LINE_MS);
      if (long.length === 0) again = null;
      else if (again === null || atMs >= again.atMs) {
        const pauseMs = again === null ? FIRST_AGAIN_MS : Math.min(2 * again.pauseMs, MOST_AGAIN_MS);
        again = { atMs: atMs + pauseMs, pauseMs };
        log("WARNING", sentence(long.length, absences.length, longestS(long, atMs)));
      }
    },
  };
}

function longestS(absences: readonly (Absence | null)[], atMs: number): number {
  const sinceMs = absences.reduce((least, one) => Math.min(least, one?.sinceMs ?? atMs), atMs);
  return Math.round((atMs - sinceMs) / 1000);
}

function sentence(hidden: number, all: number, s: number): string {
  return `The API answers reads without ${hidden} of the ${all} flow runs that are followed, for ${s} s by now; ` +
    "they are kept. Look whether they were deleted, whether the agent's key may still read them and belongs to " +
    "their tenant, and whether the API reads from a replica that lags";
}
