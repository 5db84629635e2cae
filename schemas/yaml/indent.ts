/**
 * Lines that YAML wants indented and PyYAML does not: inside brackets, braces and quotes.
 *
 * @module
 */
import { CST, Lexer } from "./library.ts";
import { BOUNDS } from "../bounds/bounds.ts";
import { noWork, type Work } from "../bounds/work.ts";
import { flowEnd, quoteEnd } from "./flow_end.ts";

/** A text whose lines are indented, and the way back. */
export interface Indented {
  readonly text: string;
  /** The offset in the given text of an offset in the indented one. */
  readonly origin: (at: number) => number;
}

/**
 * The text with each such line indented as far as needed. Nothing changes its meaning: blanks at the start of these lines
 * count neither in brackets nor in quotes.
 *
 * Each character is read by the lexer once and once more inside of brackets, braces and quotes.
 *
 * @param work counts parts that the lexer found, and characters of brackets and quotes
 * @returns undefined when there is nothing to indent, or more than is accepted of a template
 * @see PyYAML 5 and 6, `yaml.safe_load("a: [\n1\n]")`: indentation is not looked at inside flow collections and quotes
 */
export function indentContinuations(text: string, work: Work = noWork()): Indented | undefined {
  const added: Added[] = [];
  for (let from = 0; from < text.length;) {
    const region = nextRegion(text, from, work);
    if (region === undefined) break;
    for (const line of addedTo(text, region)) added.push(line);
    const end = text.indexOf("\n", region.end);
    from = end < 0 ? text.length : end + 1;
  }
  const sum = added.reduce((blanks, line) => blanks + line.blanks, 0);
  return sum === 0 || sum > BOUNDS.template.most ? undefined : withAdded(text, added);
}

/** Blanks to be added at the start of a line. */
interface Added {
  readonly at: number;
  readonly blanks: number;
}

/** Brackets, braces or quotes of several lines. */
interface Region {
  readonly start: number;
  readonly end: number;
}

/** The first such region of the lines that begin at `from`. The lexer is right about where it begins, not about its end. */
function nextRegion(text: string, from: number, work: Work): Region | undefined {
  let start = from;
  let known = from;
  for (const lexeme of new Lexer().lex(text.slice(from))) {
    work.steps++;
    if (isMark(lexeme)) continue;
    const ends = start < known ? undefined : ENDS[CST.tokenType(lexeme) ?? ""];
    if (ends !== undefined) {
      const end = ends(text, start);
      if (end === undefined) return undefined;
      work.steps += end - start;
      if (text.slice(start, end).includes("\n")) return { start, end };
      known = end;
    }
    start += lexeme.length;
  }
  return undefined;
}

const MARKS: ReadonlySet<string> = new Set([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR]);

/** Whether a part that the lexer found is a mark of its own, which stands for no characters of the text. */
export function isMark(lexeme: string): boolean {
  return MARKS.has(lexeme);
}

const ENDS: Readonly<Record<string, typeof flowEnd>> = {
  "flow-map-start": flowEnd,
  "flow-seq-start": flowEnd,
  "single-quoted-scalar": quoteEnd,
  "double-quoted-scalar": quoteEnd,
};

/** Indicators before a node, each with its blanks: the node must be deeper than the last of them. */
const INDICATORS = /^ *(?:[-?:][ \t]+)*/;

// A line that separates documents separates them in brackets, too.
const LINE_START = /\n(?!---(?:\s|$)|\.\.\.(?:\s|$))( *)(?=[^ \r\n])/g;

function addedTo(text: string, { start, end }: Region): readonly Added[] {
  const line = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  const wanted = (INDICATORS.exec(line)?.[0].length ?? 0) + 1;
  const found: Added[] = [];
  for (const { index, 1: indent = "" } of text.slice(start, end).matchAll(LINE_START)) {
    const blanks = wanted - indent.length;
    if (blanks > 0) found.push({ at: start + index + 1, blanks });
  }
  return found;
}

function withAdded(text: string, added: readonly Added[]): Indented {
  const parts: string[] = [];
  let from = 0;
  for (const { at, blanks } of added) {
    parts.push(text.slice(from, at), " ".repeat(blanks));
    from = at;
  }
  parts.push(text.slice(from));
  return { text: parts.join(""), origin: (at) => originOf(at, added) };
}

function originOf(at: number, added: readonly Added[]): number {
  let shift = 0;
  for (const line of added) {
    if (at <= line.at + shift) break;
    shift += Math.min(line.blanks, at - line.at - shift);
  }
  return at - shift;
}
