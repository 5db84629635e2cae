/**
 * Lines that YAML wants indented and PyYAML does not: inside brackets, braces and quotes.
 *
 * @module
 */
import { CST, Lexer } from "@std/yaml";

/** Repairs after which a text is taken to be broken; no template goes on in brackets for so many lines. */
const MAX_REPAIRS = 2000;

/** Inside brackets, where the lexer gives up because a line is not indented enough. */
const FLOW_BROKEN_OFF = "flow-error-end";

/**
 * The text with each such line indented as far as needed. Nothing changes its meaning: blanks at the start of these lines
 * count neither in brackets nor in quotes.
 *
 * @see PyYAML 5 and 6, `yaml.safe_load("a: [\n1\n]")`: indentation is not looked at inside flow collections and quotes
 */
export function indentContinuations(text: string): string {
  let indented = text;
  for (let repairs = 0; repairs < MAX_REPAIRS; repairs++) {
    const found = brokenLine(indented);
    if (found === undefined) return indented;
    indented = indented.slice(0, found.at) + " ".repeat(found.blanks) + indented.slice(found.at);
  }
  return text;
}

interface BrokenLine {
  /** Where the line begins. */
  readonly at: number;
  /** Blanks that make it deeper than what the brackets or quotes stand in. */
  readonly blanks: number;
}

function brokenLine(text: string): BrokenLine | undefined {
  let offset = 0;
  let depth = 0;
  let opened = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const type = CST.tokenType(lexeme);
    if (type === FLOW_BROKEN_OFF) return lineAround(text, offset, opened);
    if (type === "flow-map-start" || type === "flow-seq-start") {
      if (depth === 0) opened = offset;
      depth += 1;
    }
    if (type === "flow-map-end" || type === "flow-seq-end") depth -= 1;
    if (isControl(type)) continue;
    if (isCutOff(lexeme, type)) return lineAfter(text, offset, lexeme);
    offset += lexeme.length;
  }
  return undefined;
}

/** Marks of the lexer that stand for no characters of the text. */
function isControl(type: string | null): boolean {
  return type === "doc-mode" || type === "scalar";
}

/** A quote that ends with its line although its partner comes later. */
function isCutOff(lexeme: string, type: string | null): boolean {
  if (type === "single-quoted-scalar") return !/^'(?:[^']|'')*'$/.test(lexeme);
  return type === "double-quoted-scalar" && !/^"(?:[^"\\]|\\[^])*"$/.test(lexeme);
}

function lineAround(text: string, offset: number, opened: number): BrokenLine {
  return { at: text.lastIndexOf("\n", offset - 1) + 1, blanks: columnOf(text, opened) + 1 };
}

function lineAfter(text: string, start: number, lexeme: string): BrokenLine | undefined {
  const end = text.indexOf("\n", start + lexeme.length);
  return end < 0 ? undefined : { at: end + 1, blanks: columnOf(text, start) + 1 };
}

function columnOf(text: string, offset: number): number {
  return offset - text.lastIndexOf("\n", offset - 1) - 1;
}
