/**
 * Objects with versions: what is there, what has changed since a version, and who is told of changes.
 *
 * @see "Kubernetes API Concepts": resource versions
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { type Place, placeOf, withMeta } from "./meta.ts";

/** One change. */
export interface Change {
  /** Plural of the kind, such as `jobs`. */
  readonly table: string;
  readonly version: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  /** As it is now, or was last, with this version. */
  readonly object: JsonObject;
  /** As it was before; null: it was not there. */
  readonly before: JsonObject | null;
}

/** The objects of a cluster. */
export interface ObjectStore {
  readonly get: (table: string, place: Place) => JsonObject | undefined;
  /** By namespace and name. */
  readonly all: (table: string) => readonly JsonObject[];
  /** Puts an object there, or changes it. @returns it with its version */
  readonly put: (table: string, object: JsonObject) => JsonObject;
  /** Takes an object away. @returns it as it was; undefined: it was not there */
  readonly drop: (table: string, place: Place) => JsonObject | undefined;
  /** Version of the newest change. */
  readonly version: () => number;
  /** The changes after a version, in their order; null: some of them are forgotten. */
  readonly since: (version: number) => readonly Change[] | null;
  /** Version behind which every change is known. */
  readonly oldest: () => number;
  /** Tells of each change from now on. @returns what ends it */
  readonly listen: (told: (change: Change) => void) => () => void;
}

/** Version of an empty store. */
const FIRST = 100;

/** An empty store. @param mostChanges how many changes are kept for those who come back */
export function createObjectStore(mostChanges = 2000): ObjectStore {
  const tables = new Map<string, Map<string, JsonObject>>();
  const changes: Change[] = [];
  const listeners = new Set<(change: Change) => void>();
  let version = FIRST;
  const tableOf = (table: string) => {
    const found = tables.get(table) ?? new Map<string, JsonObject>();
    tables.set(table, found);
    return found;
  };
  const oldest = () => (changes[0]?.version ?? version + 1) - 1;
  const change = (
    { table, type, object, before }: Omit<Change, "version">,
    apply: (stored: JsonObject) => void,
  ): JsonObject => {
    version += 1;
    const stored = withMeta(object, { resourceVersion: String(version) });
    apply(stored);
    const made = { table, version, type, object: stored, before };
    changes.push(made);
    if (changes.length > mostChanges) changes.shift();
    // A listener that ends another one must not keep it from being told of this change.
    for (const told of [...listeners]) told(made);
    return stored;
  };
  return {
    get: (table, place) => tableOf(table).get(keyOf(place)),
    all: (table) =>
      [...tableOf(table)].toSorted(([one], [other]) => one < other ? -1 : 1).map(([, it]) => it),
    put: (table, object) => {
      const objects = tableOf(table);
      const key = keyOf(placeOf(object));
      const before = objects.get(key) ?? null;
      const type = before === null ? "ADDED" : "MODIFIED";
      return change({ table, type, object, before }, (stored) => void objects.set(key, stored));
    },
    drop: (table, place) => {
      const objects = tableOf(table);
      const object = objects.get(keyOf(place));
      if (object === undefined) return undefined;
      change({ table, type: "DELETED", object, before: object }, () => void objects.delete(keyOf(place)));
      return object;
    },
    version: () => version,
    since: (from) => from < oldest() ? null : changes.filter((one) => one.version > from),
    oldest,
    listen: (told) => {
      listeners.add(told);
      return () => void listeners.delete(told);
    },
  };
}

function keyOf({ namespace, name }: Place): string {
  return `${namespace}/${name}`;
}
