/**
 * Members of documents and of changes, which may be absent or of any kind.
 *
 * @module
 */

import type { Json, JsonObject } from "../../../schemas/json/json.ts";

/** A text; null: it is none. */
export function textOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}

/** A number; null: it is none. */
export function numberOf(value: Json | undefined): number | null {
  return typeof value === "number" ? value : null;
}

/** Members that were given; null counts as given. */
export function definedOf(values: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
