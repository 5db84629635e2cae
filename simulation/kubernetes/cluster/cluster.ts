/**
 * The simulated cluster: its objects, and the controllers that make pods for Jobs, end Jobs and delete what is to be deleted.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { faultsAreOn, type World } from "../../world/world.ts";
import type { KubeWorld } from "./faults.ts";
import { ObjectTable } from "./object_table.ts";
import {
  isFinished,
  isPodLive,
  isPodOver,
  jobObject,
  mayHavePod,
  moment,
  newJob,
  podObject,
  type SimJob,
  type SimPod,
} from "./records.ts";

/** What a pod holds: told the run when its container starts; the answer ends it. */
export type FlowContainer = (
  task: { readonly startedBy: string },
  exit: (code: number) => void,
) => () => void;

/** A cluster. */
export interface Cluster {
  readonly world: KubeWorld;
  readonly table: ObjectTable;
  /** All that were ever made. */
  readonly jobs: SimJob[];
  readonly container: FlowContainer;
  /** Brings a new pod on its way. */
  readonly begin: (cluster: Cluster, pod: SimPod) => void;
}

/** Makes an empty one. */
export function makeCluster(
  world: KubeWorld,
  { container, begin }: Pick<Cluster, "container" | "begin">,
): Cluster {
  return { world, table: new ObjectTable(), jobs: [], container, begin };
}

/** The Job of this name that is there; null: none is. */
export function findJob({ jobs }: Cluster, namespace: string, name: string): SimJob | null {
  return jobs.findLast((job) => job.namespace === namespace && job.name === name && !job.isGone) ?? null;
}

/** Makes a Job; its pod follows. */
export function addJob(cluster: Cluster, namespace: string, sent: JsonObject): SimJob {
  const { jobs, world } = cluster;
  const job = newJob(sent, { namespace, number: jobs.length + 1, madeMs: world.time.now() });
  jobs.push(job);
  cluster.table.put("jobs", namespace, jobObject(job));
  return job;
}

/** Shows a Job as it is now, and tells the record whether it lives. */
export function showJob(cluster: Cluster, job: SimJob): void {
  if (!job.isGone) cluster.table.put("jobs", job.namespace, jobObject(job));
  tellLife(cluster.world, job);
}

/** Shows a pod as it is now; its Job's controller takes notice. */
export function showPod(cluster: Cluster, pod: SimPod): void {
  if (!pod.isGone) cluster.table.put("pods", pod.job.namespace, podObject(pod));
  tellLife(cluster.world, pod.job);
  notice(cluster, pod.job);
}

/** Tells the record whether something of a Job runs or may still run. */
export function tellLife(world: World, job: SimJob): void {
  const live = job.pods.filter(isPodLive);
  // A pod whose image is never to be had keeps its place.
  const isStuck = job.pods.some(({ isDead, isGone, phase }) => isDead && !isGone && phase === "Pending");
  const isLive = live.length > 0 || (mayHavePod(job) && !isStuck);
  const isRunning = live.some(({ phase }) => phase === "Running");
  const status = !isLive ? "STOPPED" : isRunning ? "RUNNING" : "PENDING";
  const isStopping = job.deletingMs !== null || job.isGone || isFinished(job) ||
    live.some(({ deletingMs }) => deletingMs !== null);
  const told = `${status} ${isStopping}`;
  if (job.told === told || job.told.startsWith("STOPPED")) return;
  job.told = told;
  const why = job.isGone ? "the Job is gone" : job.deletingMs !== null ? "the Job is being deleted" : "";
  world.history.add({ what: "status", task: job.task, status, isStopping, why });
}

/** The job controller notices a Job after a while. */
export function notice(cluster: Cluster, job: SimJob): void {
  const { world } = cluster;
  const slowMs = faultsAreOn(world) ? world.scenario.kube.controllerMs : 0;
  const ms = world.dice.pick([5, 50, 300]) + (slowMs === 0 ? 0 : world.dice.int(0, slowMs));
  world.time.after(ms, () => reconcile(cluster, job));
}

const BACKOFF_MS = 10_000;

/** Ends a Job, or makes its next pod. */
function reconcile(cluster: Cluster, job: SimJob): void {
  if (job.isGone) return;
  if (job.deletingMs !== null) return collect(cluster, job);
  if (isFinished(job)) return;
  if (job.pods.some(({ phase }) => phase === "Succeeded")) return finish(cluster, job, "Complete");
  if (job.failed > job.backoffLimit) return finish(cluster, job, "Failed");
  const { replacesDeleted } = cluster.world.scenario.kube;
  const isActive = (pod: SimPod) =>
    !pod.isGone && !isPodOver(pod) && (pod.deletingMs === null || !replacesDeleted);
  if (job.pods.some(isActive)) return;
  if (job.failed === 0) return addPod(cluster, job);
  const count = job.pods.length;
  cluster.world.time.after(BACKOFF_MS * 2 ** (job.failed - 1), () => {
    if (job.pods.length === count && mayHavePod(job)) addPod(cluster, job);
  });
}

