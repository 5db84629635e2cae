/**
 * Lists and mappings as neighbouring documents write them: environment and tags as a mapping, one item without its list, a
 * command as one text.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../json/json.ts";
import { isList } from "../../json/shape.ts";
import { sameName } from "../../options/near_name.ts";
import { membersOf, type ShapeKind } from "./request_shapes.ts";
import { wordsMember } from "./member_rules.ts";
import type { SplitWords } from "./fit_place.ts";

/** Structures that stand for the entries of a mapping, with their two members. */
const PAIRS: Readonly<Record<string, readonly [string, string]>> = {
  KeyValuePair: ["name", "value"],
  Tag: ["key", "value"],
  Secret: ["name", "valueFrom"],
};

/**
 * The items of a list in any form whose meaning is plain; null: there is none.
 *
 * @param of kind of the items
 * @param owner structure and member
 */
export function itemsOf(
  value: Json,
  of: ShapeKind,
  owner: string,
  words: SplitWords,
): readonly Json[] | null {
  if (isList(value)) return value;
  if (typeof value === "string") return of === "text" ? textsOf(value, owner, words) : null;
  if (!isJsonObject(value)) return of === "integer" && typeof value === "number" ? [value] : null;
  const pair = PAIRS[of];
  if (pair !== undefined) return entriesOf(value, pair);
  const known = [...membersOf(of)?.keys() ?? []];
  const names = Object.keys(value);
  const isItem = names.length > 0 && names.every((name) => sameName(name, known) !== null);
  return isItem ? [value] : names.length === 0 ? [] : null;
}

function entriesOf(value: JsonObject, [name, content]: readonly [string, string]): readonly Json[] {
  return Object.entries(value).flatMap(([key, inner]) =>
    inner === null || inner === undefined ? [] : [{ [name]: key, [content]: inner }]
  );
}

/** One text in place of a list: the words of a command, or the ids of subnets parted by commas. */
function textsOf(text: string, owner: string, words: SplitWords): readonly string[] | null {
  if (text.trim() === "") return [];
  const form = wordsMember(owner);
  if (form === "command") return words(text);
  if (form === "healthCheck") return healthWords(text.trim(), words);
  return text.split(",").map((item) => item.trim()).filter((item) => item !== "");
}

/** A health check as one text is a command of a shell, as in Docker, unless it names its form itself. */
function healthWords(text: string, words: SplitWords): readonly string[] | null {
  const [, form, rest = ""] = /^(CMD-SHELL|CMD|NONE)(?:\s+(.*))?$/s.exec(text) ?? [];
  if (form === "CMD") {
    const split = words(rest);
    return split === null ? null : ["CMD", ...split];
  }
  return form === undefined ? ["CMD-SHELL", text] : rest === "" ? [form] : [form, rest];
}

/** A mapping, also where it is written as a list of pairs; null: it is none. */
export function mappingOf(value: Json): JsonObject | null {
  if (isJsonObject(value)) return value;
  if (!isList(value)) return null;
  const entries = value.map(pairOf);
  return entries.every((entry) => entry !== null) ? Object.fromEntries(entries) : null;
}

function pairOf(item: Json): readonly [string, Json] | null {
  if (!isJsonObject(item)) return null;
  const key = item["name"] ?? item["key"] ?? item["Name"] ?? item["Key"];
  const value = item["value"] ?? item["Value"];
  return typeof key === "string" && value !== undefined && Object.keys(item).length === 2
    ? [key, value]
    : null;
}
