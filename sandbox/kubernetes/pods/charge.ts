/**
 * A pod that the kubelet has taken up, and the steps that all its parts share.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import type { RunningContainer } from "../../containers/launcher.ts";
import type { Cluster } from "../cluster.ts";
import { isFinished } from "../control/job_controller.ts";
import { type Place, uidOf } from "../objects/meta.ts";
import { type ContainerSight, type ContainerState, statusOfPod } from "./pod_status.ts";

/** A pod that was taken up. */
export interface Charge {
  readonly uid: string;
  readonly place: Place;
  readonly containers: Map<string, ContainerSight>;
  readonly running: Map<string, RunningContainer>;
  /** Forget timers. */
  readonly timers: Set<() => void>;
  isEnding: boolean;
}

/** What the steps share. */
export interface Stage {
  readonly cluster: Cluster;
  /** By uid of the pod. */
  readonly charges: Map<string, Charge>;
  /** Starts what is due. */
  readonly advance: (charge: Charge, pod: JsonObject) => void;
}

/** Takes a step later, with the pod as it is then. */
export function later(stage: Stage, charge: Charge, ms: number, step: (pod: JsonObject) => void): void {
  const cancel = stage.cluster.clock.after(ms, () => {
    charge.timers.delete(cancel);
    const pod = podOf(stage, charge);
    if (pod !== undefined) step(pod);
  });
  charge.timers.add(cancel);
}

/** The pod as it is now; undefined: it is gone, or let go. */
export function podOf({ cluster, charges }: Stage, { uid, place }: Charge): JsonObject | undefined {
  const pod = charges.has(uid) ? cluster.store.get("pods", place) : undefined;
  return pod !== undefined && uidOf(pod) === uid ? pod : undefined;
}

/** Writes the status; a pod that has ended is let go. */
export function write({ cluster, charges }: Stage, charge: Charge, pod: JsonObject): void {
  const status = statusOfPod(pod, charge.containers, cluster.clock.now());
  if (isFinished({ status }) && charge.running.size === 0) charges.delete(charge.uid);
  if (JSON.stringify(status) === JSON.stringify(pod["status"])) return;
  cluster.store.put("pods", { ...pod, status });
}

/** Changes what is known of a container. */
export function change(
  charge: Charge,
  name: string,
  state: ContainerState,
  more: Partial<ContainerSight> = {},
): void {
  const sight = charge.containers.get(name);
  if (sight !== undefined) charge.containers.set(name, { ...sight, ...more, state });
}

/** What is told of a pod. */
export interface Told {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** Writes an event about the pod. */
export function tell({ cluster }: Stage, pod: JsonObject, told: Told): void {
  cluster.tell({ ...told, about: pod, component: "kubelet" });
}
