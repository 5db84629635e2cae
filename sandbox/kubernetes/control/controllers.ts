/**
 * Everything that moves a cluster by itself: the controller of Jobs, the scheduler, the kubelet and the garbage collector. Each
 * change makes them look at what it touches.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { mapping, mappings } from "../../../schemas/json/shape.ts";
import type { Cluster } from "../cluster.ts";
import { isDeleting, ownersOf, placeOf, uidOf } from "../objects/meta.ts";
import type { Change } from "../objects/store.ts";
import { createKubelet, type Kubelet } from "../pods/kubelet.ts";
import { unschedulable } from "../pods/pod_status.ts";
import { afterDrop, remove } from "./garbage.ts";
import { condition, type Counted, decideJob, type JobDecision, phaseOf } from "./job_controller.ts";
import { jobPod, missingAccount } from "./job_pods.ts";
import { nodeOf, schedule } from "./scheduler.ts";

/** A creation that was refused is tried again after this time, in milliseconds. */
const RETRY_MS = 5000;

/** What the controller of Jobs remembers of one. */
interface Memory {
  gone: Counted;
  lastFailureMs: number | null;
  /** Uids of failed pods whose end it has noticed. */
  readonly failed: Set<string>;
  /** Why pods could not be made when it was told last; null: they could. */
  refusal: string | null;
  /** When it is looked at without a change; null: not. */
  again: { readonly atMs: number; readonly cancel: () => void } | null;
}

/** What the parts share. */
interface Stage {
  readonly cluster: Cluster;
  readonly kubelet: Kubelet;
  /** By uid of the Job. */
  readonly memories: Map<string, Memory>;
  /** Changes that were not looked at yet. */
  readonly news: Change[];
  isClosed: boolean;
}

/** Sets a cluster going. @returns what ends everything that runs in it */
export function startControllers(cluster: Cluster): () => void {
  const kubelet = createKubelet(cluster);
  const stage: Stage = { cluster, kubelet, memories: new Map(), news: [], isClosed: false };
  const unlisten = cluster.store.listen((change) => {
    // Events move nothing.
    if (change.table === "events") return;
    stage.news.push(change);
    // What one request changes is looked at once.
    if (stage.news.length === 1) cluster.clock.after(0, () => pass(stage));
  });
  return () => {
    stage.isClosed = true;
    unlisten();
    for (const { again } of stage.memories.values()) again?.cancel();
    kubelet.close();
  };
}

function pass(stage: Stage): void {
  if (stage.isClosed) return;
  const news = stage.news.splice(0);
  const { store, clock } = stage.cluster;
  for (const change of news) {
    if (change.table === "pods") notice(stage, change);
    if (change.type === "DELETED") afterDrop(store, change.object, clock.now());
  }
  for (const uid of touched(stage, news)) control(stage, uid);
  if (news.some(({ table }) => table === "pods" || table === "nodes")) scheduleAll(stage);
  const pods = new Set(news.filter(({ table }) => table === "pods").map(({ object }) => uidOf(object)));
  for (const pod of store.all("pods")) {
    if (pods.has(uidOf(pod)) && nodeOf(pod) !== "") stage.kubelet.look(pod);
  }
}

/** Uids of Jobs that changed, or whose pods did, or that may find what they lacked. */
function touched({ cluster, memories }: Stage, news: readonly Change[]): ReadonlySet<string> {
  const uids = news.flatMap(({ table, object }) =>
    table === "jobs" ? [uidOf(object)] : table === "pods" ? ownersOf(object) : []
  );
  const isAccount = news.some(({ table }) => table === "serviceaccounts");
  const waiting = isAccount
    ? cluster.store.all("jobs").map(uidOf).filter((uid) => (memories.get(uid)?.refusal ?? null) !== null)
    : [];
  return new Set([...uids, ...waiting]);
}

function memoryOf({ memories }: Stage, uid: string): Memory {
  const known = memories.get(uid);
  if (known !== undefined) return known;
  const made: Memory = {
    gone: { succeeded: 0, failed: 0 },
    lastFailureMs: null,
    failed: new Set(),
    refusal: null,
    again: null,
  };
  memories.set(uid, made);
  return made;
}

/** Ends of pods count, also of those that are gone by the time somebody looks. */
function notice(stage: Stage, { type, object, before }: Change): void {
  const [owner] = ownersOf(object);
  if (type === "DELETED") stage.kubelet.forget(uidOf(object));
  if (owner === undefined) return;
  const job = stage.cluster.store.all("jobs").find((one) => uidOf(one) === owner);
  if (job === undefined) return;
  const memory = memoryOf(stage, owner);
  const phase = phaseOf((type === "DELETED" ? before : null) ?? object);
  const hasFailed = phase === "Failed" || (type === "DELETED" && phase !== "Succeeded" && !isHeld(job));
  if (hasFailed && !memory.failed.has(uidOf(object))) {
    memory.failed.add(uidOf(object));
    memory.lastFailureMs = stage.cluster.clock.now();
  }
  if (type !== "DELETED") return;
  const { succeeded, failed } = memory.gone;
  memory.gone = {
    succeeded: succeeded + (phase === "Succeeded" ? 1 : 0),
    failed: failed + (hasFailed ? 1 : 0),
  };
}

