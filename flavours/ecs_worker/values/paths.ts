/**
 * Paths into values: `a.b`, `a.list[1]`, `a.list.1`.
 *
 * @module
 */

import { isJsonObject, type Json } from "../../../schemas/json/json.ts";
import { isList } from "../../../schemas/json/shape.ts";

/** The keys of a path: `["a", "list", "1"]` for `a.list[1]`. */
export function keysOf(path: string): readonly string[] {
  return path.replaceAll("[", ".").replaceAll("]", "").split(".");
}

/** What was found at a path, with the container that holds it. */
export interface Found {
  readonly value: Json;
  readonly holder: object;
  readonly key: string;
}

/**
 * The value at the keys of a path; a mapping is asked for the text key, a list or text for the index, which counts
 * from the end below 0.
 */
export function valueAt(values: Json, keys: readonly string[]): Found | undefined {
  let found: Found | undefined;
  let value = values;
  for (const key of keys) {
    found = memberOf(value, key);
    if (found === undefined) return undefined;
    value = found.value;
  }
  return found;
}

function memberOf(holder: Json, key: string): Found | undefined {
  if (isList(holder) || typeof holder === "string") {
    if (!/^[+-]?\d{1,15}$/.test(key)) return undefined;
    const items = isList(holder) ? holder : [...holder];
    const value = items.at(Number(key));
    return value === undefined ? undefined : { value, holder: items, key };
  }
  if (!isJsonObject(holder) || !Object.hasOwn(holder, key)) return undefined;
  const value = holder[key];
  return value === undefined ? undefined : { value, holder, key };
}
