/**
 * Looking into JSON of unknown shape the way the Python agents do.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "./json.ts";

/** The items of a list; nothing when it is no list. */
export function listItems(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

/** The mappings of a list, in order; other items are left out. */
export function mappings(value: Json | undefined): readonly JsonObject[] {
  return listItems(value).filter(isJsonObject);
}

/** A mapping, or an empty one in place of anything else. */
export function mapping(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** A text that is not empty, else undefined. */
export function filledText(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Whether Python would call it true: not null, false, 0, nor an empty text, list or mapping. */
export function isFilled(value: Json | undefined): boolean {
  if (isList(value)) return value.length > 0;
  if (isJsonObject(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** Whether a value is a JSON list. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** What kind of value stands somewhere, in words for a message; never the value. */
export function kindOf(value: Json | undefined): string {
  if (value === undefined || value === null) return "null";
  if (isList(value)) return "a list";
  if (isJsonObject(value)) return "a mapping";
  if (typeof value === "number") return "a number";
  return typeof value === "string" ? "text" : "true or false";
}
