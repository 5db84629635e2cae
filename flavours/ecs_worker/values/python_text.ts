/**
 * Values as Python's `str()` prints them, which is how they stand inside a text.
 *
 * @module
 */

import { isJsonObject, type Json } from "../../../schemas/json/json.ts";
import { numberText } from "../../../schemas/json/number_source.ts";
import { isList } from "../../../schemas/json/shape.ts";
import { pythonReprOf } from "../../../schemas/python/repr.ts";
import type { PyValue } from "../../../schemas/python/value.ts";

/**
 * `True`, `1.0`, `['a', 1]`, `{'a': None}`; a text is itself.
 *
 * @param holder what holds the value as `key`, where that is known: it remembers how numbers were written
 */
export function pythonText(value: Json, holder?: object, key = ""): string {
  return typeof value === "string" ? value : pythonReprOf(pythonValue(value, holder, key));
}

function pythonValue(value: Json, holder: object | undefined, key: string): PyValue {
  if (value === null) return { kind: "none" };
  if (typeof value === "string") return { kind: "str", value };
  if (typeof value === "boolean") return { kind: "bool", value };
  if (typeof value === "number") return pythonNumber(value, holder && numberText(holder, key));
  if (isList(value)) {
    return { kind: "list", items: value.map((item, at) => pythonValue(item, value, String(at))) };
  }
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return {
    kind: "dict",
    entries: members.map(([name, member]): readonly [PyValue, PyValue] => [
      { kind: "str", value: name },
      pythonValue(member ?? null, value, name),
    ]),
  };
}

function pythonNumber(value: number, text: string | undefined): PyValue {
  if (text !== undefined && /^-?\d+$/.test(text)) return { kind: "int", digits: text === "-0" ? "0" : text };
  if (text !== undefined || !Number.isInteger(value) || Object.is(value, -0)) return { kind: "float", value };
  return { kind: "int", digits: BigInt(value).toString() };
}

/** Whether a value is null, a text without characters, or a list or mapping without anything in it. */
export function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (isList(value)) return value.length === 0;
  return isJsonObject(value) && Object.keys(value).length === 0;
}
