/**
 * Text in ASCII letters, as the Python package text-unidecode 1.3 spells it.
 *
 * The table is the npm package `unidecode`, a port of the same Perl tables. Below stands only where the two differ in
 * what a slug could show; found by comparing all 65 536 characters.
 *
 * @module
 */
import unidecode from "unidecode";

const romanize: (char: string) => string = unidecode;

/** What text-unidecode writes for a character it has no spelling for; in a slug it becomes a dash. */
const UNKNOWN = "[?]";

// Inclusive ranges of UTF-16 units.
const DROPPED = [[0x80, 0x9f], [0x2e5, 0x2eb]] as const;
const NOT_KNOWN = [
  ...[[0x2ef, 0x2ef], [0x2f3, 0x2f3], [0x3f6, 0x3f8], [0x3fc, 0x3ff], [0x6ff, 0x6ff], [0x800, 0x8ff]],
  ...[[0xaf1, 0xaf1], [0xaf9, 0xaf9], [0x13f5, 0x13f5], [0x13f8, 0x13fd], [0x1900, 0x1dff], [0x1efa, 0x1eff]],
  ...[[0x25f4, 0x25f7], [0x25fb, 0x25fe], [0x2900, 0x2dff], [0x3400, 0x4cff], [0xa500, 0xabff]],
  ...[[0xe000, 0xf8ff], [0xfdfd, 0xfdfd]],
] as const;

/**
 * Writes every character in ASCII; characters beyond U+FFFF vanish.
 *
 * @param text best decomposed (NFKD) before, so that accents are characters of their own
 */
export function transliterate(text: string): string {
  return text.replace(/\P{ASCII}/gu, asciiOf);
}

function asciiOf(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code > 0xffff || isIn(DROPPED, code)) return "";
  // One character at a time: the package takes two that look like UTF-8 bytes for one.
  return isIn(NOT_KNOWN, code) ? UNKNOWN : romanize(char);
}

function isIn(ranges: readonly (readonly number[])[], code: number): boolean {
  return ranges.some(([first = 0, last = 0]) => first <= code && code <= last);
}
