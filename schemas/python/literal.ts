/**
 * Reads Python literals, as `ast.literal_eval` of Python 3.9 does, without ever evaluating anything.
 *
 * @module
 */
import { noWork, type Work } from "../bounds/work.ts";
import { readNumber } from "./number_token.ts";
import { readString, startsString, type StringToken } from "./string_token.ts";
import { dictOf, type PyValue, setOf } from "./value.ts";

/** What came of reading a text as a literal. */
export type PythonLiteral = { readonly ok: true; readonly value: PyValue } | { readonly ok: false };

/**
 * Reads one Python literal: text, bytes, numbers, tuples, lists, dictionaries, sets, `True`, `False`, `None`, `...`.
 *
 * Anything else is `{ok: false}`: names, operators (except a sign, and `real ± imaginary`), calls (except `set()`), a
 * blank before the literal, brackets nested deeper than 200.
 *
 * @param work counts characters read
 * @see Python 3.9.18, `ast.literal_eval`; compared with it on generated texts
 */
export function parsePythonLiteral(text: string, work: Work = noWork()): PythonLiteral {
  if (text.includes("\0") || !text.isWellFormed()) return { ok: false };
  const cursor = { source: text.replace(/\r\n?/g, "\n"), at: 0, depth: 0, work };
  skip(cursor, LEADING);
  const operand = isBlank(cursor) ? undefined : readItems(cursor, "");
  if (operand === undefined || !atEnd(cursor)) return { ok: false };
  return { ok: true, value: operand.value };
}

/**
 * The value of configured text: a Python literal where it is one, else the text itself.
 *
 * @see recorded: literal_values (Prefect 0.15.13, FargateAgent)
 */
export function literalOrText(text: string): PyValue {
  const literal = parsePythonLiteral(text);
  return literal.ok ? literal.value : { kind: "str", value: text };
}

interface Cursor {
  readonly source: string;
  at: number;
  /** How many brackets are open; inside of them a line end is a blank. */
  depth: number;
  readonly work: Work;
}

/** A value and whether it is a bare constant: only those can be signed or added. */
interface Operand {
  readonly value: PyValue;
  readonly isConstant: boolean;
}

const DEEPEST = 200;

