/**
 * The fields of a request with where each came from, for people.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../json/json.ts";
import { escapedName } from "../json/pointer.ts";
import { isList } from "../json/shape.ts";
import type { FieldSource } from "../plan/field_source.ts";
import type { FieldSources } from "../plan/sourced_request.ts";

/** One field of a request. */
export interface ExplainedField {
  /** Readable place, such as `containers[flow].image`. */
  readonly path: string;
  /** The value, `(hidden)` where it may be secret. */
  readonly value: Json;
  readonly source: ExplainedSource;
}

/** Where a field came from; the platform by its name. */
export interface ExplainedSource {
  readonly from: string;
  /** As in {@link FieldSource}. */
  readonly name: string;
}

/** What fields are explained with. */
export interface FieldLook {
  readonly sources: ReturnType<FieldSources>;
  /** Where settings came from, by the variable that carries them into a run. */
  readonly origins: ReadonlyMap<string, FieldSource>;
  /** What the platform is called. */
  readonly platform: string;
}

/** The fields of a request from which what is secret was taken already. @param pointer of the request in the plan's sources */
export function explainFields(
  value: JsonObject,
  pointer: string,
  look: FieldLook,
): readonly ExplainedField[] {
  return leavesOf(value, { pointer, path: "" }).map((leaf) => {
    const source = sourceOf(leaf.pointer, look.sources);
    const origin = source.from === "agent" ? look.origins.get(leaf.variable ?? "") : undefined;
    return { path: leaf.path, value: leaf.value, source: shown(origin ?? source, look.platform) };
  });
}

function shown({ from, name }: FieldSource, platform: string): ExplainedSource {
  return { from: from === "platform" ? platform : from, name };
}

const UNKNOWN: FieldSource = { from: "default", name: "" };

/** The source of the innermost pointer that has one. */
function sourceOf(pointer: string, sources: FieldLook["sources"]): FieldSource {
  for (let at = pointer; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
    const source = sources[at];
    if (source !== undefined) return source;
  }
  return UNKNOWN;
}

interface Leaf {
  readonly pointer: string;
  readonly path: string;
  readonly value: Json;
  /** Name of the variable, when it is one. */
  readonly variable?: string;
}

type Place = Pick<Leaf, "pointer" | "path">;

function leavesOf(value: JsonObject, spot: Place): readonly Leaf[] {
  return Object.entries(value).flatMap(([name, member]) => {
    const path = spot.path === "" ? name : `${spot.path}.${name}`;
    const inner = { pointer: `${spot.pointer}/${escapedName(name)}`, path };
    if ((name === "environment" || name === "env") && isList(member)) {
      return member.map((entry, index) => variableLeaf(entry, index, inner));
    }
    return memberLeaves(member ?? null, inner);
  });
}

function memberLeaves(member: Json, spot: Place): readonly Leaf[] {
  if (isJsonObject(member) && Object.keys(member).length > 0) return leavesOf(member, spot);
  if (isList(member) && member.some(isJsonObject)) {
    return member.flatMap((item, index) => itemLeaves(item, index, spot));
  }
  return [{ ...spot, value: member }];
}

function itemLeaves(item: Json, index: number, spot: Place): readonly Leaf[] {
  const pointer = `${spot.pointer}/${index}`;
  if (!isJsonObject(item)) return [{ pointer, path: `${spot.path}[${index}]`, value: item }];
  const { name, ...rest } = item;
  if (typeof item.key === "string") {
    return [{ pointer, path: `${spot.path}[${item.key}]`, value: item.value ?? null }];
  }
  if (typeof name !== "string") return leavesOf(item, { pointer, path: `${spot.path}[${index}]` });
  const named = { pointer, path: `${spot.path}[${name}]` };
  return Object.keys(rest).length === 0 ? [{ ...named, value: name }] : leavesOf(rest, named);
}

/** A variable, whose value is hidden. */
function variableLeaf(entry: Json, index: number, spot: Place): Leaf {
  const { name, value = null } = isJsonObject(entry) ? entry : { name: index, value: entry };
  const variable = String(name);
  return { pointer: `${spot.pointer}/${index}`, path: `${spot.path}[${variable}]`, value, variable };
}
