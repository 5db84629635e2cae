/**
 * JSON text as Python reads it: `1` and `1.0` stay apart, integers keep their digits.
 *
 * @module
 */

import { tooMuch } from "../bounds/bounds.ts";
import type { PyValue } from "./value.ts";

/** @returns undefined when the text is not JSON, or holds an integer that is longer than is accepted, as in Python */
export function parseJsonValue(text: string): PyValue | undefined {
  try {
    return JSON.parse(text, revive);
  } catch {
    return undefined;
  }
}

/**
 * The same for a text that a run brings along. The values are counted before they are made, which takes a hundred times as
 * long.
 *
 * @returns what is too much, such as `30000 values (at most 20000 are accepted)`
 */
export function boundedJsonValue(
  text: string,
): { readonly value: PyValue | undefined } | { readonly tooMuch: string } {
  const excess = tooMuch("templateValues", valuesIn(text));
  return excess === undefined ? { value: parseJsonValue(text) } : { tooMuch: excess };
}

/** Values of a JSON text, names included; 0 when it is none. */
function valuesIn(text: string): number {
  try {
    let values = 0;
    const open: unknown[] = [JSON.parse(text)];
    while (open.length > 0) {
      const one = open.pop();
      values++;
      if (typeof one !== "object" || one === null) continue;
      const members = Object.values(one);
      if (!Array.isArray(one)) values += members.length;
      for (const member of members) open.push(member);
    }
    return values;
  } catch {
    return 0;
  }
}

// JSON.parse works from the inside out: members are PyValues already when their holder is reached.
function revive(_key: string, found: unknown, context?: { readonly source?: string }): PyValue {
  if (found === null) return { kind: "none" };
  if (typeof found === "string") return { kind: "str", value: found };
  if (typeof found === "boolean") return { kind: "bool", value: found };
  if (typeof found === "number") return numberOf(found, context?.source ?? String(found));
  if (Array.isArray(found)) return { kind: "list", items: found };
  return { kind: "dict", entries: entriesOf(found) };
}

function numberOf(found: number, source: string): PyValue {
  if (/[.eE]/.test(source)) return { kind: "float", value: found };
  const tooLong = tooMuch("integer", source.length);
  if (tooLong !== undefined) throw new RangeError(tooLong);
  return { kind: "int", digits: BigInt(source).toString() };
}

function entriesOf(holder: unknown): (readonly [PyValue, PyValue])[] {
  const members: Record<string, PyValue> = Object(holder);
  return Object.entries(members).map(([key, member]) => [{ kind: "str", value: key }, member] as const);
}

/** Where JSON goes wrong, such as ` (line 1 column 2)`; empty where that is not known. Never quotes the text. */
export function jsonFault(text: string): string {
  try {
    JSON.parse(text);
    return "";
  } catch (thrown) {
    return / \(line \d+ column \d+\)/.exec(String(thrown))?.[0] ?? "";
  }
}
