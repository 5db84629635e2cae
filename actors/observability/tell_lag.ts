/**
 * Says in the log that this process did nothing for a while.
 *
 * @module
 */

import type { Log } from "../../schemas/contracts/log.ts";
import { type Again, nextLine } from "../../schemas/time/told_again.ts";

/** What {@link makeLagTeller} needs. */
export interface LagTellerDeps {
  /** A clock that never goes back, in milliseconds. */
  readonly elapsedMs: () => number;
  readonly log: Log;
}

/** A longer delay of a timer is told. */
const LATE_MS = 1000;

/** Longest time until the next line, in milliseconds. */
const MOST_APART_MS = 3_600_000;

/** Receives the delay of each timer, in milliseconds. */
export function makeLagTeller({ elapsedMs, log }: LagTellerDeps): (lateMs: number) => void {
  let again: Again | null = null;
  return (lateMs) => {
    const now = elapsedMs();
    if (lateMs <= LATE_MS || (again !== null && now < again.atMs)) return;
    log(
      "WARNING",
      `The agent did nothing for ${(lateMs / 1000).toFixed(1)} s, and all flow runs waited: one step took ` +
        "that long, or the machine gave the process no time; if this repeats, give the agent more CPU",
    );
    again = nextLine(again, now, MOST_APART_MS);
  };
}
