/**
 * Reads YAML as PyYAML's `safe_load` does, so that a template keeps its meaning.
 *
 * @module
 */
import { BOUNDS, tooMuch, utf8Bytes } from "../bounds/bounds.ts";
import { noWork, type Work } from "../bounds/work.ts";
import { FailureError } from "../failure/failure.ts";
import type { JsonObject } from "../json/json.ts";
import { isJsonObject } from "../json/json.ts";
import { isDeeperThan, MAX_PY_DEPTH } from "../json/depth.ts";
import { firstNotJson, type PyValue, toJson } from "../python/value.ts";
import { construct, type Noted, type Places } from "./construct.ts";
import { indentContinuations, isMark } from "./indent.ts";
import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, Parser } from "./library.ts";
import { YamlFault, type YamlNode, type YamlPair } from "./node.ts";
import type { Written } from "./written.ts";

/** Where a text came from. */
export interface YamlOptions {
  /** The file, URL or option, for messages. */
  readonly source: string;
  /** Counts steps, for tests. */
  readonly work?: Work;
  /** Gets the place of each value, in UTF-16 units; where lines were indented to be read, only near to it. */
  readonly places?: Places;
  /** Gets the texts of plain scalars. */
  readonly written?: Written;
}

/**
 * Reads one YAML 1.1 document; an empty one is `none`.
 *
 * @throws {FailureError} `configuration`, with source, line and column: not YAML, several documents, an unknown tag, a
 * value that does not fit its tag, aliases that contain or multiply themselves, a text beyond its bounds. Nothing of the
 * text is quoted
 */
export function parseYaml(
  text: string,
  { source, work = noWork(), places, written }: YamlOptions,
): PyValue {
  const tooLong = tooMuch("template", utf8Bytes(text));
  if (tooLong !== undefined) throw configuration(source, `Cannot read ${source}: it has ${tooLong}`);
  try {
    refuseUnprintable(text);
    const value = read(text, work, { places, written });
    if (isDeeperThan(value, MAX_PY_DEPTH)) throw new RangeError("too deep");
    return value;
  } catch (thrown) {
    throw configuration(source, `Cannot read ${source} as YAML: ${explained(thrown, text)}`);
  }
}

/** @throws what is neither a fault of the text nor a stack that is too small for it */
function explained(thrown: unknown, text: string): string {
  if (thrown instanceof RangeError) return "it is nested too deeply";
  if (!(thrown instanceof YamlFault)) throw thrown;
  return `${thrown.message} at ${placeIn(text, thrown.at)}`;
}

function configuration(field: string, message: string): FailureError {
  return new FailureError({ tag: "configuration", field, message });
}

/**
 * Reads one YAML 1.1 document that must be a mapping which JSON can carry.
 *
 * @throws {FailureError} `configuration`: as {@link parseYaml}, or no mapping, or naming the key whose value (a date,
 * binary data, `.inf`) JSON cannot carry
 * @see recorded: quirks Q-EMPTY-YAML, Q-YAML11
 */
export function parseYamlObject(text: string, options: YamlOptions): JsonObject {
  return yamlObject(parseYaml(text, options), options);
}

/**
 * The mapping that a document holds, as JSON.
 *
 * @throws {FailureError} `configuration`: as {@link parseYamlObject}
 */
export function yamlObject(value: PyValue, { source }: YamlOptions): JsonObject {
  const wrong = firstNotJson(value);
  const json = toJson(value);
  if (isJsonObject(json)) return json;
  const message = value.kind === "dict" && wrong !== undefined
    ? `Cannot use ${source}: ${wrong.path || "a key"} is ${wrong.found}, put it in quotes to make it text`
    : `Cannot use ${source}: it must hold a mapping of names to values and holds ${KINDS[value.kind]}`;
  throw configuration(source, message);
}

const KINDS: Readonly<Record<PyValue["kind"], string>> = {
  none: "nothing",
  ellipsis: "a scalar",
  bool: "a boolean",
  int: "a number",
  float: "a number",
  complex: "a number",
  str: "text",
  bytes: "binary data",
  date: "a date",
  datetime: "a time",
  list: "a list",
  tuple: "a list",
  set: "a set",
  dict: "a mapping",
};

