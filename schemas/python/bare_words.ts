/**
 * Words without quotes, as people type lists: `prod`, `[prod, eu]`. They are neither Python nor JSON, but can mean only one
 * thing.
 *
 * @module
 */

/** Neither blanks nor what quotes or encloses. A comma may be a part of one word. */
const WORD = /^[^\s()[\]{}"'`\u2018-\u201f]+$/u;

/** Words that have a meaning of their own in Python or JSON. */
const RESERVED = /^(none|null|true|false)$/i;

/** Whether a text is one word that can stand for itself alone. */
export function isBareWord(text: string): boolean {
  return WORD.test(text);
}

/** The words of `[prod, eu]` or `(prod, eu)`; null where it is anything else. */
export function bareWords(text: string): readonly string[] | null {
  const inner = /^\[(.*)\]$|^\((.*)\)$/s.exec(text);
  if (inner === null) return null;
  const words = (inner[1] ?? inner[2] ?? "").split(",").map((word) => word.trim());
  return words.every((word) => WORD.test(word) && !RESERVED.test(word)) ? words : null;
}
