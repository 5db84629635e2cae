/**
 * Scheduler and kubelet of a simulated cluster: how a pod gets a node, pulls its image, runs its container, and what may go
 * wrong on the way.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { fault, faultsAreOn } from "../../world/world.ts";
import { type Cluster, deletePod, dropPod, showPod } from "./cluster.ts";
import { isPodLive, isPodOver, moment, type SimPod } from "./records.ts";

/** Waits of the kubelet before it pulls again, in milliseconds. */
const PULL_AGAIN_MS = 8000;

/** A container that failed is started again in its pod after this time, in milliseconds. */
const RESTART_MS = 10_000;

/** So long after a node was lost its pods are marked for deletion, in milliseconds. @see node-monitor-grace-period, tolerations */
const LOST_MS = 340_000;

/** Brings a new pod on its way. */
export function beginPod(cluster: Cluster, pod: SimPod): void {
  const { world } = cluster;
  const { kube } = world.scenario;
  const isStormy = faultsAreOn(world);
  world.time.after(world.dice.pick([2, 100, 2000]), () => {
    if (!isComing(pod)) return;
    if (isStormy && world.dice.chance(kube.unschedulable)) return holdBack(cluster, pod);
    bind(cluster, pod);
  });
}

function isComing(pod: SimPod): boolean {
  return isPodLive(pod) && pod.deletingMs === null;
}

function later(cluster: Cluster, pod: SimPod, ms: number, fn: () => void): void {
  cluster.world.time.after(ms, () => {
    if (isComing(pod)) fn();
  });
}

/** Until faults end, at the longest. */
function untilCalm({ world: { time, startMs, scenario } }: Cluster, ms: number): number {
  return Math.min(ms, Math.max(0, startMs + scenario.calmMs - time.now()));
}

function holdBack(cluster: Cluster, pod: SimPod): void {
  const { world } = cluster;
  const message = `0/3 nodes are available: 3 Insufficient memory. no room for ${pod.name}`;
  fault(world, "unschedulable", pod.name);
  pod.conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }];
  trouble(cluster, pod, message);
  showPod(cluster, pod);
  tell(cluster, pod, "Warning", "FailedScheduling", message);
  later(cluster, pod, untilCalm(cluster, world.dice.pick([3000, 20_000, 60_000, 600_000])), () => {
    trouble(cluster, pod, null);
    bind(cluster, pod);
  });
}

function bind(cluster: Cluster, pod: SimPod): void {
  const { world } = cluster;
  const { kube } = world.scenario;
  pod.conditions = [{ type: "PodScheduled", status: "True" }];
  wait(cluster, pod, "ContainerCreating", null);
  tell(cluster, pod, "Normal", "Pulling", `Pulling image for ${pod.name}`);
  const isStormy = faultsAreOn(world);
  later(cluster, pod, world.dice.pick([20, 500, 5000, 30_000]), () => {
    if (isStormy && world.dice.chance(kube.badImage)) return pullBadly(cluster, pod);
    if (isStormy && world.dice.chance(kube.badConfig)) return lackConfig(cluster, pod);
    start(cluster, pod);
  });
}

function wait(cluster: Cluster, pod: SimPod, reason: string, message: string | null): void {
  pod.state = { waiting: { reason, ...(message === null ? {} : { message }) } };
  showPod(cluster, pod);
}

/** An image that comes with the second pull, or one that never does. */
function pullBadly(cluster: Cluster, pod: SimPod): void {
  const { world } = cluster;
  const how = world.dice.pick(["flaky", "missing", "InvalidImageName"]);
  fault(world, "badImage", `${pod.name} ${how}`);
  const message = `failed to pull the image of ${pod.name}: not found`;
  trouble(cluster, pod, message);
  if (how !== "flaky") pod.isDead = true;
  if (how === "InvalidImageName") return wait(cluster, pod, how, message);
  wait(cluster, pod, "ErrImagePull", message);
  tell(cluster, pod, "Warning", "Failed", message);
  world.time.after(500, () => {
    if (pod.isGone || pod.deletingMs !== null) return;
    wait(cluster, pod, "ImagePullBackOff", `Back-off pulling the image of ${pod.name}`);
  });
  if (how !== "flaky") return;
  later(cluster, pod, PULL_AGAIN_MS, () => {
    trouble(cluster, pod, null);
    tell(cluster, pod, "Normal", "Pulling", `Pulling image for ${pod.name}`);
    start(cluster, pod);
  });
}

