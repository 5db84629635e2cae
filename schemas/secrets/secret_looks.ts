/**
 * Finds what looks secret in a text, without knowing it. The text is read once from left to right: what a rule has read
 * forward is not read again, and backward no rule reads more than {@link NAME_LENGTH} characters.
 *
 * @module
 */

import type { Work } from "../bounds/work.ts";
import { isResourceName, NAME_LENGTH, type NameKind, nameKind } from "./secret_names.ts";
import { HIDDEN } from "./secret.ts";
import type { PutSpan } from "./spans.ts";

/** A text that is being read. */
export interface Reading {
  readonly text: string;
  readonly put: PutSpan;
  /** Characters that rules have read. */
  readonly work: Work;
  /** How far parts were hidden already. */
  hidden: number;
}

/** Most texts hold none of these, and then nothing needs to be looked for. */
const SUSPICIOUS =
  /key|tok|secret|pass|pwd|cred|auth|cookie|sig|jwt|sas|pw|bearer|basic|akia|asia|eyj|value|-u|--user|--proxy|@|\/\/[^\s/?#:]{0,80}:(?!\d{1,5}(?!\w))|gh[opsu]_|glpat|xox|npm_|hvs\.|pn[ub]_|AIza/i;

/** Where rules begin to read. Each way has a fixed length, so that it costs the same wherever it stands. */
const CLUES =
  /\/\/|[=:]|\b[au]rn(?=:[a-z][a-z-]{0,20}:)|(?<![\w-])--?(?=[a-z])|-----(?:BEGIN|END) |\b(?:bearer|basic)(?=[\s:])|\bpass(?:word|wd|phrase)(?=\s["'`])|\b(?:AKIA|ASIA)(?=[A-Z0-9]{12})|\beyJ(?=[\w-]{8})|\b(?:gh[opsu]_|github_pat_|glpat-|xox[abprs]-|npm_|hvs\.|[sr]k_live_|pn[ub]_|dckr_pat_|AIza)(?=[\w-]{10})/gi;

type Rule = (clue: string, at: number, reading: Reading) => number;

/** Reads the text and puts the parts that look secret. */
export function findLooks(text: string, put: PutSpan, work: Work): void {
  if (!SUSPICIOUS.test(text)) return;
  const reading: Reading = { text, put, work, hidden: 0 };
  CLUES.lastIndex = 0;
  for (let found = CLUES.exec(text); found !== null; found = CLUES.exec(text)) {
    const [clue] = found;
    const end = found.index + clue.length;
    const next = ruleOf(clue)(clue, found.index, reading);
    work.steps += 1 + Math.max(0, next - end);
    CLUES.lastIndex = Math.max(end, next);
  }
}

/** Each rule gives the place where reading goes on. */
function ruleOf(clue: string): Rule {
  if (clue === "=" || clue === ":") return assignment;
  if (clue === "//") return login;
  if (/^[au]rn$/i.test(clue)) return (_, at, { text }) => endOfResource(text, at);
  if (clue === "-" || clue === "--") return flag;
  if (clue.startsWith("-----")) return pem;
  if (/^pass/i.test(clue)) return quotedPassword;
  if (/^(?:bearer|basic)$/i.test(clue)) return scheme;
  return /^(?:AKIA|ASIA)$/i.test(clue) ? accessKeyId : token;
}

/** `name=value`, `name: value`, `"name": "value"`, `name => value`. */
function assignment(_: string, at: number, reading: Reading): number {
  const { text } = reading;
  const { name, isQuoted, from } = nameBefore(text, at);
  reading.work.steps += at - from;
  if (name === "") return at + 1;
  const begin = skip(text, at, /[=:>]/, 3);
  const value = skip(text, begin, /[ \t]/, 8);
  const isSentence = text[at] === ":" && value > begin && !isQuoted;
  const given: Given = { name, kind: kindOf(name, text, from), isSentence, value };
  if (/^values?$/i.test(name)) return pairValue(given, isQuoted, from, reading);
  return given.kind === "none" ? at + 1 : valueAt(given, reading);
}

interface Given {
  readonly name: string;
  readonly kind: NameKind;
  /** After a colon and a blank an ordinary sentence may follow. */
  readonly isSentence: boolean;
  /** Where the value begins. */
  readonly value: number;
}

/** `API key: x`, `?key=x` */
function kindOf(name: string, text: string, from: number): NameKind {
  if (!/^keys?$/i.test(name)) return nameKind(name);
  if (/[?&]/.test(text[from - 1] ?? "")) return "strong";
  const before = /(\w+) $/.exec(text.slice(Math.max(0, from - 16), from))?.[1] ?? "";
  return nameKind(`${before}_key`) === "none" ? "none" : "weak";
}

const NAME = /[\w.-]/;

/** The name that ends before a place, `"name"` and `["name"]` as well. */
function nameBefore(text: string, at: number) {
  let end = at;
  while (end > 0 && at - end < 2 && /[ \t]/.test(text[end - 1] ?? "")) end--;
  if (text[end - 1] === "]") end--;
  const isQuoted = /["'`]/.test(text[end - 1] ?? "");
  if (isQuoted) end--;
  if (text[end - 1] === "\\") end--;
  let from = end;
  while (from > 0 && end - from < NAME_LENGTH && NAME.test(text[from - 1] ?? "")) from--;
  return { name: text.slice(from, end), isQuoted, from };
}

/** `{"name": "A", "value": "x"}`: texts that quote a list of variables. */
function pairValue({ value }: Given, isQuoted: boolean, from: number, reading: Reading): number {
  const { text } = reading;
  const before = text.slice(Math.max(0, from - 2 * NAME_LENGTH), from);
  reading.work.steps += before.length;
  const isPair = isQuoted ? isQuote(text[value]) : /\b(?:name|key)["']?\s?[=:]/i.test(before);
  return isPair ? hideRun(value, reading) : value;
}

/** Hides the value at a place, unless it tells nothing. */
function valueAt(given: Given, reading: Reading): number {
  const { text } = reading;
  const { name, value } = given;
  if (text.startsWith(HIDDEN, value)) return value + HIDDEN.length;
  if (isResourceName(text.slice(value, value + NAME_LENGTH))) return endOfResource(text, value);
  const one = text[value] ?? "";
  if (one === "[") return listAt(value, reading);
  if (/[{(<]/.test(one) || one === "") return value;
  if (/^(?:set-)?cookie$/i.test(name)) return hide(value, endOfLine(text, value), reading);
  const word = wordAt(value, reading);
  if (isHarmless(bare(word), given)) return isQuote(one) ? value + 1 : value;
  if (SCHEME.test(word)) return afterScheme(value + word.length, word, reading);
  return hideRun(value, reading);
}

const SCHEME = /^(?:bearer|basic|token|digest|apikey|negotiate|ntlm|\w+-hmac-sha\d+)$/i;

/** `Authorization: Bearer x`. A signature names its own parts. */
function afterScheme(end: number, word: string, reading: Reading): number {
  if (/-hmac-/i.test(word)) return end;
  const value = skip(reading.text, end, /[ \t]/, 4);
  if (value === end || value >= reading.text.length) return end;
  return reading.text.startsWith(HIDDEN, value) ? value + HIDDEN.length : hideRun(value, reading);
}

/** A list of texts after a secret name. */
function listAt(value: number, reading: Reading): number {
  const { text } = reading;
  const first = skip(text, value + 1, /\s/, 8);
  if (!isQuote(text[first]) || isResourceName(text.slice(first + 1, first + NAME_LENGTH))) return value + 1;
  const close = text.indexOf("]", first);
  return hide(value + 1, close === -1 ? text.length : close, reading);
}

/** Words of a sentence that follow a name. */
const FUNCTION_WORDS =
  /^(?:a|an|and|are|as|at|be|by|can|cannot|could|did|do|does|for|from|give|given|has|have|if|in|is|it|its|may|must|name|need|needs|no|not|of|on|or|set|should|that|the|there|they|this|to|unset|use|was|were|what|when|which|will|with|you|your)$/i;

const NO_SECRET = /^(?:true|false|null|none|undefined|yes|no|-+|…)$/i;

/** `denied`, `Denied`, `HTTP`, and codes of errors. */
const ORDINARY_WORD =
  /^(?:[A-Za-z]?[a-z]*|[A-Z][A-Z_]*|(?:[A-Z][a-z]+){1,8}(?:Exception|Error|Denied|Fault|:))[,.;:]?$/;

/** A variable that is named rather than filled in, `${A}` or `$A`; a closing bracket is not part of a word. */
const VARIABLE = /^\$(?:\{[\w.:-]+\}?|[A-Z_][A-Z0-9_]*)$/;

function isHarmless(word: string, { name, kind, isSentence }: Given): boolean {
  if (word === "" || NO_SECRET.test(word) || VARIABLE.test(word)) return true;
  if (/(?:^|[^a-z])pwd$/i.test(name) && /^(?:[/~]|[a-z]:\\)/i.test(word)) return true;
  if (!isSentence) return false;
  return FUNCTION_WORDS.test(word) || (kind === "weak" && ORDINARY_WORD.test(word));
}

/** `--password x`, `"--password", "x"`, `-u name:x`. `--password=x` is an assignment. */
function flag(clue: string, at: number, reading: Reading): number {
  const { text } = reading;
  let end = at + clue.length;
  while (end - at < NAME_LENGTH && NAME.test(text[end] ?? "")) end++;
  const name = text.slice(at + clue.length, end);
  const isUser = /^(?:u|user|proxy-user)$/.test(name);
  if (!isUser && nameKind(name) === "none") return at + clue.length;
  const gap = skip(text, end, /["'`,\s\\]/, 8);
  const value = isQuote(text[gap - 1]) && gap - 1 > end ? gap - 1 : gap;
  if (gap === end || /[=:]/.test(text[gap] ?? "") || gap >= text.length) return end;
  if (isUser) return afterColon(gap, reading);
  return isArgument(bare(wordAt(value, reading))) ? hideRun(value, reading) : end;
}

/** Whether what follows a flag is its argument, and one that tells something. */
function isArgument(word: string): boolean {
  if (/^--?[a-z]/i.test(word) || /^[<[{]/.test(word) || isResourceName(word)) return false;
  return ![FUNCTION_WORDS, NO_SECRET, VARIABLE, PLACEHOLDER].some((pattern) => pattern.test(word));
}

/** `--key KEY`, as help texts have it. */
const PLACEHOLDER = /^[A-Z][A-Z_]{1,15}$/;

/** The password of `name:password`. */
function afterColon(from: number, reading: Reading): number {
  const { text } = reading;
  const colon = wordAt(from, reading).indexOf(":");
  if (colon <= 0 || text.startsWith("//", from + colon + 1)) return from;
  return hideRun(from + colon + 1, reading);
}

/** Name and password, or a token, before the host of a URL. */
function login(_: string, at: number, reading: Reading): number {
  const { text } = reading;
  const from = at + 2;
  let end = from;
  let host = -1;
  for (; end < text.length && !/[\s"'`<>\\]/.test(text[end] ?? "") && !text.startsWith("//", end); end++) {
    if (text[end] === "@") host = end;
  }
  // The characters were read, and the next address begins where this reading has ended.
  reading.work.steps += end - from;
  if (text.startsWith(HIDDEN, from)) return from;
  if (host === -1) return end === text.length || text[end - 1] === "…" ? cutLogin(from, end, reading) : from;
  const user = text.slice(from, host);
  const colon = user.indexOf(":");
  if (colon === -1) return /[/?#]/.test(user) || user.length < 20 ? from : hide(from, host, reading);
  const isPort = /^\d+(?:[/?#]|$)/.test(user.slice(colon + 1));
  if (/[/?#]/.test(user.slice(0, colon)) || (isPort && /[/?#]/.test(user.slice(colon)))) return from;
  return hide(from, host, reading);
}

/** A login whose host was cut away: a name, a colon, and what is not a port. */
function cutLogin(from: number, end: number, reading: Reading): number {
  const head = reading.text.slice(from, Math.min(end, from + NAME_LENGTH));
  const password = /^[^/?#:@[]*:(?!\d{1,5}(?:$|[/?#.,;…]))(?=[^/?#])/.exec(head)?.[0];
  return password === undefined ? from : hide(from + password.length, end, reading);
}

/** Private keys, also without their beginning or end. */
function pem(clue: string, at: number, reading: Reading): number {
  const { text } = reading;
  const label = text.slice(at + clue.length, at + clue.length + 40);
  if (!/^[A-Z0-9 ]*PRIVATE KEY/.test(label)) return at + clue.length;
  if (clue.includes("END")) {
    let from = at;
    while (from > reading.hidden && /[A-Za-z0-9+/=\s\\⏎�]/.test(text[from - 1] ?? "")) from--;
    reading.work.steps += at - from;
    return hide(from, endOfDashes(text, at + 5), reading);
  }
  const end = text.indexOf("-----END", at);
  return hide(at, end === -1 ? text.length : endOfDashes(text, end + 5), reading);
}

function endOfDashes(text: string, from: number): number {
  const end = text.indexOf("-----", from);
  return end === -1 ? text.length : end + 5;
}

function quotedPassword(clue: string, at: number, reading: Reading): number {
  return hideRun(at + clue.length + 1, reading);
}

/** `Bearer x`, `Basic x`. */
function scheme(clue: string, at: number, reading: Reading): number {
  const { text } = reading;
  // `type=bearer`: what follows is not its token.
  if (text[at - 1] === "=") return at + clue.length;
  const value = skip(text, at + clue.length, /[\s:]/, 4);
  let end = value;
  while (/[\w\-.~+/=]/.test(text[end] ?? "")) end++;
  const word = text.slice(value, Math.min(end, value + NAME_LENGTH));
  return end - value < 6 || /^[a-z]{1,14}\.?$/.test(word) ? value : hide(value, end, reading);
}

function accessKeyId(clue: string, at: number, reading: Reading): number {
  const { text } = reading;
  let end = at + clue.length;
  while (/[A-Z0-9]/.test(text[end] ?? "")) end++;
  return end - at < 16 ? at + clue.length : hide(at, end, reading);
}

/** JSON Web Tokens, and tokens of well-known services. JSON in base64 begins as web tokens do. */
function token(clue: string, at: number, reading: Reading): number {
  const { text } = reading;
  let end = at + clue.length;
  while (/[\w.+/=-]/.test(text[end] ?? "")) end++;
  return hide(at, end, reading);
}

function hideRun(value: number, reading: Reading): number {
  if (reading.text.startsWith(HIDDEN, value)) return value + HIDDEN.length;
  return hide(value, endOfRun(reading.text, value), reading);
}

function hide(from: number, to: number, reading: Reading): number {
  if (to > from) reading.put(from, to);
  reading.hidden = Math.max(reading.hidden, to);
  return to;
}

/** The beginning of a value: as much of it as tells whether it is one. */
function wordAt(from: number, { text, work }: Reading): string {
  work.steps += NAME_LENGTH;
  const head = text.slice(from, from + NAME_LENGTH);
  return head.slice(0, endOfRun(head, 0));
}

/** The end of a quoted text, or of a word; of a word, what follows it as the next pair does not belong to it. */
function endOfRun(text: string, from: number): number {
  const quote = text[from] ?? "";
  if (isQuote(quote)) return endOfQuoted(text, from, quote);
  let end = from;
  for (; end < text.length && !/[\s"'`<>]/.test(text[end] ?? ""); end++) {
    if (/[&;,]/.test(text[end] ?? "") && isPairAt(text, end + 1)) break;
  }
  while (end > from && /[)\]},.;…]/.test(text[end - 1] ?? "")) end--;
  return end;
}

function endOfQuoted(text: string, from: number, quote: string): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === quote) return at + 1;
  }
  return text.length;
}

/** Whether `name=` begins here. */
function isPairAt(text: string, from: number): boolean {
  return /^[\w.%-]{1,40}[=:]/.test(text.slice(from, from + 41)) || from >= text.length;
}

/** The name of a resource may hold `secret:`, and does not tell the secret. */
function endOfResource(text: string, from: number): number {
  let end = from;
  while (/[\w:/.@+-]/.test(text[end] ?? "")) end++;
  return end;
}

function endOfLine(text: string, from: number): number {
  let end = from;
  while (end < text.length && !/[\n\r"'`]/.test(text[end] ?? "")) end++;
  return end;
}

function skip(text: string, from: number, what: RegExp, most: number): number {
  let at = from;
  while (at - from < most && what.test(text[at] ?? "")) at++;
  return at;
}

function isQuote(sign: string | undefined): boolean {
  return sign === '"' || sign === "'" || sign === "`";
}

/** A word without its quotes. */
function bare(word: string): string {
  return word.replace(/^["'`]/, "").replace(/["'`]$/, "");
}
