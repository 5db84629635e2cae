/**
 * Where a launch was to take place and how much it asked for, in words for a message.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../json/json.ts";
import type { LaunchPlan } from "../launch_plan.ts";

/** What a launch asked for. Each text stands after "asks for". */
export interface Asked {
  readonly cluster: string;
  /** Family, or the definition that was given; where a registration went wrong. */
  readonly definition: string;
  readonly cpu: string;
  readonly memory: string;
  readonly size: string;
  readonly gpu: string;
  readonly ports: string;
}

/** Reads it from the plan; what only the task definition in ECS knows is said so. */
export function askedOf({ definition, runTask }: Pick<LaunchPlan, "definition" | "runTask">): Asked {
  const request = "request" in definition ? definition.request : {};
  const overrides = objectAt(runTask, "overrides");
  const containers = containersOf(request, overrides);
  const cpu = amount("cpu", [overrides["cpu"], request["cpu"], sumOf(containers, ["cpu"])]);
  const memory = amount("memory", [
    overrides["memory"],
    request["memory"],
    sumOf(containers, ["memory", "memoryReservation"]),
  ]);
  const name = "name" in definition ? definition.name : textOf(request["family"]);
  return {
    cluster: textOf(runTask["cluster"]) || "default",
    definition: name === "" ? "the task definition" : name,
    cpu,
    memory,
    size: `${cpu} and ${memory}`,
    gpu: gpuOf(containers),
    ports: portsOf(containers),
  };
}

function amount(what: string, values: readonly (Json | undefined)[]): string {
  const known = values.find((value) => (typeof value === "string" && value !== "") || Number(value) > 0);
  return known === undefined ? `the ${what} of its task definition` : `${what} ${String(known)}`;
}

/** Containers as they are registered, with what the launch overrides in them. */
function containersOf(request: JsonObject, overrides: JsonObject): readonly JsonObject[] {
  const changes = objectsAt(overrides, "containerOverrides");
  return objectsAt(request, "containerDefinitions").map((one) => ({
    ...one,
    ...changes.find(({ name }) => name === one["name"]),
  }));
}

function sumOf(containers: readonly JsonObject[], names: readonly string[]): number {
  return containers.reduce((sum, one) => {
    const value = names.map((name) => one[name]).find((each) => typeof each === "number");
    return sum + (typeof value === "number" ? value : 0);
  }, 0);
}

function gpuOf(containers: readonly JsonObject[]): string {
  const wanted = containers.flatMap((one) => objectsAt(one, "resourceRequirements"))
    .filter(({ type }) => type === "GPU");
  const sum = wanted.reduce((all, { value }) => all + (Number(value) || 0), 0);
  return sum === 0 ? "the GPUs of its task definition" : `${sum} GPU`;
}

function portsOf(containers: readonly JsonObject[]): string {
  const ports = containers.flatMap((one) => objectsAt(one, "portMappings"))
    .map(({ hostPort, containerPort }) => hostPort ?? containerPort)
    .filter((port) => typeof port === "number" && port > 0);
  return ports.length === 0 ? "the host ports of its task definition" : `host port ${ports.join(", ")}`;
}

function objectAt(parent: JsonObject, name: string): JsonObject {
  const value = parent[name];
  return isJsonObject(value) ? value : {};
}

function objectsAt(parent: JsonObject, name: string): readonly JsonObject[] {
  const value = parent[name];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
