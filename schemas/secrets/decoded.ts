/**
 * Texts without one layer of escapes, so that a secret is found however it was quoted: URL-encoded, as JSON, in HTML or XML.
 *
 * @module
 */

/** A text, and where each of its characters comes from. */
export interface Decoded {
  readonly text: string;
  /** Places in the text that was read first: of each character, and of the end. */
  readonly from: Int32Array;
}

const ESCAPES =
  /%[0-7][0-9a-f]|(?:%[89a-f][0-9a-f])+|\\(?:u[0-9a-f]{4}|x[0-9a-f]{2}|[nrtbf"'\\/])|&(?:amp|lt|gt|quot|apos|#[0-9]{1,5}|#x[0-9a-f]{1,4});/gi;

/** Almost every text has none of these. */
const ESCAPING = /[%\\&]/;

/** Takes one layer off; null: there is none. */
export function decoded(text: string, before: Int32Array | null): Decoded | null {
  if (!ESCAPING.test(text)) return null;
  ESCAPES.lastIndex = 0;
  const pieces: string[] = [];
  const from = new Int32Array(text.length + 1);
  const source = (at: number): number => before === null ? at : before[at] ?? 0;
  let read = 0;
  let written = 0;
  const copy = (to: number): void => {
    pieces.push(text.slice(read, to));
    for (; read < to; read++) from[written++] = source(read);
  };
  for (let found = ESCAPES.exec(text); found !== null; found = ESCAPES.exec(text)) {
    copy(found.index);
    const characters = charactersOf(found[0]);
    pieces.push(characters);
    for (let at = 0; at < characters.length; at++) from[written++] = source(read);
    read += found[0].length;
  }
  if (read === 0) return null;
  copy(text.length);
  from[written] = source(text.length);
  return { text: pieces.join(""), from };
}

const NAMED: Readonly<Record<string, string>> = {
  "\\n": "\n",
  "\\r": "\r",
  "\\t": "\t",
  "\\b": "\b",
  "\\f": "\f",
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
};

function charactersOf(escape: string): string {
  const named = NAMED[escape];
  if (named !== undefined) return named;
  if (escape.startsWith("%")) return bytesOf(escape);
  if (/^\\[ux]/i.test(escape)) return hex(escape.slice(2));
  if (/^&#x/i.test(escape)) return hex(escape.slice(3, -1));
  if (escape.startsWith("&#")) return String.fromCharCode(Number(escape.slice(2, -1)));
  return NAMED[escape.toLowerCase()] ?? escape.slice(1);
}

function bytesOf(escapes: string): string {
  const bytes = escapes.slice(1).split("%").map((digits) => parseInt(digits, 16));
  return utf8.decode(new Uint8Array(bytes));
}

const utf8 = new TextDecoder();

function hex(digits: string): string {
  return String.fromCharCode(parseInt(digits, 16));
}
