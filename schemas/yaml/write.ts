/**
 * Writes YAML that every reader takes for the same values: what YAML 1.1 or 1.2 would take for something else than text
 * stands in quotes.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../json/json.ts";
import { isList } from "../json/shape.ts";
import { plainTag } from "./scalar.ts";

/** A document in block style, with a line end; members that are undefined are left out. */
export function yamlDocument(value: JsonObject): string {
  return `${mappingLines(value).join("\n")}\n`;
}

/** Several documents, each behind a line of three dashes. */
export function yamlDocuments(values: readonly JsonObject[]): string {
  return values.map((value) => `---\n${yamlDocument(value)}`).join("");
}

function mappingLines(value: JsonObject): readonly string[] {
  const lines = Object.entries(value).flatMap(([key, member]) =>
    member === undefined ? [] : memberLines(scalar(key), member)
  );
  return lines.length === 0 ? ["{}"] : lines;
}

function memberLines(key: string, member: Json): readonly string[] {
  if (!isBlock(member)) return [`${key}: ${inline(member)}`];
  // Items of a list stand below their key without a deeper indent, as kubectl writes them.
  return isList(member)
    ? [`${key}:`, ...listLines(member)]
    : [`${key}:`, ...mappingLines(member).map((line) => `  ${line}`)];
}

function listLines(items: readonly Json[]): readonly string[] {
  return items.flatMap((item) => {
    if (!isBlock(item)) return [`- ${inline(item)}`];
    const lines = isList(item) ? listLines(item) : mappingLines(item);
    return lines.map((line, index) => `${index === 0 ? "- " : "  "}${line}`);
  });
}

function isBlock(value: Json): value is readonly Json[] | JsonObject {
  if (isList(value)) return value.length > 0;
  return isJsonObject(value) && Object.values(value).some((member) => member !== undefined);
}

function inline(value: Json): string {
  if (isList(value)) return "[]";
  if (isJsonObject(value)) return "{}";
  return typeof value === "string" ? scalar(value) : JSON.stringify(value);
}

/** Words that need no quotes wherever they stand, unless a reader takes them for a number, a date or a boolean. */
const PLAIN = /^[A-Za-z_][A-Za-z0-9_./-]*$/;

/** `y` and `n` are booleans to some readers of YAML 1.1. */
const LETTERS = /^[yYnN]$/;

function scalar(text: string): string {
  return PLAIN.test(text) && plainTag(text) === "str" && !LETTERS.test(text) ? text : quoted(text);
}

/** A JSON string is a double-quoted scalar; what is not ASCII is escaped, so that neither terminal nor encoding changes it. */
function quoted(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll(/[^\x20-\x7e]/gu, (character) => {
    const point = character.codePointAt(0) ?? 0;
    const digits = point.toString(16);
    return point > 0xffff ? `\\U${digits.padStart(8, "0")}` : `\\u${digits.padStart(4, "0")}`;
  });
}
