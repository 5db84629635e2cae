/**
 * Values that Python (and YAML as PyYAML reads it) can write down, kept apart where JavaScript would merge them: `1`
 * and `1.0`, tuples and lists, text and bytes, integers of any size.
 *
 * @module
 */
import type { Json, JsonObject } from "../json/json.ts";

/** A Python value; told apart by `kind`. */
export type PyValue =
  | { readonly kind: "none" }
  | { readonly kind: "ellipsis" }
  | { readonly kind: "bool"; readonly value: boolean }
  /** An integer of any size: decimal digits, with `-` in front when negative. */
  | { readonly kind: "int"; readonly digits: string }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "complex"; readonly real: number; readonly imaginary: number }
  | { readonly kind: "str"; readonly value: string }
  /** Bytes, each 0 to 255. */
  | { readonly kind: "bytes"; readonly bytes: readonly number[] }
  /** A calendar date or a moment of YAML, in ISO 8601 as Python's `isoformat()` writes it. */
  | { readonly kind: "date" | "datetime"; readonly iso: string }
  | PyCollection
  | PyDict;

/** A list, tuple or set; a set keeps the order in which it was written. */
export interface PyCollection {
  /** Which of the three. */
  readonly kind: "list" | "tuple" | "set";
  /** The values inside; in a set each is there once. */
  readonly items: readonly PyValue[];
}

/** A dictionary in insertion order; keys need not be text. */
export interface PyDict {
  /** The word that tells it apart. */
  readonly kind: "dict";
  /** Keys, each there once, with their values. */
  readonly entries: readonly (readonly [PyValue, PyValue])[];
}

/**
 * The JSON that carries a value: tuples and sets become lists; an integer beyond ±(2^53-1) becomes text, so that no
 * digit is lost.
 *
 * @returns undefined when JSON cannot carry it (bytes, complex, dates, infinities, keys that are not text); see
 * {@link firstNotJson} for where
 */
export function toJson(value: PyValue): Json | undefined {
  if (firstNotJson(value) !== undefined) return undefined;
  return carried(value);
}

function carried(value: PyValue): Json {
  switch (value.kind) {
    case "bool":
    case "float":
    case "str":
      return value.value;
    case "int":
      return carriedInteger(value.digits);
    case "list":
    case "tuple":
    case "set":
      return value.items.map(carried);
    case "dict":
      return Object.fromEntries(value.entries.map(([key, member]) => [textOf(key), carried(member)]));
    default:
      return null;
  }
}

function carriedInteger(digits: string): number | string {
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : digits;
}

function textOf(key: PyValue): string {
  return key.kind === "str" ? key.value : "";
}

/** A place inside a value that JSON cannot carry. */
export interface NotJson {
  /** Keys and positions from the outside, such as `containerDefinitions[0].environment[1].value`; empty: the value itself. */
  readonly path: string;
  /** What stands there, in words for a message, such as `the date 2023-01-02`. */
  readonly found: string;
}

/** The first place in a value that JSON cannot carry, so that a message can name it; undefined when there is none. */
export function firstNotJson(value: PyValue, path = ""): NotJson | undefined {
  switch (value.kind) {
    case "list":
    case "tuple":
    case "set":
      return firstOf(value.items.map((item, index) => () => firstNotJson(item, `${path}[${index}]`)));
    case "dict":
      return firstOf(value.entries.map(([key, member]) => () => badEntry(key, member, path)));
    default: {
      const found = notJsonScalar(value);
      return found === undefined ? undefined : { path, found };
    }
  }
}

function firstOf(looks: readonly (() => NotJson | undefined)[]): NotJson | undefined {
  for (const look of looks) {
    const found = look();
    if (found !== undefined) return found;
  }
  return undefined;
}

function badEntry(key: PyValue, member: PyValue, path: string): NotJson | undefined {
  if (key.kind !== "str") return { path, found: "a key that is not text" };
  return firstNotJson(member, path === "" ? key.value : `${path}.${key.value}`);
}

function notJsonScalar(value: PyValue): string | undefined {
  switch (value.kind) {
    case "float":
      return Number.isFinite(value.value) ? undefined : "a number that is not finite";
    case "complex":
      return "a complex number";
    case "bytes":
      return "binary data";
    case "ellipsis":
      return "an ellipsis";
    case "date":
      return `the date ${value.iso}`;
    case "datetime":
      return `the time ${value.iso}`;
    default:
      return undefined;
  }
}

