/**
 * Comparisons of JSON columns as the database behind the real API (Postgres `jsonb`) makes them.
 *
 * @module
 */

import { isJsonObject, type Json } from "../../../schemas/json/json.ts";

/** Whether two JSON values are equal; the order of members does not count. */
export function jsonEqual(left: Json, right: Json): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => jsonEqual(item, right[index]));
  }
  if (!isJsonObject(left) || !isJsonObject(right)) return left === right;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length &&
    keys.every((key) => key in right && jsonEqual(left[key] ?? null, right[key] ?? null));
}

/**
 * Whether `whole` contains `part`: objects by member, lists by item regardless of order, scalars by equality; a list
 * contains a scalar that is one of its items.
 *
 * @see https://www.postgresql.org/docs/current/datatype-json.html#JSON-CONTAINMENT
 */
export function jsonContains(whole: Json, part: Json): boolean {
  if (Array.isArray(whole)) {
    if (!Array.isArray(part)) return !isJsonObject(part) && whole.some((item) => jsonEqual(item, part));
    return part.every((wanted) => whole.some((item) => itemContains(item, wanted)));
  }
  if (!isJsonObject(whole)) return jsonEqual(whole, part);
  if (!isJsonObject(part)) return false;
  return Object.entries(part).every(([key, wanted]) =>
    key in whole && itemContains(whole[key] ?? null, wanted ?? null)
  );
}

/** Inside a document only a list holds a list: the scalar shortcut is for the top level. */
function itemContains(item: Json, wanted: Json): boolean {
  return Array.isArray(item) === Array.isArray(wanted) && jsonContains(item, wanted);
}

/** Whether a JSON object has a member, or a list (or text) an item, of that name. */
export function jsonHasKey(whole: Json, key: string): boolean {
  if (Array.isArray(whole)) return whole.includes(key);
  return isJsonObject(whole) ? key in whole : whole === key;
}

/** SQL `LIKE` with case as Postgres has it: `%` any text, `_` one character, `\` makes the next one literal. */
export function like(pattern: string, text: string, flags: "" | "i"): boolean {
  const source = pattern.replace(/\\(.)|[%_]|[.*+?^${}()|[\]\\]/gs, (found, escaped) => {
    if (escaped !== undefined) return escapeRegExp(escaped);
    if (found === "%") return ".*";
    return found === "_" ? "." : escapeRegExp(found);
  });
  return new RegExp(`^${source}$`, `s${flags}`).test(text);
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
