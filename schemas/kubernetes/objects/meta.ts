/**
 * What every object of the API says of itself.
 *
 * @module
 */

import type { JsonObject } from "../../json/json.ts";
import { isJsonObject } from "../../json/json.ts";
import { mapping } from "../../json/shape.ts";
import { nameIn } from "./text.ts";

/** Members of an object's metadata. */
export interface Meta {
  readonly name: string;
  readonly uid: string;
  /** It is being deleted, and stays for as long as something holds it. */
  readonly isDeleting: boolean;
}

/** Reads them; null for what is no object with a name. */
export function metaIn(object: JsonObject): Meta | null {
  const { metadata } = object;
  if (!isJsonObject(metadata)) return null;
  const name = nameIn(metadata["name"]);
  if (name === "") return null;
  const { uid, deletionTimestamp } = metadata;
  return {
    name,
    uid: nameIn(uid),
    isDeleting: typeof deletionTimestamp === "string" && deletionTimestamp !== "",
  };
}

/** One label or annotation; null: it is not there. Of annotations too long to be ours nothing is read. */
export function labelIn(
  object: JsonObject,
  kind: "labels" | "annotations",
  name: string,
): string | null {
  const value = nameIn(mapping(mapping(object["metadata"])[kind])[name]);
  return value === "" ? null : value;
}
