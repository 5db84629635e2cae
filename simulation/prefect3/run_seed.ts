/**
 * One world of Prefect 3 from its beginning until everything in it is settled.
 *
 * @module
 */

import type { Coverage } from "../agent_process.ts";
import { isLive } from "../ecs/tasks.ts";
import { type EcsWorld, makeEcsWorld } from "../ecs/world.ts";
import { AFTERMATH_MS, LOOK_MS, SETTLING_MS, START_MS } from "../settling.ts";
import { diceOf } from "../world/dice.ts";
import { type Entry, makeHistory } from "../world/history.ts";
import { makeVirtualTime } from "../world/virtual_time.ts";
import { elapsed } from "../world/world.ts";
import { makeContainers3 } from "./container.ts";
import { startOutsideEvents3 } from "./outside_events.ts";
import type { PlantedBug3 } from "./planted_bugs.ts";
import { type Scenario3, scenario3Of } from "./scenario.ts";
import { makeSockets } from "./sockets.ts";
import { isOver3, Store3, type World3 } from "./store.ts";
import { startWorkers } from "./workers.ts";

/** What a world came to. */
export interface Played3 {
  readonly scenario: Scenario3;
  readonly startMs: number;
  readonly history: readonly Entry[];
  readonly faults: ReadonlyMap<string, number>;
  readonly coverage: Coverage;
  readonly fired: number;
  /** Whether everything was settled before time was up. */
  readonly isSettled: boolean;
}

/** Plays a scenario. */
export async function playScenario3(scenario: Scenario3, bug: PlantedBug3 | null = null): Promise<Played3> {
  const time = makeVirtualTime(START_MS);
  const world: World3 = {
    scenario,
    time,
    history: makeHistory(time.now),
    startMs: START_MS,
    dice: diceOf(scenario.seed, "world"),
    faults: new Map(),
  };
  const coverage: Coverage = new Map();
  const store = new Store3(world);
  const ecs = makeEcsWorld(world, makeContainers3(store));
  startOutsideEvents3(store);
  startWorkers({ world, store, sockets: makeSockets(store), ecs, coverage, bug });
  const watch = watchOver(world, store, ecs);
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

/** Plays the world of a seed. */
export function playSeed3(seed: number, bug: PlantedBug3 | null = null): Promise<Played3> {
  return playScenario3(scenario3Of(seed), bug);
}

/** A run that the stock worker has left to itself is waited for no longer than this. */
const FOREIGN_MS = 10 * 60_000;

/** Looks now and then whether there is anything left to happen. */
function watchOver(world: World3, store: Store3, ecs: EcsWorld) {
  let settledMs: number | null = null;
  let isOverNow = false;
  const isSettled = () => {
    const sinceCalmMs = elapsed(world) - world.scenario.calmMs;
    const isOver = [...store.runs.values()].every((run) =>
      isOver3(run) || (run.isForeign && sinceCalmMs > FOREIGN_MS)
    );
    return isOver && !ecs.tasks.some(isLive) && sinceCalmMs >= 0;
  };
  const look = () => {
    if (!isSettled()) settledMs = null;
    else settledMs ??= world.time.now();
    isOverNow = settledMs !== null && world.time.now() - settledMs >= AFTERMATH_MS;
    world.time.after(LOOK_MS, look);
  };
  look();
  return { isOver: () => isOverNow, isSettled };
}
