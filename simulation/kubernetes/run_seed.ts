/**
 * One world of Kubernetes.
 *
 * @module
 */

import { makeContainers } from "../container.ts";
import { startOutsideEvents } from "../outside_events.ts";
import { type Played, playWorld } from "../play_world.ts";
import { makePrefectApi } from "../prefect1/api.ts";
import { isOver, makePrefectStore } from "../prefect1/store.ts";
import { AFTERMATH_MS } from "../settling.ts";
import { startKubeAgents } from "./agents.ts";
import { type Cluster, makeCluster } from "./cluster/cluster.ts";
import type { KubeScenario } from "./cluster/faults.ts";
import { beginPod } from "./cluster/pods.ts";
import { isPodLive } from "./cluster/records.ts";
import { makeWatches } from "./cluster/watches.ts";
import { startClusterEvents } from "./outside_events.ts";
import type { PlantedKubeBug } from "./planted_bugs.ts";
import { kubeScenarioOf } from "./scenario.ts";

/** Within this time after a run is over its Job is deleted, however busy the API server was. */
const REMOVED_MS = 12 * 60_000;

/** Plays a scenario. */
export function playKubeScenario(
  scenario: KubeScenario,
  bug: PlantedKubeBug | null = null,
): Promise<Played<KubeScenario>> {
  return playWorld(scenario, (world, coverage) => {
    const store = makePrefectStore(world);
    const cluster = makeCluster(world, { container: makeContainers(world, store), begin: beginPod });
    const end = { cluster, watches: makeWatches(cluster), pages: new Map() };
    startOutsideEvents(world, store);
    startClusterEvents(cluster);
    startKubeAgents({ world, api: makePrefectApi(world, store), end, coverage, bug });
    return {
      isSettled: () =>
        [...store.runs.values()].every(isOver) && !cluster.jobs.some(({ pods }) => pods.some(isPodLive)),
      aftermathMs: () => hasJobs(cluster) ? REMOVED_MS : AFTERMATH_MS,
    };
  });
}

/** Plays the world of a seed. */
export function playKubeSeed(
  seed: number,
  bug: PlantedKubeBug | null = null,
): Promise<Played<KubeScenario>> {
  return playKubeScenario(kubeScenarioOf(seed), bug);
}

/** Whether a Job is still there that an agent may delete. */
function hasJobs({ jobs, world }: Cluster): boolean {
  return world.scenario.keepJobs !== "all" && jobs.some(({ isGone, token }) => !isGone && token !== null);
}
