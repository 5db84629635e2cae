/**
 * What others do in a simulated cluster: delete Jobs of runs, and have Jobs of their own.
 *
 * @module
 */

import { FLOW_RUN_LABEL, IDENTIFIER_LABEL } from "../../schemas/kubernetes/labels.ts";
import { fault, faultsAreOn } from "../world/world.ts";
import { strangersJob } from "./cluster/api_server.ts";
import { addJob, type Cluster, deleteJob, showJob } from "./cluster/cluster.ts";
import type { Stranger } from "./cluster/faults.ts";

/** Schedules these events. */
export function startClusterEvents(cluster: Cluster): void {
  const { scenario } = cluster.world;
  for (const namespace of new Set(scenario.agents.map((agent) => agent.cluster))) {
    scenario.strangers.forEach((stranger, at) => {
      const job = addJob(cluster, namespace, strangersJob(`stranger-${at}`, LABELS[stranger]));
      job.conditions = [{ type: cluster.world.dice.pick(["Complete", "Failed"]), status: "True" }];
      showJob(cluster, job);
    });
  }
  if (scenario.kube.deleteJob === 0) return;
  cluster.table.onChange((change) => {
    if (change.kind !== "jobs" || change.type !== "ADDED") return;
    const job = cluster.jobs.at(-1);
    if (job === undefined || job.token === null || !cluster.world.dice.chance(scenario.kube.deleteJob)) {
      return;
    }
    const { world } = cluster;
    world.time.after(world.dice.int(0, 60_000), () => {
      if (job.isGone || job.deletingMs !== null || !faultsAreOn(world)) return;
      fault(world, "deleteJob", job.name);
      deleteJob(cluster, job, world.dice.pick(["Foreground", "Background"]));
    });
  });
}

/** A run that the API does not know. */
const UNKNOWN = "ffffffff-0000-4000-8000-000000000000";

const LABELS: Readonly<Record<Stranger, Readonly<Record<string, string>>>> = {
  unlabelled: {},
  noRun: { [IDENTIFIER_LABEL]: "stranger" },
  unknownRun: { [IDENTIFIER_LABEL]: "stranger", [FLOW_RUN_LABEL]: UNKNOWN },
};
