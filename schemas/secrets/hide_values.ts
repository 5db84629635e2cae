/**
 * Takes known secrets out of texts that others wrote: a refusal may quote the request that it refuses.
 *
 * @module
 */

import { SHORTEST } from "./redact.ts";
import { HIDDEN } from "./secret.ts";

/** The text with every one of the values hidden, also where it is escaped as JSON or the text breaks off within it. */
export function hideValues(text: string, values: readonly string[]): string {
  let clean = text;
  for (const value of values) {
    if (value === "") continue;
    for (const form of new Set([value, JSON.stringify(value).slice(1, -1)])) {
      clean = hideCutOff(clean.replaceAll(form, HIDDEN), form);
    }
  }
  return clean;
}

/** Long texts are cut, and the cut may leave the better part of a secret. */
function hideCutOff(text: string, value: string): string {
  const end = /…( \(\d+ characters in all\))?$/.exec(text);
  if (end === null) return text;
  const head = text.slice(0, end.index);
  for (let length = value.length - 1; length >= SHORTEST; length--) {
    if (head.endsWith(value.slice(0, length))) return head.slice(0, -length) + HIDDEN + end[0];
  }
  return text;
}
