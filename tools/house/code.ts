/**
 * Parts TypeScript source into code, comments and texts, so that a rule about code does not stumble over a comment.
 *
 * @module
 */

/** A comment, or the inside of a string, a template or a regular expression. The quotes themselves count as code. */
export interface Span {
  readonly kind: "comment" | "text";
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** An import, a re-export or a call of `import(…)`. */
export interface Import {
  /** The specifier as written. */
  readonly to: string;
  /** Whether it is a call of `import(…)`. */
  readonly dynamic: boolean;
  /** Position of the specifier's first character. */
  readonly at: number;
}

const COMMENT = String.raw`\/\*[\s\S]*?\*\/|\/\/.*`;
const STRING = String.raw`"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'`;
const REGEX = String.raw`\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/`;
const PIECE = new RegExp(`${COMMENT}|${STRING}|[\`{}]|${REGEX}`, "g");

/** The rest of a template up to its end or to its next expression. */
const TEMPLATE = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{|$)/y;

/** Comments and texts in their order. Expressions inside templates are code. */
export function spansOf(text: string): readonly Span[] {
  const spans: Span[] = [];
  /** How many braces are open in each template expression that is open. */
  const open: number[] = [];
  let at = 0;
  const template = (start: number): number => {
    TEMPLATE.lastIndex = start;
    const part = TEMPLATE.exec(text)?.[0] ?? "";
    const closing = part.endsWith("${") ? 2 : part.endsWith("`") ? 1 : 0;
    spans.push({ kind: "text", start, end: start + part.length - closing });
    if (closing === 2) open.push(0);
    return start + part.length;
  };
  const brace = (piece: string, end: number): number => {
    const depth = open.pop();
    if (depth === undefined) return end;
    if (piece === "}" && depth === 0) return template(end);
    open.push(depth + (piece === "{" ? 1 : -1));
    return end;
  };
  for (;;) {
    PIECE.lastIndex = at;
    const found = PIECE.exec(text);
    if (found === null) return spans;
    const [piece] = found;
    const end = found.index + piece.length;
    if (piece === "`") at = template(end);
    else if (piece === "{" || piece === "}") at = brace(piece, end);
    else if (/^\/[/*]/.test(piece)) at = push(spans, "comment", found.index, end);
    else if (piece.startsWith("/") && !mayBeginRegex(text, found.index)) at = found.index + 1;
    else at = push(spans, "text", found.index + 1, end - 1) + 1;
  }
}

function push(spans: Span[], kind: Span["kind"], start: number, end: number): number {
  spans.push({ kind, start, end });
  return end;
}

/** A slash divides behind a value, and closes a tag behind `<`; everywhere else it begins a regular expression. */
function mayBeginRegex(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 40), at).trimEnd();
  return /(?:^|[(,=:[!&|?{;+*%~^>-]|\b(?:return|typeof|case|of|in|yield|await))$/.test(before) &&
    !/<\w*\s*$/.test(before);
}

/** The code alone: comments and the inside of texts become blanks, lines and positions stay. */
export function codeOf(text: string): string {
  return without(text, () => true);
}

/** The text without the spans that are chosen; lines and positions stay. */
export function without(text: string, isChosen: (span: Span) => boolean): string {
  const parts: string[] = [];
  let at = 0;
  for (const span of spansOf(text).filter(isChosen)) {
    parts.push(text.slice(at, span.start), text.slice(span.start, span.end).replace(/[^\n]/g, " "));
    at = span.end;
  }
  return [...parts, text.slice(at)].join("");
}

const STATIC = /(?:^|[\n;}])\s*(?:import|export)\b[^;"'`()]*?\bfrom\s*["']/g;
const BARE = /(?:^|[\n;}])\s*import\s*["']/g;
const DYNAMIC = /\bimport\(\s*["'`]/g;

/** Everything a file imports or re-exports, types included. */
export function importsOf(text: string): readonly Import[] {
  const code = codeOf(text);
  const find = (pattern: RegExp, dynamic: boolean): readonly Import[] =>
    [...code.matchAll(pattern)].map((found) => {
      const at = found.index + found[0].length;
      return { to: text.slice(at, at + (/^\s*/.exec(code.slice(at))?.[0].length ?? 0)), dynamic, at };
    });
  return [...find(STATIC, false), ...find(BARE, false), ...find(DYNAMIC, true)];
}

/** Line of a position, from 1. */
export function lineAt(text: string, at: number): number {
  return text.slice(0, at).split("\n").length;
}