/** Pods that end because nobody wants them any more have not failed. */
function isHeld(job: JsonObject): boolean {
  return mapping(job["spec"])["suspend"] === true || condition(job, "Complete") !== null;
}

function control(stage: Stage, uid: string): void {
  const { store, clock } = stage.cluster;
  const job = store.all("jobs").find((one) => uidOf(one) === uid);
  if (job === undefined) return forget(stage, uid);
  const { gone, lastFailureMs } = memoryOf(stage, uid);
  const pods = store.all("pods").filter((pod) => ownersOf(pod).includes(uid));
  const decision = decideJob({ job, pods, gone, lastFailureMs, nowMs: clock.now() });
  carryOut(stage, job, decision);
  if (decision.againMs !== null) again(stage, uid, decision.againMs);
}

function forget({ memories }: Stage, uid: string): void {
  memories.get(uid)?.again?.cancel();
  memories.delete(uid);
}

/** Looks at a Job later, once: at the earliest moment that somebody asked for. */
function again(stage: Stage, uid: string, ms: number): void {
  const memory = memoryOf(stage, uid);
  const atMs = stage.cluster.clock.now() + ms;
  if (memory.again !== null && memory.again.atMs <= atMs) return;
  memory.again?.cancel();
  const cancel = stage.cluster.clock.after(ms, () => {
    memory.again = null;
    control(stage, uid);
  });
  memory.again = { atMs, cancel };
}

function carryOut(stage: Stage, job: JsonObject, { create, end, status, remove: isDue }: JobDecision): void {
  const { store, clock, tell } = stage.cluster;
  const { namespace } = placeOf(job);
  const deletion = { propagation: "Background", graceS: null, nowMs: clock.now() } as const;
  if (isDue) return void remove(store, "jobs", placeOf(job), deletion);
  if (JSON.stringify(status) !== JSON.stringify(job["status"])) {
    store.put("jobs", { ...job, status });
    for (const { type, reason, message } of newConditions(job, status)) {
      tell({ about: job, component: "job-controller", type, reason, message });
    }
  }
  for (const name of end) remove(store, "pods", { namespace, name }, deletion);
  for (let at = 0; at < create; at += 1) makePod(stage, job);
}

/** Ends that are told as events. */
function newConditions(job: JsonObject, status: JsonObject) {
  return mappings(status["conditions"]).filter(({ type }) =>
    (type === "Complete" || type === "Failed") && condition(job, type) === null
  ).map(({ type, reason, message }) =>
    type === "Complete"
      ? { type: "Normal", reason: "Completed", message: "Job completed" } as const
      : { type: "Warning", reason: String(reason), message: String(message) } as const
  );
}

function makePod(stage: Stage, job: JsonObject): void {
  const { store, newUid, newSuffix, clock, tell } = stage.cluster;
  const memory = memoryOf(stage, uidOf(job));
  const refusal = missingAccount(job, (place) => store.get("serviceaccounts", place) !== undefined);
  if (refusal !== null) {
    again(stage, uidOf(job), RETRY_MS);
    if (memory.refusal === refusal) return;
    memory.refusal = refusal;
    return tell({
      about: job,
      component: "job-controller",
      type: "Warning",
      reason: "FailedCreate",
      message: refusal,
    });
  }
  memory.refusal = null;
  const pod = store.put("pods", jobPod(job, { uid: newUid(), suffix: newSuffix(), nowMs: clock.now() }));
  const message = `Created pod: ${placeOf(pod).name}`;
  tell({ about: job, component: "job-controller", type: "Normal", reason: "SuccessfulCreate", message });
}

/** Gives every pod without a node another chance. */
function scheduleAll({ cluster: { store, clock, tell } }: Stage): void {
  for (const pod of store.all("pods")) {
    if (nodeOf(pod) !== "" || isDeleting(pod)) continue;
    const found = schedule(pod, store.all("nodes"), store.all("pods"));
    if ("node" in found) {
      store.put("pods", { ...pod, spec: { ...mapping(pod["spec"]), nodeName: found.node } });
      continue;
    }
    const status = unschedulable(pod, found.refusal, clock.now());
    const [known] = mappings(mapping(pod["status"])["conditions"]);
    if (known?.["message"] === found.refusal) continue;
    store.put("pods", { ...pod, status });
    tell({
      about: pod,
      component: "default-scheduler",
      type: "Warning",
      reason: "FailedScheduling",
      message: found.refusal,
    });
  }
}