// A backslash joins lines, but not at the very end of the text.
const LEADING = /(?:[ \t\f]*(?:#[^\n]*)?\n|[ \t\f]*\\\n(?=[^])[ \t\f]*)*(?:[ \t\f]*\f)?/y;
const BLANKS = /(?:[ \t\f]|\\\n(?=[^]))*/y;
const BLANKS_IN_BRACKETS = /(?:[ \t\f\n]|#[^\n]*|\\\n(?=[^]))*/y;
const TRAILING = /(?:#[^\n]*)?(?:\n[ \t\f]*(?:#[^\n]*)?)*$/y;
// Python takes blanks in a last line of their own for an indented block.
const INDENTED_END = /\n[ \t\f]*[ \t]$/;

function skip(cursor: Cursor, pattern: RegExp): void {
  pattern.lastIndex = cursor.at;
  const blanks = pattern.exec(cursor.source)?.[0].length ?? 0;
  cursor.at += blanks;
  cursor.work.steps += blanks + 1;
}

function isBlank(cursor: Cursor): boolean {
  return /[ \t]/.test(cursor.source[cursor.at] ?? "");
}

function atEnd(cursor: Cursor): boolean {
  TRAILING.lastIndex = cursor.at;
  return TRAILING.test(cursor.source) && !INDENTED_END.test(cursor.source.slice(cursor.at));
}

/** Skips blanks, then takes `text` if it comes next. */
function take(cursor: Cursor, text: string): boolean {
  skip(cursor, cursor.depth > 0 ? BLANKS_IN_BRACKETS : BLANKS);
  if (text === "" || !cursor.source.startsWith(text, cursor.at)) return false;
  cursor.at += text.length;
  return true;
}

/** One expression, or a tuple of several, up to `close` (not taken); for the whole text `close` is empty. */
function readItems(cursor: Cursor, close: string): Operand | undefined {
  const first = readSum(cursor);
  if (first === undefined || !take(cursor, ",")) return first;
  const rest = readList(cursor, close, readValue);
  return rest && { value: { kind: "tuple", items: [first.value, ...rest] }, isConstant: false };
}

function readValue(cursor: Cursor): PyValue | undefined {
  return readSum(cursor)?.value;
}

/** Items with commas between them, one more comma allowed at the end, up to `close` (not taken). */
function readList<Item>(
  cursor: Cursor,
  close: string,
  readItem: (cursor: Cursor) => Item | undefined,
): Item[] | undefined {
  const items: Item[] = [];
  do {
    if (closes(cursor, close)) return items;
    const item = readItem(cursor);
    if (item === undefined) return undefined;
    items.push(item);
  } while (take(cursor, ","));
  return items;
}

function closes(cursor: Cursor, close: string): boolean {
  take(cursor, "");
  return close === "" ? atEnd(cursor) : cursor.source.startsWith(close, cursor.at);
}

/** A signed operand, or `real ± imaginary`. */
function readSum(cursor: Cursor): Operand | undefined {
  const left = readSigned(cursor);
  const sign = left && takeSign(cursor);
  if (left === undefined || sign === undefined) return left;
  const right = readOperand(cursor);
  const real = realPart(left.value);
  if (real === undefined || !right?.isConstant || right.value.kind !== "complex") return undefined;
  return {
    value: {
      kind: "complex",
      real: real + sign * right.value.real,
      imaginary: 0 + sign * right.value.imaginary,
    },
    isConstant: false,
  };
}

function takeSign(cursor: Cursor): 1 | -1 | undefined {
  if (take(cursor, "+")) return 1;
  return take(cursor, "-") ? -1 : undefined;
}

/** A number as the real part of a complex one; undefined when it is none or too large for a float. */
function realPart(value: PyValue): number | undefined {
  if (value.kind === "float") return value.value;
  if (value.kind !== "int") return undefined;
  const real = Number(value.digits);
  return Number.isFinite(real) ? real : undefined;
}

function readSigned(cursor: Cursor): Operand | undefined {
  const sign = takeSign(cursor);
  const operand = readOperand(cursor);
  if (sign === undefined || operand === undefined) return operand;
  const value = operand.isConstant ? signed(operand.value, sign) : undefined;
  return value && { value, isConstant: false };
}

function signed(value: PyValue, sign: 1 | -1): PyValue | undefined {
  switch (value.kind) {
    case "int":
      return { kind: "int", digits: (BigInt(value.digits) * BigInt(sign)).toString() };
    case "float":
      return { kind: "float", value: sign * value.value };
    case "complex":
      return { kind: "complex", real: sign * value.real, imaginary: sign * value.imaginary };
    default:
      return undefined;
  }
}

const NAMES: ReadonlyMap<string, PyValue> = new Map<string, PyValue>([
  ["True", { kind: "bool", value: true }],
  ["False", { kind: "bool", value: false }],
  ["None", { kind: "none" }],
]);

function readOperand(cursor: Cursor): Operand | undefined {
  take(cursor, "");
  if (startsString(cursor.source, cursor.at)) return readStrings(cursor);
  if (/[\d.]/.test(cursor.source[cursor.at] ?? "")) return readNumeric(cursor);
  if (take(cursor, "(")) return inBrackets(cursor, ")", readParenthesized);
  if (take(cursor, "[")) return inBrackets(cursor, "]", readBracketed);
  if (take(cursor, "{")) return inBrackets(cursor, "}", readBraced);
  return readName(cursor);
}

/** One or more string tokens side by side, all text or all bytes. */
function readStrings(cursor: Cursor): Operand | undefined {
  const tokens: StringToken["value"][] = [];
  while (startsString(cursor.source, cursor.at)) {
    const token = readString(cursor.source, cursor.at);
    if (token === undefined) return undefined;
    tokens.push(token.value);
    cursor.work.steps += token.end - cursor.at;
    cursor.at = token.end;
    take(cursor, "");
  }
  const value = joined(tokens);
  return value && { value, isConstant: true };
}

function joined(tokens: readonly StringToken["value"][]): PyValue | undefined {
  const texts = tokens.flatMap((token) => token.kind === "str" ? [token.value] : []);
  if (texts.length === tokens.length) return { kind: "str", value: texts.join("") };
  if (texts.length > 0) return undefined;
  return { kind: "bytes", bytes: tokens.flatMap((token) => token.kind === "bytes" ? token.bytes : []) };
}

function readNumeric(cursor: Cursor): Operand | undefined {
  if (take(cursor, "...")) return { value: { kind: "ellipsis" }, isConstant: true };
  const token = readNumber(cursor.source, cursor.at);
  if (token === undefined) return undefined;
  cursor.work.steps += token.end - cursor.at;
  cursor.at = token.end;
  return { value: token.value, isConstant: true };
}

function readName(cursor: Cursor): Operand | undefined {
  const name = /^\w+/.exec(cursor.source.slice(cursor.at, cursor.at + 6))?.[0] ?? "";
  cursor.at += name.length;
  if (name === "set") return readEmptySet(cursor);
  const value = NAMES.get(name);
  return value && { value, isConstant: true };
}

function readEmptySet(cursor: Cursor): Operand | undefined {
  if (!take(cursor, "(")) return undefined;
  return inBrackets(cursor, ")", () => ({ value: { kind: "set", items: [] }, isConstant: false }));
}

function inBrackets(
  cursor: Cursor,
  close: string,
  read: (cursor: Cursor) => Operand | undefined,
): Operand | undefined {
  if (cursor.depth === DEEPEST) return undefined;
  cursor.depth += 1;
  const operand = read(cursor);
  if (operand === undefined || !take(cursor, close)) return undefined;
  cursor.depth -= 1;
  return operand;
}

function readParenthesized(cursor: Cursor): Operand | undefined {
  if (closes(cursor, ")")) return { value: { kind: "tuple", items: [] }, isConstant: false };
  return readItems(cursor, ")");
}

function readBracketed(cursor: Cursor): Operand | undefined {
  const items = readList(cursor, "]", readValue);
  return items && { value: { kind: "list", items }, isConstant: false };
}

/** A dictionary or a set: what follows the first item tells. */
function readBraced(cursor: Cursor): Operand | undefined {
  if (closes(cursor, "}")) return { value: { kind: "dict", entries: [] }, isConstant: false };
  const first = readValue(cursor);
  if (first === undefined) return undefined;
  const value = take(cursor, ":") ? readDictFrom(cursor, first) : readSetFrom(cursor, first);
  return value && { value, isConstant: false };
}

function readDictFrom(cursor: Cursor, firstKey: PyValue): PyValue | undefined {
  const member = readValue(cursor);
  const rest = take(cursor, ",") ? readList(cursor, "}", readEntry) : [];
  return member && rest && dictOf([[firstKey, member], ...rest]);
}

function readSetFrom(cursor: Cursor, first: PyValue): PyValue | undefined {
  const rest = take(cursor, ",") ? readList(cursor, "}", readValue) : [];
  return rest && setOf([first, ...rest]);
}

function readEntry(cursor: Cursor): readonly [PyValue, PyValue] | undefined {
  const key = readValue(cursor);
  if (key === undefined || !take(cursor, ":")) return undefined;
  const member = readValue(cursor);
  return member && [key, member];
}
