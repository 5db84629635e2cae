/**
 * Text of scalar settings: names, enumerations, numbers, addresses, regions. White space and control characters around it
 * come from editors, `env` files and shells (`server\r`), and are never meant.
 *
 * @module
 */

/** White space, control characters and marks without width. */
const BLANK = /[\s\p{Cc}\u180e\u200b-\u200f\u2060\ufeff]/u;

/** The text without white space and control characters around it; the work grows as its length. */
export function scalarText(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && BLANK.test(text[from] ?? "")) from++;
  while (to > from && BLANK.test(text[to - 1] ?? "")) to--;
  return text.slice(from, to);
}

/** Whether a text has a control character anywhere, so that no scalar setting can be meant by it. */
export function hasControl(text: string): boolean {
  return /[\p{Cc}\u2028\u2029]/u.test(text);
}

/** The same variables with their values as {@link scalarText}. */
export function scalarVariables(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, scalarText(value)]));
}
