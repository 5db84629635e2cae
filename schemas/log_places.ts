/**
 * Where the containers of a task write their logs.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "./json.ts";
import type { DefinitionPlan } from "./launch_plan.ts";

/** A stream of CloudWatch Logs. */
export interface LogPlace {
  readonly container: string;
  readonly group: string;
  readonly stream: string;
  /** Null: the region of the task. */
  readonly region: string | null;
}

/**
 * The streams of a task as its definition says; none for definitions that are not known here, other log drivers and
 * streams without a prefix, whose names cannot be told.
 *
 * @see Amazon ECS, "Using the awslogs log driver": `<prefix>/<container>/<task id>`
 */
export function logPlaces(definition: DefinitionPlan, taskArn: string): readonly LogPlace[] {
  if (definition.how === "existing") return [];
  const id = taskArn.split("/").at(-1) ?? "";
  const containers = definition.request["containerDefinitions"];
  if (id === "" || !Array.isArray(containers)) return [];
  return containers.filter(isJsonObject).flatMap((container) => placeOf(container, id));
}

function placeOf({ name, logConfiguration }: JsonObject, id: string): readonly LogPlace[] {
  if (!isJsonObject(logConfiguration) || logConfiguration["logDriver"] !== "awslogs") return [];
  const options = logConfiguration["options"];
  if (!isJsonObject(options) || typeof name !== "string") return [];
  const group = text(options["awslogs-group"]);
  const prefix = text(options["awslogs-stream-prefix"]);
  if (group === null || prefix === null) return [];
  return [{
    container: name,
    group,
    stream: `${prefix}/${name}/${id}`,
    region: text(options["awslogs-region"]),
  }];
}

function text(value: Json | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
