/**
 * One world of Prefect 1.
 *
 * @module
 */

import { startAgents } from "./agents.ts";
import { makeContainers } from "./container.ts";
import { isLive } from "./ecs/tasks.ts";
import { makeEcsWorld } from "./ecs/world.ts";
import { startOutsideEvents } from "./outside_events.ts";
import type { PlantedBug } from "./planted_bugs.ts";
import { type Played, playWorld } from "./play_world.ts";
import { makePrefectApi } from "./prefect1/api.ts";
import { isOver, makePrefectStore } from "./prefect1/store.ts";
import { AFTERMATH_MS } from "./settling.ts";
import { type Scenario, scenarioOf } from "./world/scenario.ts";

/** Within this time after a run is over a definition of its own is deregistered, however busy AWS was. */
const DEREGISTERED_MS = 11 * 60_000;

/** Plays a scenario. */
export function playScenario(scenario: Scenario, bug: PlantedBug | null = null): Promise<Played> {
  return playWorld(scenario, (world, coverage) => {
    const store = makePrefectStore(world);
    const ecs = makeEcsWorld(world, makeContainers(world, store));
    startOutsideEvents(world, store);
    startAgents({ world, api: makePrefectApi(world, store), ecs, coverage, bug });
    const hasOwnDefinitions = () => scenario.variant.definitionPerRun && ecs.hasActive();
    return {
      isSettled: () => [...store.runs.values()].every(isOver) && !ecs.tasks.some(isLive),
      aftermathMs: () => hasOwnDefinitions() ? DEREGISTERED_MS : AFTERMATH_MS,
    };
  });
}

/** Plays the world of a seed. */
export function playSeed(seed: number, bug: PlantedBug | null = null): Promise<Played> {
  return playScenario(scenarioOf(seed), bug);
}
