/**
 * What a watch tells: lines for those changes that its selector sees.
 *
 * @see "Kubernetes API Concepts": efficient detection of changes, watch bookmarks
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { expired, statusOf } from "./refusal.ts";
import type { Selects } from "./selectors.ts";
import type { Change, ObjectStore } from "./store.ts";

/** What is watched. */
export interface Watched {
  /** Plural of the kind. */
  readonly table: string;
  /** Namespace and selectors. */
  readonly selects: Selects;
  /** How objects are shown. */
  readonly shown: (object: JsonObject) => JsonObject;
  /** `apiVersion` and `kind`, which bookmarks have. */
  readonly type: JsonObject;
  /** The version behind which changes are told; empty or `0`: what is there comes first. */
  readonly from: string;
  /** What is there comes first, and a bookmark says where it ends. */
  readonly sendsInitial: boolean;
}

/** The line of a change; null: the watch does not see it. An object that is not selected any more is gone for the watch. */
export function lineOf({ table, selects, shown }: Watched, change: Change): JsonObject | null {
  if (change.table !== table) return null;
  const wasSeen = change.before !== null && selects(change.before);
  const isSeen = change.type !== "DELETED" && selects(change.object);
  if (!wasSeen && !isSeen) return null;
  const type = !isSeen ? "DELETED" : wasSeen ? "MODIFIED" : "ADDED";
  return { type, object: shown(change.object) };
}

/** The lines with which a watch begins. @returns whether it goes on after them */
export function firstLines(
  watched: Watched,
  store: ObjectStore,
): { readonly lines: readonly JsonObject[]; readonly goesOn: boolean } {
  const { table, selects, shown, from, sendsInitial } = watched;
  if (from === "" || from === "0" || sendsInitial) {
    const lines = store.all(table).filter(selects).map((object) => ({
      type: "ADDED",
      object: shown(object),
    }));
    return { lines: sendsInitial ? [...lines, bookmark(watched, store, true)] : lines, goesOn: true };
  }
  const changes = store.since(Number(from));
  if (changes === null) {
    const object = statusOf(expired(from, store.oldest()));
    return { lines: [{ type: "ERROR", object }], goesOn: false };
  }
  const lines = changes.map((change) => lineOf(watched, change)).filter((line) => line !== null);
  return { lines, goesOn: true };
}

/** Says that everything up to the newest version was told. @param endsInitial what was there at the beginning was told, too */
export function bookmark({ type }: Watched, store: ObjectStore, endsInitial = false): JsonObject {
  const annotations = endsInitial ? { annotations: { "k8s.io/initial-events-end": "true" } } : {};
  const metadata = { resourceVersion: String(store.version()), creationTimestamp: null, ...annotations };
  return { type: "BOOKMARK", object: { ...type, metadata } };
}
