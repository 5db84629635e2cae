/**
 * One world of Kubernetes from its beginning until everything in it is settled.
 *
 * @module
 */

import type { Coverage } from "../agent_process.ts";
import { makeContainers } from "../container.ts";
import { startOutsideEvents } from "../outside_events.ts";
import { makePrefectApi } from "../prefect1/api.ts";
import { isOver, makePrefectStore, type PrefectStore } from "../prefect1/store.ts";
import { AFTERMATH_MS, LOOK_MS, SETTLING_MS, START_MS } from "../settling.ts";
import { diceOf } from "../world/dice.ts";
import { type Entry, makeHistory } from "../world/history.ts";
import { makeVirtualTime } from "../world/virtual_time.ts";
import { elapsed } from "../world/world.ts";
import { startKubeAgents } from "./agents.ts";
import { type Cluster, makeCluster } from "./cluster/cluster.ts";
import type { KubeScenario, KubeWorld } from "./cluster/faults.ts";
import { beginPod } from "./cluster/pods.ts";
import { isPodLive } from "./cluster/records.ts";
import { makeWatches } from "./cluster/watches.ts";
import { startClusterEvents } from "./outside_events.ts";
import type { PlantedKubeBug } from "./planted_bugs.ts";
import { kubeScenarioOf } from "./scenario.ts";

/** What a world came to. */
export interface PlayedKube {
  readonly scenario: KubeScenario;
  readonly startMs: number;
  readonly history: readonly Entry[];
  readonly faults: ReadonlyMap<string, number>;
  readonly coverage: Coverage;
  readonly fired: number;
  /** Whether everything was settled before time was up. */
  readonly isSettled: boolean;
}

/** Within this time after a run is over its Job is deleted, however busy the API server was. */
const REMOVED_MS = 12 * 60_000;

/** Plays a scenario. */
export async function playKubeScenario(
  scenario: KubeScenario,
  bug: PlantedKubeBug | null = null,
): Promise<PlayedKube> {
  const time = makeVirtualTime(START_MS);
  const world: KubeWorld = {
    scenario,
    time,
    history: makeHistory(time.now),
    startMs: START_MS,
    dice: diceOf(scenario.seed, "world"),
    faults: new Map(),
  };
  const coverage: Coverage = new Map();
  const store = makePrefectStore(world);
  const cluster = makeCluster(world, { container: makeContainers(world, store), begin: beginPod });
  const end = { cluster, watches: makeWatches(cluster), pages: new Map() };
  startOutsideEvents(world, store);
  startClusterEvents(cluster);
  startKubeAgents({ world, api: makePrefectApi(world, store), end, coverage, bug });
  const watch = watchOver(cluster, store);
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
export function playKubeSeed(seed: number, bug: PlantedKubeBug | null = null): Promise<PlayedKube> {
  return playKubeScenario(kubeScenarioOf(seed), bug);
}

/** Looks now and then whether there is anything left to happen. */
function watchOver(cluster: Cluster, store: PrefectStore) {
  const { world } = cluster;
  let settledMs: number | null = null;
  let isOverNow = false;
  const isSettled = () =>
    [...store.runs.values()].every(isOver) && !cluster.jobs.some(({ pods }) => pods.some(isPodLive)) &&
    elapsed(world) >= world.scenario.calmMs;
  const look = () => {
    if (!isSettled()) settledMs = null;
    else settledMs ??= world.time.now();
    const waitMs = hasJobs(cluster) ? REMOVED_MS : AFTERMATH_MS;
    isOverNow = settledMs !== null && world.time.now() - settledMs >= waitMs;
    world.time.after(LOOK_MS, look);
  };
  look();
  return { isOver: () => isOverNow, isSettled };
}

/** Whether a Job is still there that an agent may delete. */
function hasJobs({ jobs, world }: Cluster): boolean {
  return world.scenario.keepJobs !== "all" && jobs.some(({ isGone, token }) => !isGone && token !== null);
}
