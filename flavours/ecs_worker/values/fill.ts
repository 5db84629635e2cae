/**
 * Fills placeholders in. Three passes follow each other: job variables and variables of the process, then blocks, then
 * Prefect variables. Each pass looks at what the one before it gave, and at nothing that it brought itself.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { isDeeperThan, MAX_DEPTH } from "../../../schemas/json/depth.ts";
import { keepNumbers } from "../../../schemas/json/number_source.ts";
import { isList, kindOf } from "../../../schemas/json/shape.ts";
import { shortened } from "../../../schemas/options/near_name.ts";
import { jsonCharacters } from "../../../schemas/bounds/json_size.ts";
import { blockValue, type Brought, prefectValue, referenceIn, referredBlock } from "./blocks.ts";
import { type Filling, spend } from "./filling.ts";
import { alwaysStays, isName, neededMembers } from "./parts.ts";
import { type Found, valueAt } from "./paths.ts";
import {
  type Placeholder,
  type PlaceholderKind,
  placeholdersIn,
  replacePlaceholders,
  variableOf,
} from "./placeholders.ts";
import { fieldOf, type Place, placeIn, refusal } from "./place.ts";
import { isEmpty, pythonText } from "./python_text.ts";

/** The pass that comes next: 4 means that nothing more is filled in. */
type Pass = 1 | 2 | 3 | 4;

/** What a pass fills in. */
const KINDS: Readonly<Record<Pass, readonly PlaceholderKind[]>> = {
  1: ["job", "environment"],
  2: ["block"],
  3: ["variable"],
  4: [],
};

/** A value that was filled in. */
export interface Filled {
  /** Undefined: it goes, with its member or item. */
  readonly value: Json | undefined;
  /** A placeholder in it has a value. */
  readonly isSet: boolean;
  /** The first placeholder in it that has none, or an empty one. */
  readonly unset: string | null;
  /** Something in it needs no placeholder. */
  readonly isFixed: boolean;
  /** Where it was brought from, which remembers how a number was written; absent: it stands in the template. */
  readonly from?: Found;
}

const GONE: Filled = { value: undefined, isSet: false, unset: null, isFixed: false };

/** Fills in what stands at a place of the template. @throws {FailureError} `badFlowRun` */
export function fill(filling: Filling, value: Json, place: Place): Filled {
  return fillAt(filling, value, place, 1, 0);
}

function fillAt(filling: Filling, value: Json, place: Place, pass: Pass, depth: number): Filled {
  if (typeof value === "string") return fillText(filling, value, place, pass, depth);
  spend(filling, 4, place, depth);
  if (isList(value)) return fillList(filling, value, place, pass, depth);
  if (isJsonObject(value)) return fillObject(filling, value, place, pass, depth);
  return { value, isSet: false, unset: null, isFixed: value !== null };
}

function fillList(
  filling: Filling,
  list: readonly Json[],
  place: Place,
  pass: Pass,
  depth: number,
): Filled {
  const items: Json[] = [];
  const all: Filled[] = [];
  list.forEach((item, index) => {
    const filled = fillAt(filling, item, placeIn(place, index, items.length), pass, depth + 1);
    all.push(filled);
    if (filled.value === undefined || (filled.unset !== null && filled.value === null)) return;
    keepNumber(filled, { holder: list, key: String(index) }, items, String(items.length));
    items.push(filled.value);
  });
  const sum = summed(all);
  const goes = items.length === 0 && sum.unset !== null && !sum.isSet && !alwaysStays(place);
  return { ...sum, value: goes ? undefined : items };
}

