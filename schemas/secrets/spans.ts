/**
 * Parts of a text that are to be hidden.
 *
 * @module
 */

import { HIDDEN } from "./secret.ts";

/** From the first character to the one behind the last. */
export type Span = readonly [from: number, to: number];

/** Takes one part. */
export type PutSpan = (from: number, to: number) => void;

/** The text with {@link HIDDEN} in place of each part; parts may overlap, and come in any order. */
export function withoutSpans(text: string, spans: Span[]): string {
  if (spans.length === 0) return text;
  spans.sort(([one], [other]) => one - other);
  const pieces: string[] = [];
  let shown = 0;
  for (const [from, to] of spans) {
    if (to <= shown) continue;
    // Parts that touch are one.
    if (from > shown || shown === 0) pieces.push(text.slice(shown, from), HIDDEN);
    shown = to;
  }
  pieces.push(text.slice(shown));
  return pieces.join("");
}
