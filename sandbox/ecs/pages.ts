/**
 * Long lists in pages.
 *
 * @module
 */

import { invalidParameter } from "./error.ts";

/** One page and how to get the next. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Absent on the last page. */
  readonly nextToken?: string;
}

/** What a request says about pages. */
export interface PageRequest {
  /** 1 to `most`. */
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
  /** Largest page, also the default. */
  readonly most: number;
}

/** Cuts a page out of a list. @throws {AwsError} `InvalidParameterException` */
export function pageOf<Item>(all: readonly Item[], { maxResults, nextToken, most }: PageRequest): Page<Item> {
  const size = maxResults ?? most;
  if (size < 1 || size > most) throw invalidParameter(`maxResults must be between 1 and ${most}.`);
  const from = nextToken === undefined || nextToken === "" ? 0 : Number(nextToken);
  if (!Number.isInteger(from) || from < 0) throw invalidParameter("Invalid token.");
  const items = all.slice(from, from + size);
  return from + size < all.length ? { items, nextToken: String(from + size) } : { items };
}
