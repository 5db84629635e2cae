/**
 * One world of Prefect 3.
 *
 * @module
 */

import { isLive } from "../ecs/tasks.ts";
import { makeEcsWorld } from "../ecs/world.ts";
import { type Played, playWorld } from "../play_world.ts";
import { elapsed } from "../world/world.ts";
import { makeContainers3 } from "./container.ts";
import { startOutsideEvents3 } from "./outside_events.ts";
import type { PlantedBug3 } from "./planted_bugs.ts";
import { type Scenario3, scenario3Of } from "./scenario.ts";
import { makeSockets } from "./sockets.ts";
import { isOver3, isUndone, Store3 } from "./store.ts";
import { startWorkers } from "./workers.ts";

/** A run that the stock worker has left to itself, or whose end nobody sets again, is waited for no longer than this. */
const LEFT_MS = 10 * 60_000;

/** Plays the world of a seed. */
export function playSeed3(seed: number, bug: PlantedBug3 | null = null): Promise<Played<Scenario3>> {
  return playWorld(scenario3Of(seed), (world, coverage) => {
    const store = new Store3(world);
    const ecs = makeEcsWorld(world, makeContainers3(store));
    startOutsideEvents3(store);
    startWorkers({ world, store, sockets: makeSockets(store), ecs, coverage, bug });
    const isLeft = () => elapsed(world) - world.scenario.calmMs > LEFT_MS;
    return {
      isSettled: () =>
        [...store.runs.values()].every((run) =>
          isOver3(run) ? !isUndone(run) || isLeft() : run.isForeign && isLeft()
        ) &&
        !ecs.tasks.some(isLive),
    };
  });
}
