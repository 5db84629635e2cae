/**
 * One life of an agent's process. When it ends nothing of it happens any more, though what it sent is still under way.
 *
 * @module
 */

import type { Clock } from "../schemas/time/clock.ts";
import { fault, isStormy, type World } from "./world/world.ts";

/** A process. */
export interface Life {
  /** `a1#2`: second life of the first agent. */
  readonly id: string;
  isAlive: boolean;
  /** How far its clock is off. */
  skewMs: number;
  /** Steps it has made: a crash may come at any of them. */
  steps: number;
  /** States of its run machines, by run, for the coverage. */
  readonly states: Map<string, string>;
  /** Ends it; called at most once. */
  readonly onDeath: (life: Life) => void;
}

/** How often a machine was in a state when a fault of a kind hit its agent: `state × kind`. */
export type Coverage = Map<string, number>;

/** Crashes that may still come. */
export interface Doom {
  left: number;
  readonly coverage: Coverage;
}

/** Counts a fault for every run that the agent has in hand. */
export function cover(coverage: Coverage, life: Life, kind: string): void {
  for (const state of life.states.values()) {
    const key = `${state} × ${kind}`;
    coverage.set(key, (coverage.get(key) ?? 0) + 1);
  }
}

/**
 * A step of an agent: here it may be killed.
 *
 * @returns whether it lives on
 */
export function step(
  world: World,
  life: Life,
  { doom, at }: { readonly doom: Doom; readonly at: string },
): boolean {
  if (!life.isAlive) return false;
  life.steps++;
  if (doom.left <= 0 || !isStormy(world) || !world.dice.chance(world.scenario.crash.rate)) return true;
  doom.left--;
  fault(world, "crash", `${life.id} ${at}`, life.id);
  cover(doom.coverage, life, "crash");
  kill(life);
  return false;
}

/** Ends a life at once. */
export function kill(life: Life): void {
  if (!life.isAlive) return;
  life.isAlive = false;
  life.onDeath(life);
}

/** The clock as a process sees it: it may be off, and it falls silent with the process. */
export function clockOf(world: World, life: Life, onTimer: () => boolean): Clock {
  return {
    now: () => world.time.now() + life.skewMs,
    after: (ms, fn) =>
      world.time.after(Math.ceil(ms), () => {
        if (life.isAlive && onTimer()) fn();
      }),
  };
}
