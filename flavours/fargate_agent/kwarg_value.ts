/**
 * One configured value of the Fargate agent: a Python literal or JSON, turned into what the AWS parameter takes.
 *
 * @module
 */

import type { Json } from "../../schemas/json/json.ts";
import type { KwargKind } from "./kwarg_rows.ts";
import { hasControl, scalarText } from "../../schemas/options/scalar_text.ts";
import { shownValue } from "../../schemas/options/usage_error.ts";
import { bareWords } from "../../schemas/python/bare_words.ts";
import { parsePythonLiteral } from "../../schemas/python/literal.ts";
import { firstNotJson, type PyValue, toJson } from "../../schemas/python/value.ts";
import { parseJsonValue } from "../../schemas/python/json_text.ts";

/** What became of a value. `null`, `None` and nothing at all are the same: absent (F-NONE-PASSED). */
export type ReadValue =
  | { readonly outcome: "value"; readonly value: Json }
  | { readonly outcome: "absent" }
  /** `problem` says what was expected and what stands there instead, without the value itself. */
  | { readonly outcome: "problem"; readonly problem: string };

const ABSENT: ReadValue = { outcome: "absent" };

/**
 * Reads a value by the kind of its parameter. Text goes through Python's literal syntax first, as the original did, then
 * JSON (F-JSON-LITERALS); what only looks like a number stays text where AWS wants text (F-NUMERIC-STRING).
 */
export function readValue(kind: KwargKind, given: PyValue): ReadValue {
  switch (kind) {
    case "text":
      return readText(given);
    case "size":
      return readSize(given);
    case "integer":
      return readInteger(literal(given));
    case "flag":
      return readFlag(literal(given));
    case "list":
    case "mapping":
      return readStructure(kind, literal(given));
  }
}

/** Reads text as a Python literal, else as JSON; text that is neither, and what is not text, comes back as it is. */
export function literal(given: PyValue): PyValue {
  if (given.kind !== "str") return given;
  const text = scalarText(given.value);
  const read = parsePythonLiteral(text);
  return read.ok ? read.value : parseJsonValue(text) ?? { kind: "str", value: text };
}

const NOT_TEXT: ReadonlySet<PyValue["kind"]> = new Set(["list", "tuple", "set", "dict", "bytes"]);

function readText(given: PyValue): ReadValue {
  if (given.kind === "str") return checkedText(readLiteralText(givenText(given.value)));
  if (given.kind === "none") return ABSENT;
  if (given.kind === "int") return value(given.digits);
  return problem("text", given);
}

/** Without white space around it; blanks in front are sent. @see recorded: agent_env/cluster-leading-space */
function givenText(text: string): string {
  const meant = scalarText(text);
  const blanks = meant === "" ? "" : /^[ \t]*/.exec(text)?.[0] ?? "";
  return blanks + meant;
}

/** What stands in quotes may have white space around it, too. */
function checkedText(read: ReadValue): ReadValue {
  if (read.outcome !== "value" || typeof read.value !== "string") return read;
  const text = givenText(read.value);
  if (!hasControl(text.trimStart())) return value(text);
  const shown = shownValue(text);
  return { outcome: "problem", problem: `expected text without control characters, got ${shown}` };
}

function readLiteralText(text: string): ReadValue {
  const read = parsePythonLiteral(text);
  if (!read.ok) return value(text);
  if (read.value.kind === "none") return ABSENT;
  if (read.value.kind === "str") return value(read.value.value);
  return NOT_TEXT.has(read.value.kind) ? problem("text", read.value) : value(text);
}

function readSize(given: PyValue): ReadValue {
  if (given.kind === "str") return checkedText(value(scalarText(given.value)));
  if (given.kind === "none") return ABSENT;
  if (given.kind === "int") return value(given.digits);
  return problem("text or a whole number", given);
}

function readInteger(given: PyValue): ReadValue {
  if (given.kind === "none") return ABSENT;
  const number = given.kind === "int" ? Number(given.digits) : NaN;
  return Number.isSafeInteger(number) ? value(number) : problem("a whole number", given);
}

function readFlag(given: PyValue): ReadValue {
  if (given.kind === "none") return ABSENT;
  if (given.kind === "bool") return value(given.value);
  const word = given.kind === "str" ? given.value.toLowerCase() : "";
  if (word === "true" || word === "false") return value(word === "true");
  return problem("True or False", given);
}

function readStructure(kind: "list" | "mapping", given: PyValue): ReadValue {
  if (given.kind === "none") return ABSENT;
  const words = kind === "list" && given.kind === "str" ? bareWords(given.value) : null;
  if (words !== null) return value(words);
  const fits = kind === "list" ? given.kind === "list" || given.kind === "tuple" : given.kind === "dict";
  if (!fits) return problem(kind === "list" ? "a list" : "an object", given, FORMS[kind]);
  const wrong = firstRefused(given, "");
  if (wrong !== undefined) return { outcome: "problem", problem: wrong };
  const json = toJson(given);
  return json === undefined ? problem("JSON values", given) : value(json);
}

// Whatever is listed here, botocore's parameter check refuses in every place of these calls.
function firstRefused(given: PyValue, path: string): string | undefined {
  const notJson = firstNotJson(given);
  if (notJson !== undefined) {
    return `expected values that AWS can take: ${at(notJson.path)} is ${notJson.found}`;
  }
  return refusedWithin(given, path);
}

function refusedWithin(given: PyValue, path: string): string | undefined {
  if (given.kind === "dict") {
    return firstDefined(given.entries, ([key, member]) => refusedWithin(member, join(path, key)));
  }
  if (given.kind === "list" || given.kind === "tuple") {
    return firstDefined(given.items, (item, index) => refusedWithin(item, `${path}[${index}]`));
  }
  if (given.kind !== "set" && given.kind !== "float" && given.kind !== "none" && isSafe(given)) {
    return undefined;
  }
  return `expected values that AWS can take: ${at(path)} is ${kindName(given)}`;
}

function isSafe(given: PyValue): boolean {
  return given.kind !== "int" || Number.isSafeInteger(Number(given.digits));
}

function join(path: string, key: PyValue): string {
  const name = key.kind === "str" ? key.value : "?";
  return path === "" ? name : `${path}.${name}`;
}

function at(path: string): string {
  return path === "" ? "it" : path;
}

function firstDefined<T>(
  items: readonly T[],
  look: (item: T, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = look(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

function value(json: Json): ReadValue {
  return { outcome: "value", value: json };
}

/** What works where text is no literal; shells take away double quotes and divide at blanks. */
const FORMS = {
  list: `; write it as ["a", "b"], in a shell with the whole word in single quotes`,
  mapping: `; write it as {"name": "value"}, in a shell with the whole word in single quotes`,
} as const;

function problem(expected: string, given: PyValue, form = ""): ReadValue {
  const hint = given.kind === "str" ? form : "";
  return { outcome: "problem", problem: `expected ${expected}, got ${kindName(given)}${hint}` };
}

const KIND_NAMES: Readonly<Record<PyValue["kind"], string>> = {
  none: "None",
  ellipsis: "an ellipsis",
  bool: "True or False",
  int: "a whole number",
  float: "a number with a fraction",
  complex: "a complex number",
  str: "text that is neither a Python literal nor JSON of that kind",
  bytes: "binary data",
  date: "a date",
  datetime: "a time",
  list: "a list",
  tuple: "a tuple",
  set: "a set",
  dict: "an object",
};

/** What kind of value this is, in words for a message. */
export function kindName(given: PyValue): string {
  return KIND_NAMES[given.kind];
}
