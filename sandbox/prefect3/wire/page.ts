/**
 * The part of a list that a request asks for.
 *
 * @module
 */

import { type Answer, refusal } from "./answer.ts";

/** Most rows of one answer. */
export const MOST_ROWS = 200;

/** What was asked for. */
export interface Page {
  readonly limit: number;
  readonly offset: number;
}

/** The page of a body, or the refusal of it. */
export function readPage(
  { limit, offset = 0 }: { readonly limit?: number | null; readonly offset?: number | null },
): { readonly page: Page } | { readonly refusal: Answer } {
  const wanted = limit ?? MOST_ROWS;
  if (wanted < 0) return { refusal: refusal(422, "Invalid limit: must be greater than or equal to 0.") };
  if (wanted > MOST_ROWS) {
    return { refusal: refusal(422, `Invalid limit: must be less than or equal to ${MOST_ROWS}.`) };
  }
  return { page: { limit: wanted, offset: offset ?? 0 } };
}
