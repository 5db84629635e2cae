/**
 * JSON as the AWS protocols read and write it.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";

function isJson(value: unknown): value is Json {
  if (value === null || ["string", "number", "boolean"].includes(typeof value)) return true;
  if (Array.isArray(value)) return value.every(isJson);
  return typeof value === "object" &&
    Object.values(value).every((each) => each === undefined || isJson(each));
}

/** An object that came out of a schema for unknown members, as JSON again. @throws {TypeError} if it is none */
export function toJson(value: object): JsonObject {
  if (!isJson(value) || !isJsonObject(value)) throw new TypeError("Cannot answer: the value is not JSON");
  return value;
}

/** Without members and list entries that are null: AWS reads null as absent. */
export function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.filter((each) => each !== null).map(withoutNulls);
  if (!isJsonObject(value)) return value;
  const kept: Record<string, Json> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member !== null && member !== undefined) kept[name] = withoutNulls(member);
  }
  return kept;
}

/** The same text for the same value, whatever the order of its members. */
export function canonicalText(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value ?? null);
  const members = Object.keys(value).sort().filter((name) => value[name] !== undefined);
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonicalText(value[name])}`).join(",")}}`;
}
