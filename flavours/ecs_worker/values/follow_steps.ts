/**
 * Finds what was stated for a part of a request. Requests have AWS's names and forms, what is stated may have others: names in
 * other spelling, JSON text, mappings in place of lists, one item in place of a list of one.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { escapedName } from "../../../schemas/json/pointer.ts";
import { isList } from "../../../schemas/json/shape.ts";
import { sameName } from "../../../schemas/options/near_name.ts";
import type { Step } from "../stated_sources.ts";
import { parsedObject } from "./members.ts";

/** What was found: a pointer below the member, and the value there. */
export interface Followed {
  readonly pointer: string;
  readonly value: Json;
}

/** Null: nothing was stated there. */
export function follow(value: Json | undefined, steps: readonly Step[], pointer = ""): Followed | null {
  if (value === undefined || value === null) return null;
  const [step, ...rest] = steps;
  if (step === undefined) return { pointer, value };
  if (typeof value === "string") return followText(value, steps, pointer);
  if (isList(value)) return followList(value, step, rest, pointer);
  return isJsonObject(value) ? followObject(value, step, rest, pointer) : { pointer, value };
}

/** Words, ids parted by commas, or JSON: what is made of a text stands where the text stands. */
function followText(text: string, steps: readonly Step[], pointer: string): Followed | null {
  const parsed = parsedObject(text);
  if (parsed === undefined) return { pointer, value: text };
  const found = follow(parsed, steps);
  return found === null ? null : { ...found, pointer };
}

function followList(
  list: readonly Json[],
  step: Step,
  rest: readonly Step[],
  pointer: string,
): Followed | null {
  const index = "index" in step ? placeOf(list, step) : list.length === 1 ? 0 : -1;
  if (index < 0) return null;
  const steps = "index" in step ? rest : [step, ...rest];
  return follow(list[index], steps, `${pointer}/${index}`);
}

/** By its name or key, else by its place; a container without a name may be the one that got it. */
function placeOf(list: readonly Json[], { index, id }: Extract<Step, { index: number }>): number {
  if (id === null) return index < list.length ? index : -1;
  const named = list.findIndex((item) => idOf(item) === id);
  return named >= 0 ? named : list.findIndex((item) => isJsonObject(item) && idOf(item) === null);
}

/** Name or key of an item; null: it has none. */
export function idOf(item: Json): string | null {
  if (!isJsonObject(item)) return null;
  const id = item["name"] ?? item["key"] ?? item["Name"] ?? item["Key"];
  return typeof id === "string" && id.trim() !== "" ? id.trim() : null;
}

function followObject(
  object: JsonObject,
  step: Step,
  rest: readonly Step[],
  pointer: string,
): Followed | null {
  if ("member" in step) {
    const name = nameIn(object, step.member);
    return name === null ? null : follow(object[name], rest, `${pointer}/${escapedName(name)}`);
  }
  const { id } = step;
  if (id === null || !Object.hasOwn(object, id)) return follow(object, rest, pointer);
  // A mapping in place of a list of pairs: its value is all that there is below.
  return follow(object[id], [], `${pointer}/${escapedName(id)}`);
}

function nameIn(object: JsonObject, member: string): string | null {
  const names = Object.keys(object);
  if (names.includes(member)) return member;
  return sameName(member, names) ?? names.find((name) => sameName(`${name}s`, [member]) !== null) ?? null;
}
