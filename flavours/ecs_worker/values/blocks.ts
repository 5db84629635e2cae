/**
 * Values of blocks and of Prefect variables, out of what was read.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { mapping } from "../../../schemas/json/shape.ts";
import { shortened } from "../../../schemas/options/near_name.ts";
import type { Source } from "../../../schemas/plan/source.ts";
import { blockById, blockByName, prefectVariable } from "../../../schemas/prefect3/source.ts";
import type { Filling } from "./filling.ts";
import { type Found, keysOf, valueAt } from "./paths.ts";
import { BLOCK_PREFIX, type Placeholder, VARIABLE_PREFIX } from "./placeholders.ts";
import { type Place, refusal } from "./place.ts";

/** A value with what holds it; null where it was not read yet. */
export type Brought = Found | null;

/** What was read of a source; undefined: it is not there; null: it was not read yet, and is noted as missing. */
function readingOf(filling: Filling, source: Source): JsonObject | undefined | null {
  const reading = filling.readings[source.key];
  filling.asked.add(source.key);
  if (reading === undefined) {
    filling.missing.set(source.key, source);
    return null;
  }
  return reading.kind === "json" ? reading.value : undefined;
}

/** `prefect.blocks.TYPE.NAME` with an optional path; a block that has nothing but `value` stands for that. */
export function blockValue(filling: Filling, { name, text }: Placeholder, place: Place): Brought {
  const [type = "", block = "", ...path] = name.slice(BLOCK_PREFIX.length).split(".");
  if (type === "" || block === "") {
    throw refusal(
      filling.run,
      place,
      `holds ${shortened(text)}, which names no block: write {{ prefect.blocks.TYPE.NAME }}`,
    );
  }
  const title = `block ${type}/${block}`;
  const read = readingOf(filling, blockByName(type, block));
  if (read === null) return null;
  if (read === undefined) throw gone(filling, place, `${title}, named by ${shortened(text)},`);
  filling.origins?.note(place, { from: "block", name: title, isHidden: true });
  filling.block = title;
  return path.length === 0 ? wholeBlock(read) : inBlock(filling, read, path.join("."), text, place);
}

function wholeBlock(read: JsonObject): Found {
  const data = mapping(read.data);
  return onlyValue(data) ?? { value: data, holder: read, key: "data" };
}

function inBlock(filling: Filling, read: JsonObject, path: string, text: string, place: Place): Found {
  const data = mapping(read.data);
  const only = /^value($|[.[])/.test(path) ? undefined : onlyValue(data);
  const found = valueAt(only?.value ?? data, keysOf(path));
  if (found !== undefined) return found;
  throw refusal(
    filling.run,
    place,
    `holds ${shortened(text)}, but the block has nothing at ${
      shortened(path)
    }: correct the path or save the block with it`,
  );
}

function onlyValue(data: JsonObject): Found | undefined {
  const { value } = data;
  if (value === undefined || Object.keys(data).length !== 1) return undefined;
  return { value, holder: data, key: "value" };
}

/** The id in `{"$ref": {"block_document_id": ID}}`; undefined for anything else. */
export function referenceIn(value: JsonObject): Json | undefined {
  const reference = value.$ref;
  const id = isJsonObject(reference) ? reference.block_document_id : undefined;
  return id === undefined || id === null || id === "" ? undefined : id;
}

/** The data of a block by its id. */
export function referredBlock(filling: Filling, id: string, place: Place): Brought {
  const read = readingOf(filling, blockById(id));
  if (read === null) return null;
  if (read === undefined) throw gone(filling, place, `the block with id ${shortened(id)}`);
  const title = typeof read.type === "string" && typeof read.name === "string"
    ? `block ${read.type}/${read.name}`
    : `block ${id}`;
  filling.origins?.note(place, { from: "block", name: title, isHidden: true });
  filling.block = title;
  return { value: mapping(read.data), holder: read, key: "data" };
}

/** `prefect.variables.NAME`; the empty text where there is none. */
export function prefectValue(filling: Filling, { name }: Placeholder, place: Place): Brought {
  const variable = name.slice(VARIABLE_PREFIX.length);
  const read = readingOf(filling, prefectVariable(variable));
  if (read === null) return null;
  filling.origins?.note(place, { from: "variable", name: `Prefect variable ${variable}` });
  const holder = read ?? { value: "" };
  return { value: holder.value ?? null, holder, key: "value" };
}

function gone(filling: Filling, place: Place, title: string) {
  return refusal(
    filling.run,
    place,
    `needs ${title} which the API does not have: create it or take the reference out`,
  );
}
