/**
 * How much the row of a flow run may hold.
 *
 * @module
 */

import { type BoundName, BOUNDS, tooMuch } from "../bounds/bounds.ts";
import { jsonCharacters, jsonValues } from "../bounds/json_size.ts";
import { isJsonObject, type JsonObject } from "../json/json.ts";

/**
 * What of a row is larger than is accepted, beginning with the field: lengths of ids and names, the number of due task
 * runs, the size of the flow run and of each of its task runs, and how many values it is planned from.
 *
 * @returns undefined when all is within the bounds
 */
export function rowProblem(row: JsonObject): string | undefined {
  const flow = isJsonObject(row.flow) ? row.flow : {};
  return lengthProblem("id", "id", row.id) ??
    lengthProblem("name", "name", row.name) ??
    lengthProblem("id", "flow.id", flow.id) ??
    lengthProblem("name", "flow.name", flow.name) ??
    sizeProblem(row, flow) ??
    taskRunsProblem(row.task_runs);
}

function lengthProblem(bound: BoundName, field: string, value: unknown): string | undefined {
  return typeof value === "string" ? problem(bound, field, value.length) : undefined;
}

/** The size of all members but the task runs. The largest is named: it is the one to be shortened. */
function sizeProblem(row: JsonObject, flow: JsonObject): string | undefined {
  let whole = 0;
  let largest = { name: "", size: 0 };
  for (const name of Object.keys(row)) {
    if (name === "task_runs") continue;
    const size = jsonCharacters(row[name]);
    whole += size;
    if (size > largest.size) largest = { name, size };
  }
  const tooLong = tooMuch("row", whole);
  if (tooLong !== undefined) return `the row has ${tooLong}, of which ${largest.name} takes ${largest.size}`;
  // So few characters hold no more values than are accepted.
  if (whole <= BOUNDS.settings.most) return undefined;
  return settingsProblem("run_config", row.run_config) ?? settingsProblem("flow", flow);
}

/** What a run is planned from. */
function settingsProblem(field: string, value: unknown): string | undefined {
  return problem("settings", field, jsonValues(value));
}

function taskRunsProblem(taskRuns: unknown): string | undefined {
  if (!Array.isArray(taskRuns)) return undefined;
  const tooMany = problem("dueTaskRuns", "task_runs", taskRuns.length);
  if (tooMany !== undefined) return tooMany;
  for (const [index, one] of taskRuns.entries()) {
    const found = taskRunProblem(one, `task_runs[${index}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function taskRunProblem(taskRun: unknown, at: string): string | undefined {
  const id = isJsonObject(taskRun) ? taskRun.id : undefined;
  return lengthProblem("id", `${at}.id`, id) ?? problem("row", at, jsonCharacters(taskRun));
}

function problem(bound: BoundName, field: string, size: number): string | undefined {
  const found = tooMuch(bound, size);
  return found === undefined ? undefined : `${field} has ${found}`;
}