/** Line and column of an offset. */
export function placeIn(text: string, at: number): string {
  const lines = text.slice(0, at).split(/\r\n?|\n/);
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

const UNPRINTABLE = /[^\t\n\r -~\x85\xa0-\ufffd\u{10000}-\u{10ffff}]|\p{Surrogate}/u;

function refuseUnprintable(text: string): void {
  const at = text.search(UNPRINTABLE);
  if (at >= 0) throw new YamlFault("a character that YAML does not allow", at);
}

function read(text: string, work: Work, noted: Noted): PyValue {
  const given = documentOf(text, work);
  if (given.fault === undefined) return valueOf(given, work, noted);
  const indented = indentContinuations(text, work);
  if (indented === undefined) throw given.fault;
  try {
    const document = documentOf(indented.text, work);
    if (document.fault !== undefined) throw document.fault;
    return valueOf(document, work, noted);
  } catch (thrown) {
    throw thrown instanceof YamlFault ? new YamlFault(thrown.message, indented.origin(thrown.at)) : thrown;
  }
}

function valueOf({ contents }: YamlDocument, work: Work, noted: Noted): PyValue {
  return contents === null ? { kind: "none" } : construct(nodeOf(contents, new Map()), work, noted);
}

/** A document of `@std/yaml`, as far as it is used here. */
interface YamlDocument {
  readonly contents: unknown;
  readonly fault: Error | undefined;
}

const COMPOSED = {
  version: "1.1",
  schema: "failsafe",
  merge: false,
  uniqueKeys: false,
  resolveKnownTags: false,
} as const;

/** Reads a text as a document. Of several documents the second one is the fault. */
function documentOf(text: string, work: Work): YamlDocument {
  return withoutStacks(() => {
    const [first, second] = new Composer(COMPOSED).compose(tokens(text, work), true, text.length);
    const error = first?.errors[0];
    const fault = error === undefined ? secondFault(second) : faultOf(error.code, error.pos[0]);
    return { contents: first?.contents ?? null, fault };
  });
}

function secondFault(second: { readonly range: readonly number[] } | undefined): Error | undefined {
  return second && faultOf("MULTIPLE_DOCS", second.range[0] ?? 0);
}

/** What the composer reads, counted while it is made. */
function* tokens(text: string, work: Work): ReturnType<Parser["parse"]> {
  const parser = new Parser();
  let offset = 0;
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    work.steps++;
    if (!isMark(lexeme)) {
      if (++count > BOUNDS.templateTokens.most) {
        throw new YamlFault(`more than ${BOUNDS.templateTokens.most} tokens`, offset);
      }
      offset += lexeme.length;
    }
    yield* parser.next(lexeme);
  }
  yield* parser.end();
}

/** A wrong text may have as many faults as characters, and the stack of each takes more memory than the text. */
function withoutStacks<Result>(work: () => Result): Result {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** A stack that is exhausted depends on the thread, so it names no place. */
function faultOf(code: string, at: number): YamlFault | RangeError {
  if (code === "RESOURCE_EXHAUSTION") return new RangeError("too deep");
  return new YamlFault(code.toLowerCase().replaceAll("_", " "), at);
}

/** Anchored nodes by name; `undefined` while the node itself is still being read. */
type Anchors = Map<string, YamlNode | undefined>;

/** What `@std/yaml` calls a node, as far as it is used here. */
interface Parsed {
  readonly tag?: string | undefined;
  readonly anchor?: string | undefined;
  readonly range?: readonly number[] | null | undefined;
}

function nodeOf(parsed: unknown, anchors: Anchors): YamlNode {
  if (isAlias(parsed)) return aliased(parsed.source, anchors, placeOf(parsed));
  const at = isScalar(parsed) || isMap(parsed) || isSeq(parsed) ? placeOf(parsed) : 0;
  const anchor = isScalar(parsed) || isMap(parsed) || isSeq(parsed) ? parsed.anchor : undefined;
  if (anchor !== undefined && anchors.has(anchor)) throw new YamlFault("an anchor that exists already", at);
  if (anchor !== undefined) anchors.set(anchor, undefined);
  const node = unanchored(parsed, anchors, at);
  if (anchor !== undefined) anchors.set(anchor, node);
  return node;
}

function aliased(name: string, anchors: Anchors, at: number): YamlNode {
  const node = anchors.get(name);
  if (node !== undefined) return node;
  throw new YamlFault(
    anchors.has(name) ? "an alias inside of what it names" : "an alias without an anchor",
    at,
  );
}

function unanchored(parsed: unknown, anchors: Anchors, at: number): YamlNode {
  if (isSeq(parsed)) {
    return {
      kind: "sequence",
      tag: parsed.tag,
      at,
      items: parsed.items.map((item) => nodeOf(item, anchors)),
    };
  }
  if (isMap(parsed)) {
    const pairs = parsed.items.map((
      item,
    ): YamlPair => [nodeOf(item.key, anchors), nodeOf(item.value, anchors)]);
    return { kind: "mapping", tag: parsed.tag, at, pairs };
  }
  if (!isScalar(parsed)) return { kind: "scalar", tag: undefined, at, text: "", isPlain: true };
  const isPlain = parsed.type === undefined || parsed.type === "PLAIN";
  return { kind: "scalar", tag: parsed.tag, at, text: parsed.source ?? "", isPlain };
}

function placeOf(parsed: Parsed): number {
  return parsed.range?.[0] ?? 0;
}
