/**
 * Where brackets, braces and quotes end, however their lines are indented.
 *
 * @module
 */

/** What may stand between brackets, apart from quotes. One of them takes no character twice. */
const BLANKS = /[ \t\r\n]+/y;
const COMMENT = /#[^\n]*/y;
// A tag in angle brackets may hold a comma; its length is bounded, so that no text is searched again and again.
const PROPERTY = /[&*!](?:<[^>\s]{0,200}>|[^\s,[\]{}]*)/y;
const INDICATOR = /[-?](?=[\s,[\]{}]|$)|:(?=[\s,[\]{}]|$)/y;
const WORD = /(?:[^\s,[\]{}:]|:(?![\s,[\]{}]|$))+/y;

/**
 * The offset after the bracket or brace that closes the one at `start`.
 *
 * @returns undefined when it is never closed
 * @see YAML 1.1, flow collections: quotes count only where a scalar may begin, and `#` after a blank
 */
export function flowEnd(text: string, start: number): number | undefined {
  let depth = 0;
  let before: Before = "nothing";
  for (let at = start; at < text.length;) {
    const sign = text.charAt(at);
    if (OPENS.has(sign)) depth++;
    if (CLOSES.has(sign) && --depth === 0) return at + 1;
    const part = partAt(text, at, before);
    if (part === undefined) return undefined;
    ({ end: at, before } = part);
  }
  return undefined;
}

/** The offset after the quote that closes the one at `start`; undefined when it is never closed. */
export function quoteEnd(text: string, start: number): number | undefined {
  return text.charAt(start) === "'" ? singleEnd(text, start) : doubleEnd(text, start);
}

function singleEnd(text: string, start: number): number | undefined {
  let at = text.indexOf("'", start + 1);
  // Two of them stand for one.
  while (at >= 0 && text.charAt(at + 1) === "'") at = text.indexOf("'", at + 2);
  return at < 0 ? undefined : at + 1;
}

function doubleEnd(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at++) {
    const sign = text.charAt(at);
    if (sign === '"') return at + 1;
    if (sign === "\\") at++;
  }
  return undefined;
}

const OPENS: ReadonlySet<string> = new Set("[{");
const CLOSES: ReadonlySet<string> = new Set("]}");

/** What stood before: within plain text a quote is a character, and right after a key in quotes a colon needs no blank. */
type Before = "nothing" | "plain" | "key";

interface Part {
  readonly end: number;
  readonly before: Before;
}

function partAt(text: string, at: number, before: Before): Part | undefined {
  const sign = text.charAt(at);
  if (CLOSES.has(sign)) return { end: at + 1, before: "key" };
  if (OPENS.has(sign) || sign === ",") return { end: at + 1, before: "nothing" };
  const blank = endOf(BLANKS, text, at);
  if (blank !== undefined) return { end: blank, before };
  if (sign === "#") return { end: endOf(COMMENT, text, at) ?? at + 1, before: "nothing" };
  if (before !== "plain" && (sign === "'" || sign === '"')) {
    const end = quoteEnd(text, at);
    return end === undefined ? undefined : { end, before: "key" };
  }
  if (sign === ":" && before === "key") return { end: at + 1, before: "nothing" };
  return wordAt(text, at, before);
}

function wordAt(text: string, at: number, before: Before): Part {
  const indicator = endOf(INDICATOR, text, at);
  if (indicator !== undefined) {
    return { end: indicator, before: before === "plain" && text.charAt(at) !== ":" ? before : "nothing" };
  }
  const property = before === "plain" ? undefined : endOf(PROPERTY, text, at);
  if (property !== undefined) return { end: property, before: "nothing" };
  return { end: endOf(WORD, text, at) ?? at + 1, before: "plain" };
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
