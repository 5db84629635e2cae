/**
 * Chance, as a seed repeats it.
 *
 * @module
 */

import { hashText, seededRandom } from "../../sandbox/ecs/seeded_random.ts";
import type { Random } from "../../schemas/time/clock.ts";

/** Ways to roll. */
export interface Dice {
  readonly random: Random;
  /** True with this probability. */
  readonly chance: (probability: number) => boolean;
  /** A whole number from `low` to `high`, both included. */
  readonly int: (low: number, high: number) => number;
  /** One of a list that is not empty. */
  readonly pick: <T>(list: readonly [T, ...T[]]) => T;
}

/**
 * Dice of one purpose: those of another purpose roll independently, so that a change here does not change what happens there.
 *
 * @param purpose e.g. `scenario`, `network`
 */
export function diceOf(seed: number, purpose: string): Dice {
  const random = seededRandom(hashText(`${seed} ${purpose}`));
  const int = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  return {
    random,
    chance: (probability) => probability > 0 && random() < probability,
    int,
    pick: (list) => list[int(0, list.length - 1)] ?? list[0],
  };
}
