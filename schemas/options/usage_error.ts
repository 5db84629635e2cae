/**
 * Messages about a wrong command line: they name the option and what is accepted, never a value that may be secret.
 *
 * @module
 */

import { FailureError } from "../failure/failure.ts";

/** Longest word that is shown in a message: keys and tokens are longer. */
const SHOWN_LENGTH = 20;

/** A failure with exit code 2. */
export function usageError(message: string): FailureError {
  return new FailureError({ tag: "usage", message });
}

/** Longest option that is shown: those that are known are shorter. */
const OPTION_LENGTH = 40;

/** One dash as people type it, or as an editor makes it of two: part of a regular expression. */
export const DASH = "[-\u2010-\u2015\u2212\ufe58\ufe63\uff0d]";

/** A word of the command line as a message may show it: options without their value, long words not at all. */
export function shown(word: string): string {
  if (/^-[^-]/.test(word)) return escaped(word.slice(0, 2));
  const [key = word] = word.split(new RegExp(`^${DASH}`, "u").test(word) ? /[=\s]/ : "=");
  if (word.startsWith("--") && key.length <= OPTION_LENGTH) return escaped(key);
  return key.length > SHOWN_LENGTH ? `a word of ${word.length} characters` : `'${escaped(key)}'`;
}

/** A value of an option that takes no secrets, as a message may show it: the next word may have slipped into its place. */
export function shownValue(value: string): string {
  return value.length <= SHOWN_LENGTH && !/=|^-\D/.test(value) ? `'${escaped(value)}'` : shown(value);
}

/** Text with its control characters and marks without width as escapes, `\r` or `\u200b`. */
export function escaped(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    const known = NAMED_ESCAPES[character];
    if (known !== undefined) return known;
    const point = character.codePointAt(0) ?? 0;
    return point < 0x100
      ? `\\x${hex(point, 2)}`
      : `\\u${point > 0xffff ? `{${hex(point, 5)}}` : hex(point, 4)}`;
  });
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = { "\r": "\\r", "\n": "\\n", "\t": "\\t" };

function hex(point: number, digits: number): string {
  return point.toString(16).padStart(digits, "0");
}
