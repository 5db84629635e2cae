/**
 * Replacing the processes of an agent, one after the other, by those of another release.
 *
 * @module
 */

import { type Dice, diceOf } from "./dice.ts";

/** A release of the agent, by what it stores in claims and understands of them. */
export type Release = "0.1.0" | "present";

/** An update, or with `from: "present"` the way back from one. */
export interface RollingUpdate {
  readonly from: Release;
  /** When the first agent is replaced, in milliseconds since the world began. */
  readonly atMs: number;
  /** Time between two agents that are replaced, in milliseconds. */
  readonly gapMs: number;
  /** Whether an agent that would be alone has a replica. */
  readonly hasReplica: boolean;
}

/** Part of the seeds with an update. */
const SHARE = 0.08;

/** The update of a seed, null: it has none. Its dice are its own, so that seeds without one are as they were. */
export function rollingUpdateOf(seed: number, calmMs: number): RollingUpdate | null {
  const dice = diceOf(seed, "rolling update");
  return dice.chance(SHARE) ? someUpdate(dice, calmMs) : null;
}

/** An update early enough to meet runs that are on their way. */
function someUpdate(dice: Dice, calmMs: number): RollingUpdate {
  return {
    from: dice.chance(0.7) ? "0.1.0" : "present",
    atMs: dice.int(0, dice.chance(0.7) ? 8000 : calmMs),
    gapMs: dice.pick([1000, 10_000, 30_000]),
    hasReplica: dice.chance(0.6),
  };
}

/** When an agent is replaced. @param at its number, from 0 */
export function replacedAtMs({ atMs, gapMs }: RollingUpdate, at: number): number {
  return atMs + at * gapMs;
}

/** The release that a process of an agent is of when it starts. */
export function releaseAt(update: RollingUpdate | null, at: number, elapsedMs: number): Release {
  if (update === null) return "present";
  const isReplaced = elapsedMs >= replacedAtMs(update, at);
  return isReplaced === (update.from === "0.1.0") ? "present" : "0.1.0";
}
