/**
 * Where the containers of a task write their logs.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../json/json.ts";
import type { DefinitionPlan } from "./launch_plan.ts";

/** A stream of CloudWatch Logs. */
export interface LogPlace {
  readonly container: string;
  readonly group: string;
  readonly stream: string;
  /** Null: the region of the task. */
  readonly region: string | null;
}

/** Where a container logs, whichever task it belongs to. */
export type LogSource = {
  readonly container: string;
  readonly group: string;
  readonly prefix: string;
  /** Null: the region of the task. */
  readonly region: string | null;
};

/** A stream as a person finds it. */
export function logPlaceText({ group, stream }: LogPlace): string {
  return `log stream ${stream} of group ${group}`;
}

/** The streams of one task. */
export function logPlaces(sources: readonly LogSource[], taskArn: string): readonly LogPlace[] {
  const id = taskArn.split("/").at(-1) ?? "";
  if (id === "") return [];
  return sources.map(({ container, group, prefix, region }) => ({
    container,
    group,
    stream: `${prefix}/${container}/${id}`,
    region,
  }));
}

/**
 * The streams of a task as its definition says; none for definitions that are not known here, other log drivers and
 * streams without a prefix, whose names cannot be told.
 *
 * @see Amazon ECS, "Using the awslogs log driver": `<prefix>/<container>/<task id>`
 */
export function logSources(definition: DefinitionPlan): readonly LogSource[] {
  if (definition.how === "existing") return [];
  const containers = definition.request["containerDefinitions"];
  return Array.isArray(containers) ? containers.filter(isJsonObject).flatMap(sourceOf) : [];
}

function sourceOf({ name, logConfiguration }: JsonObject): readonly LogSource[] {
  if (!isJsonObject(logConfiguration) || logConfiguration["logDriver"] !== "awslogs") return [];
  const options = logConfiguration["options"];
  if (!isJsonObject(options) || typeof name !== "string") return [];
  const group = text(options["awslogs-group"]);
  const prefix = text(options["awslogs-stream-prefix"]);
  if (group === null || prefix === null) return [];
  return [{ container: name, group, prefix, region: text(options["awslogs-region"]) }];
}

function text(value: Json | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
