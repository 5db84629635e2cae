/**
 * Where the values of a job configuration came from, noted while it is filled in. Only an explanation asks.
 *
 * @module
 */

import type { FieldSource } from "../../../schemas/plan/field_source.ts";
import { isJsonObject, type Json } from "../../../schemas/json/json.ts";
import { type Place, placeIn, pointerOf } from "./place.ts";

/** Where a job variable was stated, or the member of it to which keys lead. */
export type SourceOf = (keys: readonly string[]) => FieldSource;

/** Where values came from. */
export interface Origins {
  readonly note: (place: Place, source: FieldSource) => void;
  /** The same for a value of a job variable, whose members may each be stated somewhere else. */
  readonly noteMembers: (place: Place, keys: readonly string[], value: Json, sourceOf: SourceOf) => void;
  /** By pointer of the filled configuration: all that was put together there. */
  readonly rows: ReadonlyMap<string, readonly FieldSource[]>;
}

/** Nothing is noted yet. */
export function makeOrigins(): Origins {
  const rows = new Map<string, FieldSource[]>();
  const note = (place: Place, source: FieldSource) => {
    const pointer = pointerOf(place);
    const noted = rows.get(pointer);
    if (noted === undefined) rows.set(pointer, [source]);
    else noted.push(source);
  };
  const noteMembers: Origins["noteMembers"] = (place, keys, value, sourceOf) => {
    const noteWithin = (at: Place, path: readonly string[], inner: Json, by: FieldSource | null): void => {
      const source = sourceOf(path);
      if (source.from !== by?.from) note(at, source);
      if (!isJsonObject(inner)) return;
      for (const [name, member] of Object.entries(inner)) {
        if (member !== undefined) noteWithin(placeIn(at, name), [...path, name], member, source);
      }
    };
    noteWithin(place, keys, value, null);
  };
  return { rows, note, noteMembers };
}

/** What a value is said to come from where several had a part in it: the first kind here. */
const FIRST: readonly FieldSource["from"][] = [
  "block",
  "variable",
  "flow run",
  "deployment",
  "default",
  "setting",
  "platform",
  "template",
];

/** One source for a value that several had a part in: it names them all, the template only where nothing else had one. */
export function together(sources: readonly FieldSource[]): FieldSource | null {
  const distinct = [...new Map(sources.map((source) => [wordsOf(source), source])).values()];
  const parts = distinct.some(({ from }) => from !== "template")
    ? distinct.filter(({ from }) => from !== "template")
    : distinct;
  const [first, ...others] = FIRST.flatMap((kind) => parts.filter(({ from }) => from === kind));
  if (first === undefined) return parts[0] ?? null;
  if (others.length === 0) return first;
  const name = [first.name, ...others.map(wordsOf)].join(" and ");
  return { from: first.from, name, ...(parts.some(({ isHidden }) => isHidden) ? { isHidden: true } : {}) };
}

/** A source among others, in words. */
export function wordsOf({ from, name }: FieldSource): string {
  if (from === "flow run") return `${name} of the flow run`;
  return from === "default" ? `default ${name}` : name;
}
