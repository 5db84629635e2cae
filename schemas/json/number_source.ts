/**
 * The texts of numbers as JSON spelled them: `1.0` and integers of more digits than a double has are told apart from `1`
 * only by their text, and Python prints them so.
 *
 * @module
 */

import { isDeeperThan, MAX_DEPTH } from "./depth.ts";
import type { Json } from "./json.ts";

/** By the object or list that holds the number: texts by member. */
const TEXTS = new WeakMap<object, Map<string, string>>();

/** Numbers that JavaScript prints in another way than they were written; found in a text without parsing it. */
const SPECIAL = /[:,[]\s*-?(?:\d+\.\d*0|\d+(?:\.\d+)?[eE]|\d{16})/;

/**
 * Parses JSON and remembers the texts of such numbers.
 *
 * @throws {SyntaxError} where it is no JSON
 */
export function parseKeepingNumbers(text: string): unknown {
  if (!SPECIAL.test(text)) return JSON.parse(text);
  return JSON.parse(text, function (this: unknown, key: string, value: unknown, context?: NumberContext) {
    const source = context?.source;
    if (typeof value === "number" && source !== undefined && source !== String(value)) {
      remember(this, key, source);
    }
    return value;
  });
}

interface NumberContext {
  readonly source?: string;
}

/** How a number in a list or object was written; undefined where that is not known, or as JavaScript prints it. */
export function numberText(holder: object, key: string): string | undefined {
  return TEXTS.get(holder)?.get(key);
}

/** Says that a member of a copy was written as it was in the original. */
export function keepNumbers(original: object, copy: object, key: string, as = key): void {
  const text = numberText(original, key);
  if (text === undefined) TEXTS.get(copy)?.delete(as);
  else remember(copy, as, text);
}

function remember(holder: unknown, key: string, text: string): void {
  if (typeof holder !== "object" || holder === null) return;
  const texts = TEXTS.get(holder) ?? new Map<string, string>();
  texts.set(key, text);
  TEXTS.set(holder, texts);
}

/** The same as a value of JSON. @throws {SyntaxError} where it is no JSON */
export function parseJson(text: string): Json {
  return parseKeepingNumbers(text) as Json; // the one cast: what is parsed as JSON is JSON
}

/**
 * A value that was parsed from a text, with its numbers as they were written. It is parsed once more only where a number was
 * written in another way than JavaScript prints it. One that nests too deep is returned as it is: who reads it refuses the part
 * that does.
 */
export function withNumbers(value: Json, text: string): Json {
  return SPECIAL.test(text) && !isDeeperThan(value, MAX_DEPTH) ? parseJson(text) : value;
}