/** The value, or the key, at the place of {@link firstNotJson}. */
export function notJsonIn(value: PyValue): PyValue | undefined {
  switch (value.kind) {
    case "list":
    case "tuple":
    case "set":
      return value.items.map(notJsonIn).find((found) => found !== undefined);
    case "dict":
      return value.entries.map(([key, member]) => key.kind === "str" ? notJsonIn(member) : key)
        .find((found) => found !== undefined);
    default:
      return notJsonScalar(value) === undefined ? undefined : value;
  }
}

/** The Python value of some JSON; a whole number becomes an integer, as JSON text without a point would. */
export function fromJson(json: Json): PyValue {
  if (json === null) return { kind: "none" };
  if (typeof json === "string") return { kind: "str", value: json };
  if (typeof json === "boolean") return { kind: "bool", value: json };
  if (typeof json === "number") return fromNumber(json);
  if (isList(json)) return { kind: "list", items: json.map(fromJson) };
  return { kind: "dict", entries: Object.entries(json).flatMap(([key, member]) => fromMember(key, member)) };
}

function fromNumber(value: number): PyValue {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return { kind: "float", value };
  return { kind: "int", digits: String(value) };
}

function fromMember(key: string, member: Json | undefined): (readonly [PyValue, PyValue])[] {
  return member === undefined ? [] : [[{ kind: "str", value: key }, fromJson(member)]];
}

function isList(json: readonly Json[] | JsonObject): json is readonly Json[] {
  return Array.isArray(json);
}

/**
 * A text that is the same for two values exactly when Python takes them for the same dictionary key: `1`, `1.0` and
 * `True` are one key.
 *
 * @returns undefined when the value cannot be a key (lists, dictionaries, sets, and tuples that hold one)
 */
export function keyIdentity(value: PyValue): string | undefined {
  const parts: string[] = [];
  return identify(value, parts) ? parts.join("") : undefined;
}

/** Appends what tells a value apart. Tuples nest, so each part is written once and never quoted again. */
function identify(value: PyValue, parts: string[]): boolean {
  if (value.kind === "tuple") {
    parts.push(`t${value.items.length}(`);
    return value.items.every((item) => identify(item, parts));
  }
  if (value.kind === "list" || value.kind === "dict" || value.kind === "set") return false;
  parts.push(scalarIdentity(value), ",");
  return true;
}

function scalarIdentity(value: PyValue): string {
  switch (value.kind) {
    case "bool":
      return value.value ? "n1" : "n0";
    case "int":
      return `n${value.digits}`;
    case "float":
      return `n${numberIdentity(value.value)}`;
    case "complex":
      return complexIdentity(value.real, value.imaginary);
    default:
      return JSON.stringify(value);
  }
}

function numberIdentity(value: number): string {
  return Number.isInteger(value) ? BigInt(value).toString() : String(value);
}

function complexIdentity(real: number, imaginary: number): string {
  if (imaginary === 0) return `n${numberIdentity(real)}`;
  return `c${numberIdentity(real)},${numberIdentity(imaginary)}`;
}

/**
 * Builds a dictionary as Python does: a repeated key keeps its first place (and first spelling) and its last value.
 *
 * @returns undefined when a key cannot be one
 */
export function dictOf(pairs: Iterable<readonly [PyValue, PyValue]>): PyDict | undefined {
  const entries = new Map<string, readonly [PyValue, PyValue]>();
  for (const [key, member] of pairs) {
    const identity = keyIdentity(key);
    if (identity === undefined) return undefined;
    entries.set(identity, [entries.get(identity)?.[0] ?? key, member]);
  }
  return { kind: "dict", entries: [...entries.values()] };
}

/**
 * Builds a set: repeated items are kept once, at their first place.
 *
 * @returns undefined when an item cannot be in a set
 */
export function setOf(items: readonly PyValue[]): PyCollection | undefined {
  const dict = dictOf(items.map((item) => [item, { kind: "none" }] as const));
  return dict && { kind: "set", items: dict.entries.map(([item]) => item) };
}
