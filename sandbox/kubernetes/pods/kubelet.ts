/**
 * Runs the containers of pods as processes of this machine, and writes what becomes of them into the pods' status.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { mapping } from "../../../schemas/json/shape.ts";
import type { Cluster } from "../cluster.ts";
import { graceOf } from "../control/garbage.ts";
import { isFinished } from "../control/job_controller.ts";
import { isDeleting, placeOf, uidOf } from "../objects/meta.ts";
import { change, type Charge, later, podOf, type Stage, tell, write } from "./charge.ts";
import {
  type ContainerEnd,
  type ContainerSight,
  containersOf,
  endOf,
  isRestarted,
  nameOf,
  phaseOf,
  statusOfPod,
} from "./pod_status.ts";
import { type OnExit, start } from "./start_container.ts";

/** Looks after the pods of the node. */
export interface Kubelet {
  /** Does what a pod that was put there or changed asks for. */
  readonly look: (pod: JsonObject) => void;
  /** Ends what runs of a pod that is gone. */
  readonly forget: (uid: string) => void;
  /** Ends everything at once. */
  readonly close: () => void;
}

/** A pod that has a node begins after this time, in milliseconds. */
const BEGIN_MS = 100;

/** A container that ends again and again is started after a pause that doubles, in milliseconds. */
const CRASH = { firstMs: 10_000, mostMs: 300_000 } as const;

/** A kubelet without pods. */
export function createKubelet(cluster: Cluster): Kubelet {
  const stage: Stage = {
    cluster,
    charges: new Map(),
    advance: (charge, pod) => advance(stage, charge, pod),
  };
  return {
    look: (pod) => {
      const charge = stage.charges.get(uidOf(pod));
      if (charge !== undefined) {
        if (isDeleting(pod) && !charge.isEnding) end(stage, charge, pod);
      } else if (isDeleting(pod)) {
        // Nothing of it runs: it has ended in the same moment, or was not begun yet.
        cluster.store.drop("pods", placeOf(pod));
      } else if (!isFinished(pod)) {
        begin(stage, pod);
      }
    },
    forget: (uid) => forget(stage, uid),
    close: () => {
      for (const uid of [...stage.charges.keys()]) forget(stage, uid);
    },
  };
}

function forget({ charges }: Stage, uid: string): void {
  const charge = charges.get(uid);
  if (charge === undefined) return;
  charges.delete(uid);
  for (const cancel of charge.timers) cancel();
  for (const container of charge.running.values()) container.signal("SIGKILL");
}

function begin(stage: Stage, pod: JsonObject): void {
  const { init, main } = containersOf(pod);
  const waiting = (isNext: boolean): ContainerSight => ({
    state: { at: "waiting", reason: isNext ? "ContainerCreating" : "PodInitializing", message: null },
    before: null,
    restarts: 0,
  });
  const containers = new Map(
    [...init, ...main].map((one, at) => [nameOf(one), waiting(at === 0 || init.length === 0)]),
  );
  const charge: Charge = {
    uid: uidOf(pod),
    place: placeOf(pod),
    containers,
    running: new Map(),
    timers: new Set(),
    isEnding: false,
  };
  stage.charges.set(charge.uid, charge);
  write(stage, charge, pod);
  later(stage, charge, BEGIN_MS, (now) => advance(stage, charge, now));
}

/** Starts what is due: init containers one after the other, then all others. */
function advance(stage: Stage, charge: Charge, pod: JsonObject): void {
  if (charge.isEnding) return;
  const { init, main } = containersOf(pod);
  const isDone = (one: JsonObject) => {
    const state = charge.containers.get(nameOf(one))?.state;
    return state?.at === "ended" && state.exitCode === 0;
  };
  const next = init.find((one) => !isDone(one));
  const due = next === undefined ? main : [next];
  for (const container of due) {
    const state = charge.containers.get(nameOf(container))?.state;
    if (state?.at === "waiting" && STARTABLE.has(state.reason)) {
      start(stage, charge, { pod, container }, (exit) => ended(stage, charge, exit));
    }
  }
  write(stage, charge, pod);
}

/** Others wait for a timer of their own, or for good. */
const STARTABLE = new Set(["ContainerCreating", "PodInitializing"]);

function ended(stage: Stage, charge: Charge, { name, startedMs, exitCode }: Parameters<OnExit>[0]): void {
  charge.running.delete(name);
  const pod = podOf(stage, charge);
  if (pod === undefined) return;
  const end = endOf(exitCode, startedMs, stage.cluster.clock.now());
  change(charge, name, end);
  if (charge.isEnding) {
    return charge.running.size === 0 ? gone(stage, charge, pod) : write(stage, charge, pod);
  }
  const isInit = containersOf(pod).init.some((one) => nameOf(one) === name);
  if (isRestarted(pod, exitCode) && !(isInit && exitCode === 0)) {
    return restart(stage, charge, { pod, name, end });
  }
  advance(stage, charge, pod);
}

/** The first time at once, then after pauses. */
function restart(
  stage: Stage,
  charge: Charge,
  { pod, name, end: before }: { readonly pod: JsonObject; readonly name: string; readonly end: ContainerEnd },
): void {
  const restarts = charge.containers.get(name)?.restarts ?? 0;
  const again = (now: JsonObject) => {
    change(charge, name, { at: "waiting", reason: "ContainerCreating", message: null }, {
      before,
      restarts: restarts + 1,
    });
    advance(stage, charge, now);
  };
  if (restarts === 0) return again(pod);
  const pauseMs = Math.min(CRASH.mostMs, CRASH.firstMs * 2 ** (restarts - 1));
  const message = `back-off ${pauseMs / 1000}s restarting failed container=${name} pod=${placeOf(pod).name}`;
  change(charge, name, { at: "waiting", reason: "CrashLoopBackOff", message }, { before });
  tell(stage, pod, {
    type: "Warning",
    reason: "BackOff",
    message: `Back-off restarting failed container ${name}`,
  });
  write(stage, charge, pod);
  later(stage, charge, pauseMs, again);
}

/** Asks what runs to end, and makes it end once the time of the pod is over. */
function end(stage: Stage, charge: Charge, pod: JsonObject): void {
  charge.isEnding = true;
  for (const cancel of charge.timers) cancel();
  charge.timers.clear();
  if (charge.running.size === 0) return gone(stage, charge, pod);
  for (const [name, container] of charge.running) {
    container.signal("SIGTERM");
    tell(stage, pod, { type: "Normal", reason: "Killing", message: `Stopping container ${name}` });
  }
  later(stage, charge, 1000 * graceOf(pod), () => {
    for (const container of charge.running.values()) container.signal("SIGKILL");
  });
}

/** A deleted pod of which nothing runs any more is taken away, with its last status. */
function gone(stage: Stage, charge: Charge, pod: JsonObject): void {
  const status = statusOfPod(pod, charge.containers, stage.cluster.clock.now());
  const { phase } = mapping(pod["status"]);
  stage.charges.delete(charge.uid);
  for (const cancel of charge.timers) cancel();
  if (phaseOf(pod, charge.containers) !== phase) stage.cluster.store.put("pods", { ...pod, status });
  stage.cluster.store.drop("pods", placeOf(pod));
}
