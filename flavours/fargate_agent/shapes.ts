/**
 * Shapes that the agent itself relies on: one container definition, variables as name and value, tags as key and value.
 *
 * @module
 */

import { isJsonObject, type Json } from "../../schemas/json/json.ts";
import { kindName } from "./kwarg_value.ts";
import type { PyValue } from "../../schemas/python/value.ts";

const ONE_CONTAINER = "Fargate agent only accepts configuration for a single container definition.";

/** Why a value is not a list with exactly one object; undefined when it is (F-CONTAINERDEFS-SHAPE). */
export function containerProblem(value: PyValue): string | undefined {
  const found = foundInstead(value);
  if (found === undefined) return undefined;
  return `${ONE_CONTAINER} containerDefinitions must be a list with one object: it is ${found}`;
}

function foundInstead(value: PyValue): string | undefined {
  if (value.kind !== "list" && value.kind !== "tuple") return kindName(value);
  const [only] = value.items;
  if (only === undefined || value.items.length > 1) return `a list of ${value.items.length}`;
  return only.kind === "dict" ? undefined : `a list that holds ${kindName(only)}`;
}

/** Why a list of variables or tags cannot be used, naming the entry; undefined for everything else (F-CONTAINERENV-SHAPE, F-TAG-CASE). */
export function shapeProblem(name: string, value: Json): string | undefined {
  if (!Array.isArray(value)) return undefined;
  if (name === "environment") return entryProblem(value, ["name", "value"], ["name"]);
  return name === "tags" ? entryProblem(value, ["key", "value"], []) : undefined;
}

function entryProblem(
  entries: readonly Json[],
  members: readonly string[],
  required: readonly string[],
): string | undefined {
  const index = entries.findIndex((entry) => !isEntry(entry, members, required));
  if (index === -1) return undefined;
  return `expected a list of {${members.join(", ")}} with text in both: entry ${index} is something else`;
}

function isEntry(entry: Json, members: readonly string[], required: readonly string[]): boolean {
  if (!isJsonObject(entry)) return false;
  const known = Object.entries(entry).every(([name, value]) =>
    members.includes(name) && typeof value === "string"
  );
  return known && required.every((name) => entry[name] !== undefined);
}
