/**
 * One argument of the legacy task environment, checked for its shape.
 *
 * @module
 */

import type { GivenKwarg } from "../fargate_agent/kwargs.ts";
import { shapeProblem } from "../fargate_agent/shapes.ts";
import { type ReadValue, readValue } from "../fargate_agent/kwarg_value.ts";
import { isJsonObject, type Json } from "../../schemas/json/json.ts";
import type { TaskEnvironmentRow } from "./kwarg_rows.ts";

/** Reads an argument: text of the command line as a Python literal or JSON, everything else as it is. */
export function readTaskEnvironmentValue(row: TaskEnvironmentRow, { value, source }: GivenKwarg): ReadValue {
  if (row.kind === "text" && value.kind === "str" && source.from !== "flag") {
    return { outcome: "value", value: value.value };
  }
  const read = readValue(row.kind, value);
  if (read.outcome !== "value") return read;
  const problem = row.name === "containerDefinitions"
    ? containersProblem(read.value)
    : shapeProblem(row.name, read.value);
  return problem === undefined ? read : { outcome: "problem", problem };
}

// F-TE-CONTAINERDEFS-SHAPE: the original failed inside its rendering.
function containersProblem(value: Json): string | undefined {
  if (!Array.isArray(value)) return undefined;
  for (const [index, container] of value.entries()) {
    if (!isJsonObject(container)) return `expected a list of objects: entry ${index} is something else`;
    const { environment } = container;
    if (environment === undefined || environment === null) continue;
    const problem = Array.isArray(environment) ? shapeProblem("environment", environment) : "expected a list";
    if (problem !== undefined) return `environment of container ${index}: ${problem}`;
  }
  return undefined;
}
