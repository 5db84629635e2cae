/**
 * Writes JSON with its numbers as they were written: a flow's parameters may have integers that JavaScript cannot hold.
 *
 * @module
 */

import { numberText } from "../../../schemas/json/number_source.ts";
import type { Json } from "../../../schemas/json/json.ts";

/** A value as JSON. */
export function jsonText(value: Json): string {
  return JSON.stringify(value, function (this: unknown, key: string, member: unknown) {
    if (typeof member !== "number" || typeof this !== "object" || this === null) return member;
    const text = numberText(this, key);
    return text === undefined ? member : rawNumber(text) ?? member;
  });
}

/** Newer than the types of the language. */
const RAW: unknown = Reflect.get(JSON, "rawJSON");

function rawNumber(text: string): unknown {
  return typeof RAW === "function" ? RAW(text) : undefined;
}
