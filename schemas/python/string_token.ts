/**
 * String and bytes tokens of Python source: prefixes, quotes, escapes.
 *
 * @module
 */
import type { PyValue } from "./value.ts";

/** A string or bytes token and where it ends. */
export interface StringToken {
  /** What it says, escapes replaced. */
  readonly value: Extract<PyValue, { kind: "str" | "bytes" }>;
  /** Index of the first UTF-16 unit after the closing quote. */
  readonly end: number;
}

const OPENING = /([A-Za-z]{0,2})('''|"""|'|")/y;
const PREFIXES: ReadonlySet<string> = new Set(["", "r", "u", "b", "br", "rb"]);

/** Whether a string or bytes token may begin here. */
export function startsString(source: string, at: number): boolean {
  OPENING.lastIndex = at;
  return OPENING.test(source);
}

/**
 * Reads the string or bytes token that begins at `at`; line ends in `source` are `\n` already.
 *
 * @returns undefined when it is not one: wrong prefix, formatted string, no closing quote, bad escape; also for
 * `\N{...}`, whose table of character names this program does not carry
 * @see Python 3.9 reference, 2.4.1
 */
export function readString(source: string, at: number): StringToken | undefined {
  OPENING.lastIndex = at;
  const [opening, prefix = "", quote = ""] = OPENING.exec(source) ?? [];
  if (opening === undefined || !PREFIXES.has(prefix.toLowerCase())) return undefined;
  const start = at + opening.length;
  const close = closingQuote(source, start, quote);
  if (close === undefined) return undefined;
  const value = valueOf(source.slice(start, close), prefix.toLowerCase());
  return value && { value, end: close + quote.length };
}

function closingQuote(source: string, start: number, quote: string): number | undefined {
  let at = start;
  while (at < source.length) {
    if (source.startsWith(quote, at)) return at;
    if (source[at] === "\n" && quote.length === 1) return undefined;
    at += source[at] === "\\" ? 2 : 1;
  }
  return undefined;
}

function valueOf(body: string, prefix: string): StringToken["value"] | undefined {
  const kind = prefix.includes("b") ? "bytes" : "str";
  // deno-lint-ignore no-control-regex
  if (kind === "bytes" && /[^\x00-\x7f]/.test(body)) return undefined;
  const value = prefix.includes("r") ? body : unescaped(body, kind);
  if (value === undefined || kind === "str") return value === undefined ? undefined : { kind: "str", value };
  return { kind, bytes: [...value].map((char) => char.charCodeAt(0) & 0xff) };
}

const TEXT_ESCAPE = /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([^]))/g;
const BYTES_ESCAPE = /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|()()([^]))/g;

const SIMPLE: ReadonlyMap<string, string> = new Map([
  ["\n", ""],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
]);

// Reached only when the digits that must follow are missing, or (N) when a character name would be needed.
const INCOMPLETE = { str: new Set(["x", "u", "U", "N"]), bytes: new Set(["x"]) };
const LAST_CODE_POINT = 0x10ffff;

function unescaped(body: string, kind: "str" | "bytes"): string | undefined {
  let wrong = false;
  const value = body.replace(
    kind === "str" ? TEXT_ESCAPE : BYTES_ESCAPE,
    (...found: (string | undefined)[]) => {
      const [escape = "", octal, hex2, hex4, hex8, other = ""] = found;
      const code = octal
        ? parseInt(octal, 8)
        : hex2 || hex4 || hex8
        ? parseInt(hex2 || hex4 || hex8 || "", 16)
        : -1;
      if (code > LAST_CODE_POINT || INCOMPLETE[kind].has(other)) wrong = true;
      else if (code >= 0) return String.fromCodePoint(code);
      return SIMPLE.get(other) ?? escape;
    },
  );
  return wrong ? undefined : value;
}
