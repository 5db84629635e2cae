/**
 * Says in the log that this process did nothing for a while.
 *
 * @module
 */

import type { Log } from "../../schemas/contracts/log.ts";

/** What {@link makeLagTeller} needs. */
export interface LagTellerDeps {
  /** A clock that never goes back, in milliseconds. */
  readonly elapsedMs: () => number;
  readonly log: Log;
}

/** A longer delay of a timer is told. */
const LATE_MS = 1000;

/** Time until the next line: it doubles with each line, from the first to the second number. */
const APART_MS = { first: 60_000, most: 3_600_000 } as const;

/** Receives the delay of each timer, in milliseconds. */
export function makeLagTeller({ elapsedMs, log }: LagTellerDeps): (lateMs: number) => void {
  let quietUntilMs = -Infinity;
  let apartMs: number = APART_MS.first;
  return (lateMs) => {
    const now = elapsedMs();
    if (lateMs <= LATE_MS || now < quietUntilMs) return;
    log(
      "WARNING",
      `The agent did nothing for ${(lateMs / 1000).toFixed(1)} s, and all flow runs waited: one step took ` +
        "that long, or the machine gave the process no time; if this repeats, give the agent more CPU",
    );
    quietUntilMs = now + apartMs;
    apartMs = Math.min(APART_MS.most, apartMs * 2);
  };
}