function fillObject(
  filling: Filling,
  value: JsonObject,
  place: Place,
  pass: Pass,
  depth: number,
): Filled {
  const id = pass <= 2 ? referenceIn(value) : undefined;
  if (id !== undefined) return fillReference(filling, id, place, pass, depth);
  const all = new Map<string, Filled>();
  const kept: [string, Json][] = [];
  for (const name of Object.keys(value)) {
    const member = value[name];
    if (member === undefined) continue;
    spend(filling, name.length + 4, place);
    const filled = fillAt(filling, member, placeIn(place, name), pass, depth + 1);
    all.set(name, filled);
    if (filled.value !== undefined) kept.push([name, filled.value]);
  }
  // A member may be named `__proto__`, which an assignment takes for something else.
  const members = Object.fromEntries(kept);
  for (const [name, filled] of all) keepNumber(filled, { holder: value, key: name }, members, name);
  return settled(filling, members, all, place);
}

function keepNumber(
  { value, from }: Filled,
  inTemplate: Omit<Found, "value">,
  copy: object,
  as: string,
): void {
  if (typeof value !== "number") return;
  const { holder, key } = from ?? inTemplate;
  keepNumbers(holder, copy, key, as);
}

/** Decides whether an object stays once its members are known. */
function settled(
  filling: Filling,
  members: JsonObject,
  all: ReadonlyMap<string, Filled>,
  place: Place,
): Filled {
  const sum = summed(all.values());
  const whole = { ...sum, value: members };
  if (sum.unset === null || filling.missing.size > 0) return whole;
  const without = neededMembers(place).find((name) => all.has(name) && isEmpty(all.get(name)?.value));
  if (!sum.isSet) {
    return alwaysStays(place) || (sum.isFixed && without === undefined)
      ? whole
      : { ...GONE, unset: sum.unset };
  }
  if (without === undefined) return whole;
  const unset = all.get(without)?.unset ?? null;
  if (unset === null) return whole;
  throw refusal(
    filling.run,
    place,
    `is half set: ${shortened(unset)} has no value, and ${
      fieldOf(place)
    } means nothing without ${without}. ` +
      `Set it, or leave all variables of this part unset`,
  );
}

function summed(all: Iterable<Filled>): Omit<Filled, "value"> {
  let isSet = false;
  let isFixed = false;
  let unset: string | null = null;
  for (const one of all) {
    isSet ||= one.isSet;
    isFixed ||= one.isFixed;
    unset ??= one.unset;
  }
  return { isSet, isFixed, unset };
}

/** `{"$ref": {"block_document_id": ID}}`: the data of a block. */
function fillReference(filling: Filling, id: Json, place: Place, pass: Pass, depth: number): Filled {
  const filled = fillAt(filling, id, place, pass, depth + 1).value;
  if (filled === undefined || filled === null || filled === "") return GONE;
  const brought = referredBlock(filling, pythonText(filled), place);
  return fillBrought(filling, brought, "block_document_id", place, 3, depth);
}

/** A value that stands in place of a placeholder, alone: it keeps its type. */
function fillBrought(
  filling: Filling,
  brought: Brought | undefined,
  placeholder: string,
  place: Place,
  next: Pass,
  depth: number,
): Filled {
  if (brought === null || brought === undefined) return { ...GONE, unset: placeholder };
  const { value, from = brought } = fillAt(filling, brought.value, place, next, depth);
  const isUnset = isEmpty(value);
  return { value, isSet: !isUnset, unset: isUnset ? placeholder : null, isFixed: false, from };
}

function fillText(filling: Filling, text: string, place: Place, pass: Pass, depth: number): Filled {
  if (!text.includes("{{")) return settledText(filling, text, { isSet: false, unset: null }, place, depth);
  let filled = text;
  let unset: string | null = null;
  let isSet = false;
  for (let now = pass; now <= 3; now++) {
    const first = placeholdersIn(filled).find(({ kind }) => KINDS[now].includes(kind));
    if (first === undefined) continue;
    if (first.text === filled && first.kind !== "environment") {
      return fillBrought(filling, valueOf(filling, first, place), first.text, place, nextOf(now), depth);
    }
    filled = insertedIn(filling, filled, now, place);
    if (filled === "") unset ??= first.text;
    else isSet = true;
  }
  noteLeftovers(filling, filled, place, pass);
  return settledText(filling, filled, { isSet, unset }, place, depth);
}

