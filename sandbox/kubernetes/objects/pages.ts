/**
 * Lists, page by page.
 *
 * @see "Kubernetes API Concepts": retrieving large results sets in chunks
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { placeOf } from "./meta.ts";
import { Refusal } from "./refusal.ts";

/** Which page. */
export interface PageQuery {
  /** Most objects of the page; 0: all. */
  readonly limit: number;
  /** From the page before; empty: the first page. */
  readonly next: string;
}

/** A page. */
export interface Page {
  readonly items: readonly JsonObject[];
  /** `metadata` of the list. */
  readonly metadata: JsonObject;
}

/** Which versions are known. */
export interface KnownVersions {
  readonly newest: number;
  /** A page that goes on from an older version is refused. */
  readonly oldest: number;
}

/**
 * Cuts a page out of the selected objects. All pages of a list name the version of its first one, so that a watch from it
 * brings what has changed meanwhile.
 *
 * @param objects by namespace and name
 * @throws {Refusal} `Expired` for a page that comes too late, `BadRequest` for one that no list has named
 */
export function pageOf(
  objects: readonly JsonObject[],
  { limit, next }: PageQuery,
  { newest, oldest }: KnownVersions,
): Page {
  const from = next === "" ? null : readToken(next);
  if (from !== null && from.version < oldest) {
    throw new Refusal(
      "Expired",
      "The provided continue parameter is too old to display a consistent list result. You can start a new list " +
        "without the continue parameter",
    );
  }
  const left = from === null ? objects : objects.filter((object) => keyOf(object) > from.after);
  const items = limit === 0 ? left : left.slice(0, limit);
  const version = from?.version ?? newest;
  const remaining = left.length - items.length;
  const last = items.at(-1);
  const more = remaining === 0 || last === undefined
    ? {}
    : { continue: tokenOf({ version, after: keyOf(last) }), remainingItemCount: remaining };
  return { items, metadata: { resourceVersion: String(version), ...more } };
}

interface Token {
  readonly version: number;
  readonly after: string;
}

function keyOf(object: JsonObject): string {
  const { namespace, name } = placeOf(object);
  return `${namespace}/${name}`;
}

function tokenOf({ version, after }: Token): string {
  return btoa(`${version} ${after}`);
}

function readToken(text: string): Token {
  const [, version, after] = /^(\d{1,15}) (\S+)$/.exec(decoded(text)) ?? [];
  if (version === undefined || after === undefined) {
    throw new Refusal("BadRequest", "continue key is not valid");
  }
  return { version: Number(version), after };
}

function decoded(text: string): string {
  try {
    return atob(text);
  } catch {
    return "";
  }
}
