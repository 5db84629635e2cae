/** A simulated cluster without agents, and the hand that lets time pass in it. @module */

import { makeCluster } from "../../../simulation/kubernetes/cluster/cluster.ts";
import {
  CALM_CLUSTER,
  type ClusterFaults,
  type KubeWorld,
} from "../../../simulation/kubernetes/cluster/faults.ts";
import { beginPod } from "../../../simulation/kubernetes/cluster/pods.ts";
import { kubeScenarioOf } from "../../../simulation/kubernetes/scenario.ts";
import { diceOf } from "../../../simulation/world/dice.ts";
import { makeHistory } from "../../../simulation/world/history.ts";
import { CALM } from "../../../simulation/world/scenario.ts";
import { makeVirtualTime } from "../../../simulation/world/virtual_time.ts";
import { FLOW_RUN_LABEL, IDENTIFIER_LABEL, TOKEN_ANNOTATION } from "../../../schemas/kubernetes/labels.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";

/** A run. */
export const RUN = "00000000-0000-4000-8000-000000000001";

/** A Job as an agent sends it. */
export function sentJob(name: string, spec: JsonObject = {}, restartPolicy = "Never"): JsonObject {
  const labels = { [IDENTIFIER_LABEL]: name, [FLOW_RUN_LABEL]: RUN };
  const template = { metadata: { labels }, spec: { restartPolicy, containers: [{ name: "flow" }] } };
  return {
    metadata: { name, labels, annotations: { [TOKEN_ANNOTATION]: `token-${name}` } },
    spec: { backoffLimit: 0, template, ...spec },
  };
}

/** A cluster; faults last for an hour. @param exits exit codes of its containers in order, after a second each; null: it goes on */
export function simulatedCluster(
  faults: Partial<ClusterFaults> = {},
  exits: readonly (number | null)[] = [0],
) {
  const time = makeVirtualTime(Date.UTC(2024, 0, 1));
  const startMs = time.now();
  const scenario = {
    ...kubeScenarioOf(1),
    ...{ calmMs: 3_600_000, network: CALM, kube: { ...CALM_CLUSTER, ...faults }, strangers: [] },
  };
  const world: KubeWorld = {
    ...{ scenario, time, startMs },
    history: makeHistory(time.now),
    dice: diceOf(7, "test"),
    faults: new Map(),
  };
  const began: string[] = [];
  const cluster = makeCluster(world, {
    begin: beginPod,
    container: ({ startedBy }, exit) => {
      const code = exits[Math.min(began.length, exits.length - 1)] ?? null;
      began.push(startedBy);
      return code === null ? () => undefined : time.after(1000, () => exit(code));
    },
  });
  return {
    cluster,
    world,
    /** Runs whose containers began, in order. */
    began,
    /** Lets time pass. */
    pass: (ms: number) => {
      time.after(ms, () => undefined);
      return time.run(time.now() + ms, () => false);
    },
    /** What the record says of tasks: their statuses, ends and troubles. */
    told: () =>
      world.history.entries.flatMap((entry) => {
        if (entry.what === "status") return [entry.isStopping ? `${entry.status} stopping` : entry.status];
        if (entry.what === "job") return [entry.happened];
        return entry.what === "trouble" ? [entry.text === null ? "no trouble" : "trouble"] : [];
      }),
  };
}
