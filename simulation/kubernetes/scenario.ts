/**
 * What a seed stands for in the worlds of Kubernetes: agents, runs, network and crashes as in the worlds of Prefect 1, and a
 * cluster in the place of ECS. Plain data.
 *
 * @module
 */

import type { JsonObject } from "../../schemas/json/json.ts";
import { type Dice, diceOf } from "../world/dice.ts";
import { type NetworkFaults, scenarioOf, type Window } from "../world/scenario.ts";
import { PLAIN } from "../world/variant.ts";
import type { ClusterFaults, CutHow, KubeScenario, Stranger } from "./cluster/faults.ts";

/** The operations that network faults are aimed at: few messages matter much. */
const AIMS: readonly [readonly string[], ...(readonly string[])[]] = [
  ["create jobs"],
  ["create jobs", "get jobs"],
  ["create jobs", "set_flow_run_states"],
  ["set_flow_run_states"],
  ["set_flow_run_states", "flow_run"],
  ["delete jobs"],
  ["delete jobs", "watch jobs", "watch pods"],
  ["watch jobs", "watch pods", "watch events"],
  ["list jobs", "list pods", "list events"],
  ["set_task_run_states", "task_run"],
  ["write_run_logs"],
];

const ENV: JsonObject = { RUN_SECRET: "s3cret-of-the-run" };

/** The world of a seed. Its cluster has dice of its own. */
export function kubeScenarioOf(seed: number): KubeScenario {
  const base = scenarioOf(seed);
  const dice = diceOf(seed, "kubernetes");
  const { calmMs } = base;
  return {
    ...base,
    ...{ flavour: "ecs", variant: PLAIN, update: null },
    // One namespace each: as clusters of ECS they do not know of each other.
    network: aimed(dice, base.network),
    ecs: { ...base.ecs, denied: [], throttle: [], limitShare: 1 },
    runConfig: runConfigOf(dice),
    kube: clusterOf(dice, calmMs),
    keepJobs: dice.pick(["none", "none", "none", "failed", "all"]),
    strangers: dice.chance(0.2) ? [dice.pick<Stranger>(["unlabelled", "unknownRun", "noRun"])] : [],
  };
}

function aimed(dice: Dice, network: NetworkFaults): NetworkFaults {
  return network.aim === null ? network : { ...network, aim: dice.pick(AIMS) };
}

/** Some runs bring a template that retries. */
function runConfigOf(dice: Dice): JsonObject {
  if (!dice.chance(0.15)) return { type: "UniversalRun", labels: [], env: ENV };
  const isInPlace = dice.chance(0.5);
  const pod = { restartPolicy: isInPlace ? "OnFailure" : "Never", containers: [{ name: "flow" }] };
  const spec = { backoffLimit: dice.int(1, 2), template: { spec: pod } };
  return {
    type: "KubernetesRun",
    labels: [],
    env: ENV,
    job_template: { apiVersion: "batch/v1", kind: "Job", spec },
  };
}

function clusterOf(dice: Dice, calmMs: number): ClusterFaults {
  const some = () => dice.chance(0.2) ? dice.pick([0.2, 0.5, 0.9]) : 0;
  const cutWish = dice.chance(0.3) ? dice.int(1, 4) : 0;
  return {
    outages: windowsOf(dice, { calmMs, probability: 0.2, how: ["down", "hang", "503", "500", "after"] }),
    throttle: windowsOf(dice, {
      ...{ calmMs, probability: 0.15 },
      how: ["all", "create jobs", "delete jobs", "list jobs", "watch pods"],
    }),
    denied: dice.chance(0.06)
      ? [dice.pick(["delete jobs", "watch jobs", "watch pods", "list events", "get pods/log"])]
      : [],
    quota: dice.chance(0.06) ? dice.int(0, 2) : null,
    nameTaken: dice.chance(0.04) ? 0.5 : 0,
    lagMs: dice.pick([0, 0, 100, 3000]),
    cuts: Array.from({ length: cutWish }, () => ({
      atMs: momentOf(dice, calmMs),
      how: dice.pick<CutHow>(["end", "reset", "silent", "error"]),
    })),
    compactions: dice.chance(0.3) ? [momentOf(dice, calmMs), momentOf(dice, calmMs)] : [],
    pageSize: dice.pick([250, 250, 1, 2]),
    controllerMs: dice.pick([0, 0, 2000, 20_000]),
    unschedulable: some(),
    badImage: some() / 2,
    badConfig: some() / 2,
    evict: some() / 2,
    nodeLost: some() / 4,
    deletePod: some() / 2,
    deleteJob: some() / 2,
    replacesDeleted: dice.chance(0.3),
  };
}

/** Mostly early, while runs are on their way. */
function momentOf(dice: Dice, calmMs: number): number {
  return dice.int(0, dice.chance(0.6) ? Math.min(20_000, calmMs) : calmMs - 1);
}

interface WindowWish {
  readonly calmMs: number;
  readonly probability: number;
  readonly how: readonly [string, ...string[]];
}

function windowsOf(dice: Dice, { calmMs, probability, how }: WindowWish): readonly Window[] {
  if (!dice.chance(probability)) return [];
  return Array.from({ length: dice.int(1, 2) }, () => {
    const fromMs = momentOf(dice, calmMs);
    const toMs = Math.min(calmMs, fromMs + dice.pick([2000, 20_000, 60_000]));
    return { fromMs, toMs, how: dice.pick(how) };
  });
}
