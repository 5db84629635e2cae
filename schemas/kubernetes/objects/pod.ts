/**
 * A pod as the API server shows it, as far as it matters here.
 *
 * @see "Pod" in the Kubernetes API reference, group core/v1
 * @module
 */

import type { Json, JsonObject } from "../../json/json.ts";
import { isJsonObject } from "../../json/json.ts";
import { mapping, mappings } from "../../json/shape.ts";
import { type Condition, conditionsIn } from "./condition.ts";
import { labelIn, type Meta, metaIn } from "./meta.ts";
import { countIn, momentIn, nameIn, textIn } from "./text.ts";

/** How a container ended. */
export type ContainerEnd = {
  readonly exitCode: number;
  /** Null: none killed it. */
  readonly signal: number | null;
  readonly reason: string | null;
  readonly message: string | null;
};

/** Where a container stands. */
export type ContainerState =
  | { readonly at: "waiting"; readonly reason: string | null; readonly message: string | null }
  | { readonly at: "running" }
  | { readonly at: "ended"; readonly end: ContainerEnd }
  | { readonly at: "unknown" };

/** One container. */
export interface Container {
  readonly name: string;
  /** It runs before the others. */
  readonly isInit: boolean;
  readonly state: ContainerState;
  /** How it ended the time before; null: it has not run before. */
  readonly before: ContainerEnd | null;
  readonly restarts: number;
}

/** One pod. */
export interface Pod extends Meta {
  /** Name of its Job; null: it has none. */
  readonly job: string | null;
  /** `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`. */
  readonly phase: string;
  readonly reason: string | null;
  readonly message: string | null;
  readonly conditions: readonly Condition[];
  /** Those that have a status, init containers first. */
  readonly containers: readonly Container[];
  /** Name of the first container, as it was asked for. */
  readonly first: string | null;
  /** When it was made, in milliseconds since 1970; null: not said. */
  readonly madeMs: number | null;
}

/** Most containers of one pod that are kept. */
const MOST_CONTAINERS = 60;

/** Reads a pod; null for anything else. */
export function readPod(object: JsonObject): Pod | null {
  const meta = metaIn(object);
  if (meta === null) return null;
  const status = mapping(object["status"]);
  const [first] = mappings(mapping(object["spec"])["containers"]);
  const firstName = nameIn(first?.["name"]);
  return {
    ...meta,
    job: ownerOf(object) ?? labelIn(object, "labels", "job-name"),
    phase: nameIn(status["phase"]),
    reason: textIn(status["reason"]),
    message: textIn(status["message"]),
    conditions: conditionsIn(status["conditions"]),
    containers: [
      ...containersIn(status["initContainerStatuses"], true),
      ...containersIn(status["containerStatuses"], false),
    ],
    first: firstName === "" ? null : firstName,
    madeMs: momentIn(mapping(object["metadata"])["creationTimestamp"]),
  };
}

function ownerOf(object: JsonObject): string | null {
  const owner = mappings(mapping(object["metadata"])["ownerReferences"]).find(({ kind }) => kind === "Job");
  const name = nameIn(owner?.["name"]);
  return name === "" ? null : name;
}

function containersIn(value: Json | undefined, isInit: boolean): readonly Container[] {
  return mappings(value).slice(0, MOST_CONTAINERS).map((one) => ({
    name: nameIn(one["name"]),
    isInit,
    state: stateIn(mapping(one["state"])),
    before: endIn(mapping(one["lastState"])["terminated"]),
    restarts: countIn(one["restartCount"]),
  }));
}

function stateIn({ waiting, running, terminated }: JsonObject): ContainerState {
  const end = endIn(terminated);
  if (end !== null) return { at: "ended", end };
  if (isJsonObject(running)) return { at: "running" };
  if (!isJsonObject(waiting)) return { at: "unknown" };
  return { at: "waiting", reason: textIn(waiting["reason"]), message: textIn(waiting["message"]) };
}

function endIn(terminated: Json | undefined): ContainerEnd | null {
  if (!isJsonObject(terminated)) return null;
  const signal = countIn(terminated["signal"]);
  return {
    exitCode: countIn(terminated["exitCode"], -1),
    signal: signal === 0 ? null : signal,
    reason: textIn(terminated["reason"]),
    message: textIn(terminated["message"]),
  };
}

/** Whether nothing of the pod runs any more, or ever will. */
export function isOver({ phase }: Pick<Pod, "phase">): boolean {
  return phase === "Succeeded" || phase === "Failed";
}
