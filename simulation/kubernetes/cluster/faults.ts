/**
 * How a simulated cluster behaves: what is slow in it, what goes wrong, and what others do to its Jobs. Plain data; times count
 * from the world's beginning, in milliseconds.
 *
 * @module
 */

import type { KeepJobs } from "../../../schemas/kubernetes/cluster_settings.ts";
import type { Scenario, Window } from "../../world/scenario.ts";
import type { World } from "../../world/world.ts";

/** How an open watch ends: `silent`: nothing comes any more, and nobody says so. */
export type CutHow = "end" | "reset" | "silent" | "error";

/** All open watches end. */
export interface Cut {
  readonly atMs: number;
  readonly how: CutHow;
}

/** The behaviour. Probabilities are for one Job or pod each. */
export interface ClusterFaults {
  /** The API server is away: `down`, `hang`, `503`, `500`, or `after`: it answers 500 after it has done what was asked. */
  readonly outages: readonly Window[];
  /** It answers 429 with Retry-After, to all or to one operation. */
  readonly throttle: readonly Window[];
  /** Operations that the agent's account may not do while faults last. */
  readonly denied: readonly string[];
  /** Most Jobs of a namespace while faults last, by a quota; null: any number. */
  readonly quota: number | null;
  /** The name of a Job is taken by another program's. */
  readonly nameTaken: number;
  /** By how much a watch may be behind. */
  readonly lagMs: number;
  readonly cuts: readonly Cut[];
  /** Moments at which older versions are forgotten. */
  readonly compactions: readonly number[];
  /** Most objects of one page. */
  readonly pageSize: number;
  /** Longest time until the job controller notices something. */
  readonly controllerMs: number;
  /** No node has room, for a while or until the world is calm. */
  readonly unschedulable: number;
  /** The image cannot be pulled, at first or at all. */
  readonly badImage: number;
  /** A secret or config map that the container names is missing. */
  readonly badConfig: number;
  /** The node has no resources left and evicts the pod. */
  readonly evict: number;
  /** The node is lost: its processes have ended, and the cluster hears of it minutes later. */
  readonly nodeLost: number;
  /** Others delete the pod, such as a drain. */
  readonly deletePod: number;
  /** Others delete the Job. */
  readonly deleteJob: number;
  /** Whether another pod follows a deleted one; else the Job has failed. */
  readonly replacesDeleted: boolean;
}

/** A world with a cluster. */
export interface KubeScenario extends Scenario {
  readonly kube: ClusterFaults;
  /** `--keep-jobs` of all agents. */
  readonly keepJobs: KeepJobs;
  /** Jobs in each agent's namespace that are nobody's concern. */
  readonly strangers: readonly Stranger[];
}

/** A Job that was there before the agents: of another program, or of a run that the API does not know. */
export type Stranger = "unlabelled" | "unknownRun" | "noRun";

/** The ground that a cluster stands on. */
export interface KubeWorld extends World {
  readonly scenario: KubeScenario;
}

/** A cluster without faults. */
export const CALM_CLUSTER: ClusterFaults = {
  outages: [],
  throttle: [],
  denied: [],
  quota: null,
  nameTaken: 0,
  lagMs: 0,
  cuts: [],
  compactions: [],
  pageSize: 250,
  controllerMs: 0,
  unschedulable: 0,
  badImage: 0,
  badConfig: 0,
  evict: 0,
  nodeLost: 0,
  deletePod: 0,
  deleteJob: 0,
  replacesDeleted: false,
};