function settledText(
  filling: Filling,
  text: string,
  { isSet, unset }: Pick<Filled, "isSet" | "unset">,
  place: Place,
  depth: number,
): Filled {
  const value = isName(place) ? text.trim() : text;
  spend(filling, value.length + 2, place, depth);
  return { value, isSet: isSet && value !== "", unset, isFixed: !isSet && unset === null && value !== "" };
}

function nextOf(pass: Pass): Pass {
  return pass === 1 ? 2 : pass === 2 ? 3 : 4;
}

/** Puts values into a text; what has none leaves nothing. */
function insertedIn(filling: Filling, text: string, pass: Pass, place: Place): string {
  const texts = new Map<string, string>();
  let length = 0;
  return replacePlaceholders(text, (placeholder) => {
    if (!KINDS[pass].includes(placeholder.kind)) return null;
    const inserted = texts.get(placeholder.text) ??
      insertedText(filling, placeholder, place);
    texts.set(placeholder.text, inserted);
    length += inserted.length;
    // Before the text grows: it is counted whole once it is made.
    if (length > filling.characters) spend(filling, length, place);
    return inserted;
  });
}

function insertedText(filling: Filling, placeholder: Placeholder, place: Place): string {
  const found = valueOf(filling, placeholder, place);
  if (found === null || found === undefined) return "";
  const { value, holder, key } = found;
  if (typeof value === "string") return value;
  if (placeholder.kind === "block" && typeof value === "object" && value !== null) {
    throw refusal(
      filling.run,
      place,
      `holds ${shortened(placeholder.text)} inside a text, but its value is ${
        kindOf(value)
      }: name a member of it, such as {{ prefect.blocks.TYPE.NAME.MEMBER }}`,
    );
  }
  if (isDeeperThan(value, MAX_DEPTH)) throw refusal(filling.run, place, "nests too deep to become text");
  if (jsonCharacters(value) > filling.characters) spend(filling, filling.characters + 1, place);
  return pythonText(value, holder, key);
}

/** Null: not read yet; undefined: there is none. */
function valueOf(filling: Filling, placeholder: Placeholder, place: Place): Brought | undefined {
  switch (placeholder.kind) {
    case "job":
      return jobValue(filling, placeholder, place);
    case "environment":
      return processValue(filling, placeholder, place);
    case "block":
      return blockValue(filling, placeholder, place);
    case "variable":
      return prefectValue(filling, placeholder, place);
  }
}

function jobValue(filling: Filling, placeholder: Placeholder, place: Place): Found | undefined {
  const { keys } = placeholder;
  const found = valueAt(filling.variables.values, keys);
  filling.used.add(variableOf(placeholder));
  const { origins, variables: { sourceOf } } = filling;
  if (found !== undefined) origins?.noteMembers(place, keys, found.value, sourceOf);
  return found;
}

function processValue(filling: Filling, { name }: Placeholder, place: Place): Found | undefined {
  const variable = name.replace(/^\$+/, "");
  const { environment } = filling.worker;
  const value = Object.hasOwn(environment, variable) ? environment[variable] : undefined;
  if (value === undefined) return undefined;
  const title = `${variable} of the worker's environment`;
  filling.origins?.note(place, { from: "variable", name: title, isHidden: true });
  return { value, holder: environment, key: variable };
}

/** A placeholder that a value brought along stays: the user may have meant it to be filled in. */
function noteLeftovers(filling: Filling, text: string, place: Place, pass: Pass): void {
  if (pass === 1 || filling.leftovers.size >= MOST_LEFTOVERS) return;
  for (const { text: placeholder, name } of placeholdersIn(text)) {
    if (!name.startsWith("ctx.")) filling.leftovers.set(placeholder, fieldOf(place));
  }
}

/** Leftovers that one warning names. */
const MOST_LEFTOVERS = 5;
