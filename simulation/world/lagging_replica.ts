/**
 * A replica of the API's database that answers reads late, or without some of the rows.
 *
 * @module
 */

import { type Dice, diceOf } from "./dice.ts";

/** How reads differ from what was set, within a window. Times count from the world's beginning, in milliseconds. */
export interface LaggingReplica {
  readonly fromMs: number;
  readonly toMs: number;
  /** How old the rows are that it shows. */
  readonly lagMs: number;
  /** Probability that a read does not show a row. */
  readonly missing: number;
}

/** Part of the seeds with such a replica. */
const SHARE = 0.12;

/**
 * The replica of a seed, null: reads show what was set. Its dice are its own, so that other seeds are as they were.
 *
 * @param server one without versions has no replica that lags: it reads the database that it writes
 */
export function laggingReplicaOf(
  seed: number,
  { calmMs, server }: { readonly calmMs: number; readonly server: "versions" | "guard" },
): LaggingReplica | null {
  const dice = diceOf(seed, "lagging replica");
  if (!dice.chance(SHARE)) return null;
  const replica = someReplica(dice, calmMs);
  return server === "versions" ? replica : { ...replica, lagMs: 0 };
}

function someReplica(dice: Dice, calmMs: number): LaggingReplica {
  const fromMs = dice.chance(0.5) ? 0 : dice.int(0, calmMs);
  const isLate = dice.chance(0.6);
  return {
    fromMs,
    toMs: Math.min(calmMs, fromMs + dice.pick([5000, 30_000, 120_000])),
    lagMs: isLate ? dice.pick([500, 5000, 30_000]) : 0,
    missing: isLate && dice.chance(0.5) ? 0 : dice.pick([0.2, 0.6, 1]),
  };
}
