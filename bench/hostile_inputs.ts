/**
 * Inputs that a run may bring along to cost time, each in any size, with the reader that must stand it.
 *
 * @module
 */

import { checkRequest } from "../actors/aws/check_request.ts";
import { mergeRunTask } from "../flavours/ecs_agent/merge_run_task.ts";
import { isDeeperThan } from "../schemas/json/depth.ts";
import { parseFlowRun } from "../schemas/prefect1/rows.ts";
import { decodeCharacterReferences } from "../schemas/python/character_references.ts";
import { boundedJsonValue } from "../schemas/python/json_text.ts";
import { parsePythonLiteral } from "../schemas/python/literal.ts";
import { slugify } from "../schemas/python/slug.ts";
import { makeRedactor } from "../schemas/secrets/redact.ts";
import { indentContinuations } from "../schemas/yaml/indent.ts";
import { parseMapping } from "../schemas/yaml/mapping.ts";

/** One kind of input and its reader. */
export interface HostileInput {
  readonly name: string;
  /** Prepares an input; the work that is answered is measured. @param size in characters, roughly */
  readonly work: (size: number) => () => unknown;
}

/** Texts made of one part again and again. */
function repeated(
  reader: (text: string) => unknown,
  rows: Readonly<Record<string, (size: number) => string>>,
): readonly HostileInput[] {
  return Object.entries(rows).map(([name, textOf]) => ({
    name: `${reader.name} ${name}`,
    work: (size) => {
      const text = textOf(size);
      return () => reader(text);
    },
  }));
}

const again = (part: string, head = "", tail = "") => (size: number) =>
  head + part.repeat(Math.ceil(size / part.length)) + tail;

const YAML = {
  "keys": again("a:\n"),
  "commas in brackets": again(",", "a: [", "]"),
  "ones in brackets": again("1,", "a: [", "]"),
  "lines in brackets": again("b\n", "a: [", "]"),
  "items at the margin": again("1,\n", "a: [\n", "]"),
  "brackets of two lines": again("- [\n1]\n"),
  "brackets that never close": again("a: [b,\n"),
  "opening brackets": again("["),
  "opening braces": again("{"),
  "lines in quotes": again("x\n", 'a: "', '"'),
  "quotes cut off by the next": again("a: '\n"),
  "quotes": again('"'),
  "quotes in brackets": again(`["'`),
  "indicators": again(": "),
  "nested items": again("- ", "", "a"),
  "nested keys": again("? ", "", "a"),
  "directives": again("%A\n", "", "--- \na: 1"),
  "documents": again("---\n"),
  "comments": again("#\n"),
  "blank lines": again("\n", "a:", " b"),
  "blanks": again(" ", "a: ", "b"),
  "block text": again(" x\n", "a: |\n"),
  "folded text": again(" x\n\n  y\n", "a: >\n"),
  "plain lines": again(" x\n", "a: x\n"),
  "escapes": again("\\x41", 'a: "', '"'),
  "backslashes": again("\\", 'a: "', '"'),
  "tags": again("- !!str\n"),
  "long tag": again("x!", "a: !", " b"),
  "tags that never close": again("!<,", "a: [\n", "]"),
  "anchors of one name": again("- &a\n"),
  "aliases": again("*a,", "a: &a x\nb: [", "]"),
  "merges": again("b: {<<: *a}\n", "a: &a {}\n"),
  "merges of a list": again("*a,", "a: &a {}\nb: {<<: [", "]}"),
  "base 60": again(":59", "a: 1"),
  "underscores": again("_", "a: 1", "x"),
  "numbers": again("1.0,", "a: [", "]"),
} as const;

const NAMES = {
  "words and dashes": again("a-", "", "token"),
  "blanks": again(" "),
  "umlauts": again("ä"),
  "entities": again("&#x26;"),
  "ampersands": again("&"),
  "numbers of entities": again("9", "&#"),
} as const;

const REDACTED = {
  ...NAMES,
  "equal signs": again("password="),
  "colons": again("token: "),
  "URLs": again("http://a:b@"),
  "user parts": again("a", "http://"),
  "at signs": again("@", "http://"),
  "options": again("--password "),
  "PEM": again("-----BEGIN "),
  "JWT": again("eyJ."),
  "Bearer": again("Bearer "),
  "quotes": again(`"password": "`),
  "base 64": again("QUJD"),
  "percent signs": again("%41"),
  "query": again("&sig=a"),
} as const;

const LITERALS = {
  "lists": again("["),
  "items": again("1,", "[", "]"),
  "strings": again("'a' "),
  "quotes": again("'"),
  "digits": again("1"),
  "signs": again("-"),
  "continued lines": again("\\\n"),
  "comments": again("#\n"),
  "underscores": again("1_"),
  "names": again("None,", "{", "}"),
} as const;

const redactor = makeRedactor({ values: ["correct-horse-battery-staple"] });

/** Every kind. */
export const HOSTILE_INPUTS: readonly HostileInput[] = [
  ...repeated(parseMapping, YAML),
  ...repeated(indentContinuations, YAML),
  ...repeated(parsePythonLiteral, LITERALS),
  ...repeated(boundedJsonValue, { items: again("1,", "[", "1]"), depth: again("["), digits: again("1") }),
  ...repeated(function redact(text: string) {
    return redactor.text(text);
  }, REDACTED),
  ...repeated(function slugify40(text: string) {
    return slugify(text, { maxLength: 40 });
  }, NAMES),
  ...repeated(decodeCharacterReferences, NAMES),
  { name: "parseFlowRun members", work: (size) => rowWith(members(size / 12)) },
  { name: "parseFlowRun depth", work: (size) => rowWith(deep(size / 6)) },
  {
    name: "isDeeperThan lists",
    work: (size) => withValue(members(size / 12), (value) => isDeeperThan(value, 200)),
  },
  { name: "mergeRunTask overrides", work: (size) => merging(size / 40) },
  { name: "checkRequest unknown members", work: (size) => checking({ overrides: members(size / 12) }) },
  {
    name: "checkRequest variables",
    work: (size) => checking({ overrides: { environment: listed(size / 12) } }),
  },
];

function members(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: Math.ceil(count) }, (_, n) => [`member${n}`, n]));
}

function listed(count: number): { readonly name: string }[] {
  return Array.from({ length: Math.ceil(count) }, (_, n) => ({ name: `n${n}` }));
}

function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = { a: value };
  return value;
}

function withValue<Value>(value: Value, read: (value: Value) => unknown): () => unknown {
  return () => read(value);
}

function rowWith(config: unknown): () => unknown {
  return withValue({ id: "r", name: "r", run_config: config, task_runs: [] }, parseFlowRun);
}

function merging(count: number): () => unknown {
  const overrides = { overrides: { containerOverrides: listed(count) } };
  return () => mergeRunTask(overrides, overrides);
}

function checking(params: Parameters<typeof checkRequest>[1]): () => unknown {
  return () => checkRequest("RunTask", params);
}
