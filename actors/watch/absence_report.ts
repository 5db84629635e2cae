/**
 * Tells that reads do not show flow runs which are followed: they are kept, and a person may have to look why.
 *
 * @module
 */

import type { Log } from "../../schemas/contracts/log.ts";
import { type Again, nextLine, WORTH_A_LINE_MS } from "../../schemas/time/told_again.ts";
import type { Absence } from "./absence.ts";

/** Tells it for one watcher. */
export interface AbsenceReport {
  /** After each read of all runs. @param absences of all runs that are followed; null: the run is shown */
  readonly note: (absences: readonly (Absence | null)[], atMs: number) => void;
}

/** Nothing told yet. */
export function makeAbsenceReport(log: Log): AbsenceReport {
  let again: Again | null = null;
  return {
    note: (absences, atMs) => {
      const long = absences.filter((one) => one !== null && atMs - one.sinceMs >= WORTH_A_LINE_MS);
      if (long.length === 0) again = null;
      else if (again === null || atMs >= again.atMs) {
        again = nextLine(again, atMs);
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
