/**
 * Reads the recorded cases, with values JSON cannot hold as the Python values they stand for.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { mapping, mappings } from "../../../schemas/json/shape.ts";
import type { PyValue } from "../../../schemas/python/value.ts";

/** One recorded case. */
export interface GoldenCase {
  readonly id: string;
  /** Ids of the quirks table, empty where the recorded behaviour is to be matched. */
  readonly quirks: readonly string[];
  readonly json: JsonObject;
}

/** The cases of one group, such as `fargate/agent_init`. */
export function goldenCases(group: string): readonly GoldenCase[] {
  const text = Deno.readTextFileSync(new URL(`../../golden/${group}.json`, import.meta.url));
  const file: JsonObject = JSON.parse(text);
  return mappings(file.cases).map((json) => ({ id: String(json.id), quirks: quirksOf(json), json }));
}

function quirksOf(json: JsonObject): readonly string[] {
  return typeof json.quirk === "string" ? json.quirk.split(/[ ,]+/).filter((id) => /^[FQ]-/.test(id)) : [];
}

/** Recorded JSON as the Python value it stands for: `{"$py": "tuple", "items": […]}` is a tuple. */
export function goldenPython(json: Json): PyValue {
  if (json === null) return { kind: "none" };
  if (typeof json === "string") return { kind: "str", value: json };
  if (typeof json === "boolean") return { kind: "bool", value: json };
  if (typeof json === "number") return goldenNumber(json);
  if (!isJsonObject(json)) return { kind: "list", items: json.map(goldenPython) };
  const special = typeof json.$py === "string" ? specialValue(json) : undefined;
  return special ??
    { kind: "dict", entries: Object.entries(json).map(([key, value]) => entry(key, value ?? null)) };
}

function entry(key: string, value: Json): readonly [PyValue, PyValue] {
  return [{ kind: "str", value: key }, goldenPython(value)];
}

// JSON.parse has made 256.0 an integer already; recorded floats are told apart by the case instead.
function goldenNumber(number: number): PyValue {
  return Number.isInteger(number)
    ? { kind: "int", digits: String(number) }
    : { kind: "float", value: number };
}

function specialValue(json: JsonObject): PyValue | undefined {
  const items = Array.isArray(json.items) ? json.items.map((item: Json) => goldenPython(item)) : [];
  if (json.$py === "tuple" || json.$py === "set") return { kind: json.$py, items };
  if (json.$py === "float") {
    return { kind: "float", value: Number(String(json.repr).replace("inf", "Infinity")) };
  }
  throw new TypeError(`Cannot read a golden value of kind ${json.$py}`);
}

/** What goes over the wire for recorded JSON: tuples and sets are lists there, null members are absent. */
export function onWire(json: Json): Json {
  if (!isJsonObject(json)) return Array.isArray(json) ? json.map((item: Json) => onWire(item)) : json;
  if (json.$py === "tuple" || json.$py === "set") return onWire(json.items ?? []);
  const members = Object.entries(json).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(members.map(([key, value]) => [key, onWire(value ?? null)]));
}

/** The same request with every `environment` list sorted: ECS knows no order there. */
export function unordered(json: Json): Json {
  if (!isJsonObject(json)) return Array.isArray(json) ? json.map((item: Json) => unordered(item)) : json;
  return Object.fromEntries(
    Object.entries(json).map((
      [key, value],
    ) => [key, key === "environment" ? sorted(value) : unordered(value ?? null)]),
  );
}

function sorted(value: Json | undefined): Json {
  return Array.isArray(value) ? value.map((item) => JSON.stringify(item)).sort() : value ?? null;
}

/** The object at a path of member names; empty where there is none. */
export function at(json: JsonObject, ...path: readonly string[]): JsonObject {
  return path.reduce<JsonObject>((found, name) => mapping(found[name]), json);
}
