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

/** A word of the command line as a message may show it: options without their value, long words not at all. */
export function shown(word: string): string {
  if (word.startsWith("--")) return word.split("=")[0] ?? word;
  if (word.startsWith("-")) return word.slice(0, 2);
  const key = word.split("=")[0] ?? word;
  return key.length > SHOWN_LENGTH ? `a word of ${word.length} characters` : `'${key}'`;
}

/** A value of an option that takes no secrets, as a message may show it: the next word may have slipped into its place. */
export function shownValue(value: string): string {
  return value.length <= SHOWN_LENGTH && !/=|^-\D/.test(value) ? `'${value}'` : shown(value);
}