function lackConfig(cluster: Cluster, pod: SimPod): void {
  const { world } = cluster;
  const message = `secret "of-${pod.name}" not found`;
  fault(world, "badConfig", pod.name);
  trouble(cluster, pod, message);
  wait(cluster, pod, "CreateContainerConfigError", message);
  later(cluster, pod, untilCalm(cluster, world.dice.pick([3000, 20_000, 60_000, 600_000])), () => {
    trouble(cluster, pod, null);
    start(cluster, pod);
  });
}

function start(cluster: Cluster, pod: SimPod): void {
  const { world } = cluster;
  const { kube } = world.scenario;
  pod.phase = "Running";
  pod.state = { running: { startedAt: moment(world.time.now()) } };
  pod.kill = cluster.container({ startedBy: pod.job.runId ?? "" }, (code) => exited(cluster, pod, code));
  showPod(cluster, pod);
  if (!faultsAreOn(world)) return;
  for (const kind of ["evict", "nodeLost", "deletePod"] as const) {
    if (!world.dice.chance(kube[kind])) continue;
    world.time.after(world.dice.int(0, 60_000), () => {
      if (!isComing(pod) || !faultsAreOn(world)) return;
      fault(world, kind, pod.name);
      HARMS[kind](cluster, pod);
    });
    return;
  }
}

const HARMS = {
  evict: (cluster: Cluster, pod: SimPod) => {
    pod.reason = "Evicted";
    pod.message = "The node was low on resource: memory.";
    pod.conditions = [{ type: "DisruptionTarget", status: "True", reason: "TerminationByKubelet" }];
    pod.kill();
    fail(cluster, pod, { exitCode: 137, reason: "Error" });
  },
  deletePod: (cluster: Cluster, pod: SimPod) => {
    pod.conditions = [{ type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI" }];
    deletePod(cluster, pod);
  },
  nodeLost: (cluster: Cluster, pod: SimPod) => {
    pod.kill();
    pod.isDead = true;
    const { world } = cluster;
    showPod(cluster, pod);
    world.time.after(LOST_MS, () => {
      if (pod.isGone) return;
      pod.conditions = [{ type: "DisruptionTarget", status: "True", reason: "DeletionByTaintManager" }];
      pod.deletingMs = world.time.now();
      if (!world.scenario.kube.replacesDeleted) pod.job.failed++;
      showPod(cluster, pod);
      world.time.after(world.dice.int(10_000, 300_000), () => dropPod(cluster, pod));
    });
  },
} as const;

/** The container has ended by itself. */
function exited(cluster: Cluster, pod: SimPod, exitCode: number): void {
  const { world } = cluster;
  const end = { exitCode, reason: exitCode === 0 ? "Completed" : "Error" };
  world.time.after(world.dice.pick([2, 100, 1000]), () => {
    if (pod.isGone || isPodOver(pod)) return;
    if (exitCode !== 0) return fail(cluster, pod, end);
    pod.state = { terminated: end };
    pod.phase = "Succeeded";
    showPod(cluster, pod);
  });
}

function fail(cluster: Cluster, pod: SimPod, end: JsonObject): void {
  const { job } = pod;
  job.failed++;
  if (job.restartsInPlace && pod.reason === null && job.failed <= job.backoffLimit && isComing(pod)) {
    return restart(cluster, pod, end);
  }
  pod.state = { terminated: end };
  pod.phase = "Failed";
  showPod(cluster, pod);
}

/** The kubelet starts the container again in its pod. */
function restart(cluster: Cluster, pod: SimPod, end: JsonObject): void {
  pod.lastState = { terminated: end };
  wait(cluster, pod, "CrashLoopBackOff", "back-off restarting the failed container");
  later(cluster, pod, RESTART_MS, () => {
    pod.restarts++;
    start(cluster, pod);
  });
}

/** An event about a pod; the scheduler writes its own without a last moment. */
function tell(
  { table, world }: Cluster,
  pod: SimPod,
  type: "Normal" | "Warning",
  reason: string,
  message: string,
): void {
  const now = world.time.now();
  table.put("events", pod.job.namespace, {
    metadata: { name: `${pod.name}.${table.version}`, creationTimestamp: moment(now) },
    involvedObject: { kind: "Pod", name: pod.name, uid: pod.uid },
    ...{ type, reason, message },
    ...(reason === "FailedScheduling" ? {} : { lastTimestamp: moment(now) }),
  });
}

/** For the record: since now the cluster knows why the pod does not run; null: it does again. */
function trouble({ world }: Cluster, pod: SimPod, text: string | null): void {
  const { task, runId } = pod.job;
  if (runId !== null) world.history.add({ what: "trouble", task, run: runId, text });
}
