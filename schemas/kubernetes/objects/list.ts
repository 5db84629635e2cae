/**
 * Lists and watches as the API server answers them.
 *
 * @see "Kubernetes API Concepts": resource versions, retrieving large results sets in chunks, watch bookmarks
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../json/json.ts";
import { mapping, mappings } from "../../json/shape.ts";

/** One page of a list. */
export interface ListPage {
  readonly items: readonly JsonObject[];
  /** Version of the list: a watch goes on from it. */
  readonly version: string;
  /** Asks for the next page; null: this is the last one. */
  readonly next: string | null;
}

/** One line of a watch. */
export type WatchLine =
  | { readonly type: "put" | "gone"; readonly object: JsonObject; readonly version: string }
  /** Nothing of interest has happened up to this version. */
  | { readonly type: "bookmark"; readonly version: string }
  /** The watch ends. 410: the version is too old. */
  | { readonly type: "refused"; readonly code: number; readonly message: string };

/** Reads a page; null for what is none. */
export function readPage(answer: Json | undefined): ListPage | null {
  if (!isJsonObject(answer) || !Array.isArray(answer["items"])) return null;
  const { resourceVersion, continue: next } = mapping(answer["metadata"]);
  return {
    items: mappings(answer["items"]),
    version: typeof resourceVersion === "string" ? resourceVersion : "",
    next: typeof next === "string" && next !== "" ? next : null,
  };
}

/** Reads a line; null for what is none. */
export function readWatchLine(line: Json | undefined): WatchLine | null {
  if (!isJsonObject(line) || !isJsonObject(line["object"])) return null;
  const { type, object } = line;
  if (type === "ERROR") {
    const { code, message } = object;
    return {
      type: "refused",
      code: typeof code === "number" ? code : 0,
      message: typeof message === "string" ? message : "",
    };
  }
  const { resourceVersion } = mapping(object["metadata"]);
  const version = typeof resourceVersion === "string" ? resourceVersion : "";
  if (type === "BOOKMARK") return { type: "bookmark", version };
  if (type === "DELETED") return { type: "gone", object, version };
  return type === "ADDED" || type === "MODIFIED" ? { type: "put", object, version } : null;
}
