/**
 * Reading and changing the metadata of objects.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { mapping, mappings } from "../../../schemas/json/shape.ts";

/** Where an object is, within its kind. */
export interface Place {
  /** Empty: it is in no namespace. */
  readonly namespace: string;
  readonly name: string;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Where an object is. */
export function placeOf(object: JsonObject): Place {
  const { namespace, name } = mapping(object["metadata"]);
  return { namespace: text(namespace), name: text(name) };
}

/** Unique over time. */
export function uidOf(object: JsonObject): string {
  return text(mapping(object["metadata"])["uid"]);
}

/** Its labels. */
export function labelsOf(object: JsonObject): JsonObject {
  return mapping(mapping(object["metadata"])["labels"]);
}

/** The object with further members in its metadata; `undefined` takes one away. */
export function withMeta(object: JsonObject, members: JsonObject): JsonObject {
  const all = Object.entries({ ...mapping(object["metadata"]), ...members });
  return { ...object, metadata: Object.fromEntries(all.filter(([, value]) => value !== undefined)) };
}

/** Whether it is being deleted, and stays for as long as something holds it. */
export function isDeleting(object: JsonObject): boolean {
  return text(mapping(object["metadata"])["deletionTimestamp"]) !== "";
}

/** The uids of its owners. */
export function ownersOf(object: JsonObject): readonly string[] {
  return mappings(mapping(object["metadata"])["ownerReferences"]).map(({ uid }) => text(uid));
}

/** A moment to the second, as most members have it. @param ms since 1970 */
export function moment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Milliseconds since 1970 of a moment in a member; null: there is none. */
export function msOf(value: unknown): number | null {
  const ms = Date.parse(text(value));
  return Number.isNaN(ms) ? null : ms;
}
