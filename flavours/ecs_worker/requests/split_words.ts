/**
 * Command lines that are one text.
 *
 * @module
 */

import { split } from "shlex";

/** The words as a shell splits them; null: a quote or backslash is left open. */
export function splitWords(text: string): readonly string[] | null {
  try {
    return split(text);
  } catch {
    return null;
  }
}
