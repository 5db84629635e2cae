/**
 * Reads members of AWS answers. The SDK passes on everything it read, and a proxy or an emulator may have answered instead,
 * so a member of an unexpected kind counts as absent.
 *
 * @module
 */

import { FailureError } from "../../schemas/failure/failure.ts";
import { isJsonObject, type JsonObject } from "../../schemas/json/json.ts";

/** A text that is not empty, null for everything else. */
export function textIn(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** A whole number, null for everything else. */
export function integerIn(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : null;
}

/** The objects of a list; of anything else none. */
export function objectsIn(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** The texts of a list; of anything else none. */
export function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => textIn(one) !== null) : [];
}

/** One page and where the next one begins; null or empty: it was the last. */
export interface AwsPage {
  readonly items: readonly string[];
  readonly next: unknown;
}

/** More pages than any account has. */
const MOST_PAGES = 1000;

/**
 * The items of all pages.
 *
 * @param ask answers the page that begins at the token
 * @throws {FailureError} `unavailable` for pages without end
 */
export async function allPages(
  operation: string,
  ask: (token: string | null) => Promise<AwsPage>,
): Promise<readonly string[]> {
  const items: string[] = [];
  let token: string | null = null;
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await ask(token);
    items.push(...answer.items);
    const next = textIn(answer.next);
    if (next === null) return items;
    if (next === token) break;
    token = next;
  }
  const message = `Cannot complete ${operation}: the pages of its answer have no end`;
  throw new FailureError({ tag: "unavailable", status: 200, message });
}
