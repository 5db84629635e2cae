/**
 * The status of a pod, made from what is known of its containers. Pure.
 *
 * @see "Pod Lifecycle" in the Kubernetes documentation
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { mapping, mappings } from "../../../schemas/json/shape.ts";
import { moment } from "../objects/meta.ts";

/** How a container ended. Moments are in milliseconds since 1970. */
export interface ContainerEnd {
  readonly at: "ended";
  readonly exitCode: number;
  readonly reason: string;
  /** Null: there is none. */
  readonly message: string | null;
  readonly startedMs: number;
  readonly endedMs: number;
}

/** Where a container stands. */
export type ContainerState =
  | { readonly at: "waiting"; readonly reason: string; readonly message: string | null }
  | { readonly at: "running"; readonly startedMs: number }
  | ContainerEnd;

/** What is known of a container. */
export interface ContainerSight {
  readonly state: ContainerState;
  /** How it ended the time before; null: it did not run before. */
  readonly before: ContainerEnd | null;
  readonly restarts: number;
}

/** What is known of the containers of a pod, by name. */
export type Containers = ReadonlyMap<string, ContainerSight>;

/** The exit code of a program that a signal killed is 128 and the number of the signal. */
export function endOf(exitCode: number, startedMs: number, endedMs: number): ContainerEnd {
  return {
    at: "ended",
    exitCode,
    reason: exitCode === 0 ? "Completed" : "Error",
    message: null,
    startedMs,
    endedMs,
  };
}

/** Containers of a pod's spec that run before the others, and the others. */
export function containersOf(pod: JsonObject): {
  readonly init: readonly JsonObject[];
  readonly main: readonly JsonObject[];
} {
  const { initContainers, containers } = mapping(pod["spec"]);
  return { init: mappings(initContainers), main: mappings(containers) };
}

/** What a pod's status says of each container, those that run before the others first. */
export function containerStatuses(pod: JsonObject): readonly JsonObject[] {
  const { initContainerStatuses, containerStatuses } = mapping(pod["status"]);
  return [...mappings(initContainerStatuses), ...mappings(containerStatuses)];
}

/** Name of a container. */
export function nameOf({ name }: JsonObject): string {
  return typeof name === "string" ? name : "";
}

/** Whether a container that ended with this code is started again. */
export function isRestarted(pod: JsonObject, exitCode: number): boolean {
  const { restartPolicy } = mapping(pod["spec"]);
  return restartPolicy === "Always" || (restartPolicy === "OnFailure" && exitCode !== 0);
}

/** `Pending`, `Running`, `Succeeded` or `Failed`. @param pod scheduled */
export function phaseOf(pod: JsonObject, containers: Containers): string {
  const { init, main } = containersOf(pod);
  const final = (container: JsonObject): number | null => {
    const state = containers.get(nameOf(container))?.state;
    return state?.at === "ended" && !isRestarted(pod, state.exitCode) ? state.exitCode : null;
  };
  if (init.some((one) => (final(one) ?? 0) !== 0)) return "Failed";
  const ends = main.map(final);
  if (ends.every((end) => end !== null)) return ends.every((end) => end === 0) ? "Succeeded" : "Failed";
  const hasBegun = main.some((one) => {
    const sight = containers.get(nameOf(one));
    return sight !== undefined && (sight.state.at !== "waiting" || sight.before !== null);
  });
  return hasBegun ? "Running" : "Pending";
}

/** Status of a pod that has a node. @param nowMs since when what has changed is so */
export function statusOfPod(pod: JsonObject, containers: Containers, nowMs: number): JsonObject {
  const { init, main } = containersOf(pod);
  const phase = phaseOf(pod, containers);
  const before = mapping(pod["status"]);
  const isUp = phase === "Running" &&
    main.every((one) => containers.get(nameOf(one))?.state.at === "running");
  const isInitialized = init.every((one) => {
    const state = containers.get(nameOf(one))?.state;
    return state?.at === "ended" && state.exitCode === 0;
  });
  const conditions: readonly (readonly [type: string, holds: boolean])[] = [
    ["PodScheduled", true],
    ["Initialized", isInitialized],
    ["ContainersReady", isUp],
    ["Ready", isUp],
  ];
  return {
    phase,
    conditions: conditions.map((one) => conditionOf(before, one, nowMs)),
    hostIP: "127.0.0.1",
    podIP: "127.0.0.1",
    startTime: before["startTime"] ?? moment(nowMs),
    ...(init.length === 0
      ? {}
      : { initContainerStatuses: init.map((one) => containerStatus(one, containers)) }),
    containerStatuses: main.map((one) => containerStatus(one, containers)),
  };
}

function conditionOf(
  status: JsonObject,
  [type, holds]: readonly [string, boolean],
  nowMs: number,
): JsonObject {
  const value = holds ? "True" : "False";
  const known = mappings(status["conditions"]).find((one) => one["type"] === type && one["status"] === value);
  return known ?? { type, status: value, lastProbeTime: null, lastTransitionTime: moment(nowMs) };
}

/** Status of a pod that no node takes. */
export function unschedulable(pod: JsonObject, message: string, nowMs: number): JsonObject {
  const made = { type: "PodScheduled", status: "False", reason: "Unschedulable", message };
  const stamped = { ...made, lastProbeTime: null, lastTransitionTime: moment(nowMs) };
  return { ...mapping(pod["status"]), phase: "Pending", conditions: [stamped] };
}

const UNSEEN: ContainerSight = {
  state: { at: "waiting", reason: "PodInitializing", message: null },
  before: null,
  restarts: 0,
};

function containerStatus(container: JsonObject, containers: Containers): JsonObject {
  const sight = containers.get(nameOf(container)) ?? UNSEEN;
  const isRunning = sight.state.at === "running";
  return {
    name: nameOf(container),
    image: container["image"] ?? "",
    imageID: "",
    ready: isRunning,
    started: isRunning,
    restartCount: sight.restarts,
    state: stateObject(sight.state),
    lastState: sight.before === null ? {} : stateObject(sight.before),
  };
}

function stateObject(state: ContainerState): JsonObject {
  if (state.at === "running") return { running: { startedAt: moment(state.startedMs) } };
  const message = state.message === null ? {} : { message: state.message };
  if (state.at === "waiting") return { waiting: { reason: state.reason, ...message } };
  const { exitCode, reason, startedMs, endedMs } = state;
  const times = { startedAt: moment(startedMs), finishedAt: moment(endedMs) };
  return { terminated: { exitCode, reason, ...message, ...times } };
}
