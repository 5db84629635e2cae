/**
 * Null means absent in everything that goes to AWS.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { isList } from "../../schemas/json/shape.ts";

/**
 * The same object without members that are null, at every depth; list items stay.
 *
 * @see Q-NULLS and Q-STR-NONE of `tests/golden/ecs/README.md`
 */
export function dropNulls(value: JsonObject): JsonObject {
  // Most objects have no nulls and are not copied.
  return hasNull(value) ? copied(value) : value;
}

function copied(value: JsonObject): JsonObject {
  const kept = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(kept.map(([key, member]) => [key, member === undefined ? null : deep(member)]));
}

function hasNull(value: Json | undefined): boolean {
  if (typeof value !== "object") return value === undefined;
  if (value === null) return true;
  if (isList(value)) return value.some((item) => item !== null && hasNull(item));
  for (const key in value) {
    if (hasNull(value[key])) return true;
  }
  return false;
}

function deep(value: Json): Json {
  if (isList(value)) return value.map(deep);
  return isJsonObject(value) ? copied(value) : value;
}