function addPod(cluster: Cluster, job: SimJob): void {
  const { world } = cluster;
  const number = job.pods.length + 1;
  const pod: SimPod = {
    job,
    name: `${job.name}-${number}`,
    uid: `${job.uid}-${number}`,
    madeMs: world.time.now(),
    phase: "Pending",
    conditions: [],
    state: null,
    lastState: null,
    restarts: 0,
    reason: null,
    message: null,
    deletingMs: null,
    isGone: false,
    isDead: false,
    kill: () => undefined,
  };
  job.pods.push(pod);
  cluster.table.put("pods", job.namespace, podObject(pod));
  showJob(cluster, job);
  cluster.begin(cluster, pod);
}

/** The Job's own condition; what still runs of it is deleted. */
function finish(cluster: Cluster, job: SimJob, type: "Complete" | "Failed"): void {
  const lastTransitionTime = moment(cluster.world.time.now());
  const why = type === "Failed"
    ? { reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" }
    : {};
  job.conditions = [{ type, status: "True", lastTransitionTime, ...why }];
  const happened = type === "Failed" ? "failed" : "done";
  cluster.world.history.add({ what: "job", task: job.task, happened, agent: null, sentMs: 0 });
  showJob(cluster, job);
  for (const pod of job.pods) deletePod(cluster, pod);
}

/** Deletes a Job. `Foreground`: it stays until its pods are gone; `Background`: they follow it. */
export function deleteJob(cluster: Cluster, job: SimJob, how: "Foreground" | "Background"): void {
  if (job.isGone) return;
  if (how === "Background") return dropJob(cluster, job);
  if (job.deletingMs !== null) return;
  job.deletingMs = cluster.world.time.now();
  showJob(cluster, job);
  notice(cluster, job);
}

/** The garbage collector: pods first, then the Job. */
function collect(cluster: Cluster, job: SimJob): void {
  if (job.pods.every(({ isGone }) => isGone)) return dropJob(cluster, job);
  for (const pod of job.pods) removePod(cluster, pod);
}

function dropJob(cluster: Cluster, job: SimJob): void {
  job.isGone = true;
  cluster.table.drop("jobs", job.namespace, job.name);
  cluster.world.history.add({ what: "job", task: job.task, happened: "gone", agent: null, sentMs: 0 });
  for (const pod of job.pods) removePod(cluster, pod);
  tellLife(cluster.world, job);
}

/** A pod that has ended is removed at once, another one is given time to end. */
function removePod(cluster: Cluster, pod: SimPod): void {
  if (pod.isGone) return;
  if (isPodOver(pod) || pod.isDead) return dropPod(cluster, pod);
  deletePod(cluster, pod);
}

/** Deletes a pod in good order, as a drain does: what runs in it may go on for a while. */
export function deletePod(cluster: Cluster, pod: SimPod): void {
  const { world } = cluster;
  if (pod.isGone || isPodOver(pod) || pod.deletingMs !== null) return;
  pod.deletingMs = world.time.now();
  showPod(cluster, pod);
  // A process that is the first of its container ignores SIGTERM.
  const graceMs = pod.phase === "Pending" ? world.dice.pick([5, 500]) : world.dice.pick([50, 2000, 30_000]);
  world.time.after(graceMs, () => {
    if (pod.isGone) return;
    pod.kill();
    const isCounted = !isPodOver(pod) && !world.scenario.kube.replacesDeleted;
    if (isCounted) pod.job.failed++;
    if (pod.state !== null && "running" in pod.state) {
      pod.state = { terminated: { exitCode: 137, signal: 9, reason: "Error" } };
      pod.phase = "Failed";
    }
    pod.isDead = true;
    showPod(cluster, pod);
    world.time.after(world.dice.pick([5, 500]), () => dropPod(cluster, pod));
  });
}

/** Removes a pod at once. */
export function dropPod(cluster: Cluster, pod: SimPod): void {
  if (pod.isGone) return;
  pod.kill();
  pod.isGone = true;
  pod.isDead = true;
  cluster.table.drop("pods", pod.job.namespace, pod.name);
  tellLife(cluster.world, pod.job);
  notice(cluster, pod.job);
}
