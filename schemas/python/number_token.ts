/**
 * Number tokens of Python source.
 *
 * @module
 */
import { tooMuch } from "../bounds/bounds.ts";
import type { PyValue } from "./value.ts";

/** A number token and where it ends. */
export interface NumberToken {
  /** The number; an imaginary one is complex. */
  readonly value: Extract<PyValue, { kind: "int" | "float" | "complex" }>;
  /** Index of the first character after the number. */
  readonly end: number;
}

const DIGITS = String.raw`\d(?:_?\d)*`;
const POINTED = String.raw`(?:${DIGITS}\.(?:${DIGITS})?|\.${DIGITS})`;
const EXPONENT = String.raw`[eE][+-]?${DIGITS}`;
const FLOAT = String.raw`(?:${POINTED}(?:${EXPONENT})?|${DIGITS}${EXPONENT})`;

const IMAGINARY_TOKEN = new RegExp(`(${FLOAT}|${DIGITS})[jJ]`, "y");
const FLOAT_TOKEN = new RegExp(FLOAT, "y");
const RADIX_TOKEN = /0(?:[xX](?:_?[\da-fA-F])+|[oO](?:_?[0-7])+|[bB](?:_?[01])+)/y;
const DECIMAL_TOKEN = /[1-9](?:_?\d)*|0(?:_?0)*/y;

/**
 * Reads the number token that begins at `at`: integers in four radixes, floats, imaginary numbers, with underscores.
 *
 * @returns undefined when there is none, it runs on into a digit or a name (`01`, `1_`, `0xg`), or it is longer than an
 * integer may be; Python sets that bound for decimal ones only
 * @see Python 3.9 reference, 2.4.4 to 2.4.7
 */
export function readNumber(source: string, at: number): NumberToken | undefined {
  const token = readImaginary(source, at) ?? readFloat(source, at) ?? readInteger(source, at);
  if (token === undefined || /[\w.]/.test(source[token.end] ?? "")) return undefined;
  return token;
}

function readImaginary(source: string, at: number): NumberToken | undefined {
  IMAGINARY_TOKEN.lastIndex = at;
  const digits = IMAGINARY_TOKEN.exec(source)?.[1];
  if (digits === undefined) return undefined;
  return { value: { kind: "complex", real: 0, imaginary: floatOf(digits) }, end: IMAGINARY_TOKEN.lastIndex };
}

function readFloat(source: string, at: number): NumberToken | undefined {
  FLOAT_TOKEN.lastIndex = at;
  const digits = FLOAT_TOKEN.exec(source)?.[0];
  if (digits === undefined) return undefined;
  return { value: { kind: "float", value: floatOf(digits) }, end: FLOAT_TOKEN.lastIndex };
}

function readInteger(source: string, at: number): NumberToken | undefined {
  for (const pattern of [RADIX_TOKEN, DECIMAL_TOKEN]) {
    pattern.lastIndex = at;
    const digits = pattern.exec(source)?.[0].replaceAll("_", "");
    if (digits === undefined) continue;
    if (tooMuch("integer", digits.length) !== undefined) return undefined;
    return { value: { kind: "int", digits: BigInt(digits).toString() }, end: pattern.lastIndex };
  }
  return undefined;
}

function floatOf(digits: string): number {
  return Number(digits.replaceAll("_", ""));
}
