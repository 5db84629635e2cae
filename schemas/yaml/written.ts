/**
 * Scalars that are texts where they stand: YAML 1.1 would take `3.10` for a number and `on` for a boolean, and what reads the
 * document wants text there.
 *
 * @module
 */

import { dictOf, type PyValue } from "../python/value.ts";
import type { TextPlaces } from "../json/mapping_text.ts";

/** Texts of plain scalars without a tag, by the value that was made of them. */
export type Written = WeakMap<PyValue, string>;

/** Places as a tree: what is below a member, and below any. */
interface Branch {
  readonly members: Map<string, Branch>;
  any: Branch | null;
  isText: boolean;
}

/** The value, with each scalar at one of the places as it was written. What is null stays null. */
export function asWritten(value: PyValue, places: TextPlaces, written: Written): PyValue {
  return places.length === 0 ? value : restored(value, treeOf(places), written);
}

function branch(): Branch {
  return { members: new Map(), any: null, isText: false };
}

function treeOf(places: TextPlaces): Branch {
  const root = branch();
  for (const place of places) {
    let at = root;
    for (const name of place.split("/")) at = below(at, name);
    at.isText = true;
  }
  return root;
}

function below(at: Branch, name: string): Branch {
  if (name === "*") return at.any ??= branch();
  const known = at.members.get(name) ?? branch();
  at.members.set(name, known);
  return known;
}

function restored(value: PyValue, at: Branch, written: Written): PyValue {
  switch (value.kind) {
    case "dict":
      return restoredDict(value, at, written);
    case "list":
      return at.any === null ? value : { ...value, items: itemsOf(value.items, at.any, written) };
    case "none":
    case "tuple":
    case "set":
      return value;
    default:
      return at.isText ? asText(value, written) : value;
  }
}

function itemsOf(items: readonly PyValue[], at: Branch, written: Written): readonly PyValue[] {
  return items.map((item) => restored(item, at, written));
}

/** Where any name may stand, the names are texts as well. */
function restoredDict(value: Extract<PyValue, { kind: "dict" }>, at: Branch, written: Written): PyValue {
  const entries = value.entries.map(([key, member]) => {
    const name = at.any === null ? key : asText(key, written);
    const next = name.kind === "str" ? at.members.get(name.value) ?? at.any : at.any;
    return [name, next === null ? member : restored(member, next, written)] as const;
  });
  return dictOf(entries) ?? value;
}

function asText(value: PyValue, written: Written): PyValue {
  const text = value.kind === "str" ? undefined : written.get(value);
  return text === undefined ? value : { kind: "str", value: text };
}
