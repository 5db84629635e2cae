/**
 * Collects what is wrong with a manifest, member by member.
 *
 * @module
 */

import { BOUNDS } from "../../bounds/bounds.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json/json.ts";
import { isList, kindOf } from "../../json/shape.ts";
import { shortened } from "../../options/near_name.ts";
import { escaped } from "../../options/usage_error.ts";

/** What is told of a manifest: all of it, or nothing that only a file holds. */
export type Manner = "frank" | "discreet";

/** The faults of one manifest. */
export interface Faults {
  /** Adds a fault: `path` must be `accepted`. @param found shown only to those who may see it; undefined: not shown */
  readonly add: (path: string, accepted: string, found?: string) => void;
  /** Adds a sentence. @param discreet what is told instead to those who may see nothing of the manifest */
  readonly tell: (sentence: string, discreet?: string) => void;
  readonly all: () => readonly string[];
}

/** Makes an empty collection. */
export function makeFaults(manner: Manner): Faults {
  const sentences: string[] = [];
  const tell = (sentence: string) => {
    if (sentences.length < BOUNDS.faults.most) sentences.push(sentence);
  };
  return {
    add: (path, accepted, found) => {
      const not = found === undefined || manner === "discreet" ? "" : `, not ${found}`;
      tell(`${path} must be ${accepted}${not}`);
    },
    tell: (sentence, discreet = sentence) => tell(manner === "frank" ? sentence : discreet),
    all: () => sentences,
  };
}

/** A text as a message shows it. */
export function quoted(text: string): string {
  return `'${escaped(shortened(text))}'`;
}

/** A value as a message shows it: texts and numbers themselves, else what they are. */
export function shownValue(value: Json | undefined): string {
  if (typeof value === "string") return quoted(value);
  return typeof value === "number" || typeof value === "boolean" ? String(value) : kindOf(value);
}

/** A mapping; an empty one where there is none, and where it is something else, which is a fault. */
export function mappingAt(value: Json | undefined, path: string, faults: Faults): JsonObject {
  if (value === undefined || value === null) return {};
  if (isJsonObject(value)) return value;
  faults.add(path, "a mapping", kindOf(value));
  return {};
}

/** The mappings of a list with their paths; what is something else is a fault. */
export function mappingsAt(
  value: Json | undefined,
  path: string,
  faults: Faults,
): readonly (readonly [JsonObject, string])[] {
  if (value === undefined || value === null) return [];
  if (!isList(value)) {
    faults.add(path, "a list of mappings", kindOf(value));
    return [];
  }
  return value.flatMap((item, index) => {
    const at = `${path}[${index}]`;
    if (isJsonObject(item)) return [[item, at] as const];
    faults.add(at, "a mapping", kindOf(item));
    return [];
  });
}

/** A text; undefined where there is none, and where it is something else, which is a fault. */
export function textAt(value: Json | undefined, path: string, faults: Faults): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  faults.add(path, "text", `${kindOf(value)}${isScalar(value) ? "; put it in quotes" : ""}`);
  return undefined;
}

function isScalar(value: Json): boolean {
  return typeof value === "number" || typeof value === "boolean";
}
