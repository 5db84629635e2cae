/**
 * One world from its beginning until everything in it is settled.
 *
 * @module
 */

import { startAgents } from "./agents.ts";
import { makeContainers } from "./container.ts";
import { diceOf } from "./world/dice.ts";
import { isLive } from "./ecs/tasks.ts";
import { type EcsWorld, makeEcsWorld } from "./ecs/world.ts";
import { type Entry, makeHistory } from "./world/history.ts";
import type { Coverage } from "./agent_process.ts";
import { startOutsideEvents } from "./outside_events.ts";
import type { PlantedBug } from "./planted_bugs.ts";
import { makePrefectApi } from "./prefect1/api.ts";
import { isOver, makePrefectStore, type PrefectStore } from "./prefect1/store.ts";
import { AFTERMATH_MS, LOOK_MS, SETTLING_MS, START_MS } from "./settling.ts";
import { type Scenario, scenarioOf } from "./world/scenario.ts";
import { makeVirtualTime } from "./world/virtual_time.ts";
import { elapsed, type World } from "./world/world.ts";

/** What a world came to. */
export interface Played {
  readonly scenario: Scenario;
  readonly startMs: number;
  readonly history: readonly Entry[];
  readonly faults: ReadonlyMap<string, number>;
  readonly coverage: Coverage;
  readonly fired: number;
  /** Whether everything was settled before time was up. */
  readonly isSettled: boolean;
}

/** Within this time after a run is over a definition of its own is deregistered, however busy AWS was. */
const DEREGISTERED_MS = 11 * 60_000;

/** Plays a scenario. */
export async function playScenario(scenario: Scenario, bug: PlantedBug | null = null): Promise<Played> {
  const time = makeVirtualTime(START_MS);
  const world: World = {
    scenario,
    time,
    history: makeHistory(time.now),
    startMs: START_MS,
    dice: diceOf(scenario.seed, "world"),
    faults: new Map(),
  };
  const coverage: Coverage = new Map();
  const store = makePrefectStore(world);
  const ecs = makeEcsWorld(world, makeContainers(world, store));
  startOutsideEvents(world, store);
  startAgents({ world, api: makePrefectApi(world, store), ecs, coverage, bug });
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
export function playSeed(seed: number, bug: PlantedBug | null = null): Promise<Played> {
  return playScenario(scenarioOf(seed), bug);
}

/** Looks now and then whether there is anything left to happen. */
function watchOver(world: World, store: PrefectStore, ecs: EcsWorld) {
  let settledMs: number | null = null;
  let isOverNow = false;
  const isSettled = () =>
    [...store.runs.values()].every(isOver) && !ecs.tasks.some(isLive) &&
    elapsed(world) >= world.scenario.calmMs;
  const look = () => {
    if (!isSettled()) settledMs = null;
    else settledMs ??= world.time.now();
    const waitMs = hasOwnDefinitions(world, ecs) ? DEREGISTERED_MS : AFTERMATH_MS;
    isOverNow = settledMs !== null && world.time.now() - settledMs >= waitMs;
    world.time.after(LOOK_MS, look);
  };
  look();
  return { isOver: () => isOverNow, isSettled };
}

/** Whether a definition of one run alone is still registered. */
function hasOwnDefinitions({ scenario }: World, { hasActive }: EcsWorld): boolean {
  return scenario.variant.definitionPerRun && hasActive();
}
