/**
 * Plays one world from its beginning until everything in it is settled.
 *
 * @module
 */

import type { Coverage } from "./agent_process.ts";
import { AFTERMATH_MS, LOOK_MS, SETTLING_MS, START_MS } from "./settling.ts";
import { diceOf } from "./world/dice.ts";
import { type Entry, makeHistory } from "./world/history.ts";
import type { Scenario } from "./world/scenario.ts";
import { makeVirtualTime } from "./world/virtual_time.ts";
import { elapsed, type World } from "./world/world.ts";

/** What a world came to. */
export interface Played<One extends Scenario = Scenario> {
  readonly scenario: One;
  readonly startMs: number;
  readonly history: readonly Entry[];
  readonly faults: ReadonlyMap<string, number>;
  readonly coverage: Coverage;
  readonly fired: number;
  /** Whether everything was settled before time was up. */
  readonly isSettled: boolean;
}

/** What is asked of a world now and then. */
export interface Settling {
  /** Whether there is nothing left to happen; asked once nothing goes wrong any more. */
  readonly isSettled: () => boolean;
  /** How long it must stay so, in milliseconds. @default {@link AFTERMATH_MS} */
  readonly aftermathMs?: () => number;
}

/** A world of its own kind of scenarios. */
export type WorldOf<One extends Scenario> = World & { readonly scenario: One };

/** Plays a scenario. @param begin puts API, tasks, people and agents into the world */
export async function playWorld<One extends Scenario>(
  scenario: One,
  begin: (world: WorldOf<One>, coverage: Coverage) => Settling,
): Promise<Played<One>> {
  const time = makeVirtualTime(START_MS);
  const world: WorldOf<One> = {
    scenario,
    time,
    history: makeHistory(time.now),
    startMs: START_MS,
    dice: diceOf(scenario.seed, "world"),
    faults: new Map(),
  };
  const coverage: Coverage = new Map();
  const watch = watchOver(world, begin(world, coverage));
  const fired = await time.run(START_MS + scenario.calmMs + SETTLING_MS, watch.isOver);
  return {
    scenario,
    startMs: START_MS,
    history: world.history.entries,
    faults: world.faults,
    coverage,
    fired,
    isSettled: watch.isSettled(),
  };
}

/** Looks now and then whether there is anything left to happen. */
function watchOver(world: World, settling: Settling) {
  let settledMs: number | null = null;
  let isOverNow = false;
  const isSettled = () => elapsed(world) >= world.scenario.calmMs && settling.isSettled();
  const look = () => {
    if (!isSettled()) settledMs = null;
    else settledMs ??= world.time.now();
    const waitMs = settling.aftermathMs?.() ?? AFTERMATH_MS;
    isOverNow = settledMs !== null && world.time.now() - settledMs >= waitMs;
    world.time.after(LOOK_MS, look);
  };
  look();
  return { isOver: () => isOverNow, isSettled };
}
