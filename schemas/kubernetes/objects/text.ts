/**
 * Texts and moments of objects that the API server answers, bounded.
 *
 * @module
 */

import type { Json } from "../../json/json.ts";

/** Longest text of a condition, an event or a container that is kept, in characters. */
const MOST = 1000;

/** A text, cut where it is too long and put on one line; null for anything else, and for an empty one. */
export function textIn(value: Json | undefined): string | null {
  if (typeof value !== "string" || value === "") return null;
  const flat = value.slice(0, 4 * MOST).replaceAll(/\s*[\r\n]+\s*/g, " ").trim();
  return flat.length <= MOST ? flat : `${flat.slice(0, MOST)}…`;
}

/** Longest name of an object. @see "Object Names and IDs": DNS subdomains have 253 characters */
const MOST_NAME = 253;

/** A name or id as it is; empty for anything else, and for one that is too long to be a name. */
export function nameIn(value: Json | undefined): string {
  return typeof value === "string" && value.length <= MOST_NAME ? value : "";
}

/** A whole number, else `otherwise`. */
export function countIn(value: Json | undefined, otherwise = 0): number {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : otherwise;
}

/** A moment as RFC 3339 writes it, in milliseconds since 1970; null: there is none. */
export function momentIn(value: Json | undefined): number | null {
  if (typeof value !== "string" || value.length > 40) return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : ms;
}
