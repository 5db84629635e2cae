/**
 * Labels and variables for runs, from the command line or, when it names none, from the configuration.
 *
 * @module
 */

import type { Config, ConfigEntry } from "./config.ts";
import { pythonText } from "./config.ts";
import { badSetting, textSetting } from "./config_value.ts";
import { FailureError } from "../../failure/failure.ts";
import type { PyValue } from "../../python/value.ts";
import { bareWords, isBareWord } from "../../python/bare_words.ts";
import { parsePythonLiteral } from "../../python/literal.ts";
import { parseJsonValue } from "../../python/json_text.ts";
import { hasControl, scalarText } from "../../options/scalar_text.ts";
import { shown, shownValue, usageError } from "../../options/usage_error.ts";

const LABELS = "cloud.agent.labels";
const ENV_VARS = "cloud.agent.env_vars";

/** What labels may look like. */
const LABEL_FORMS = 'one label in one word, or a list such as ["prod", "eu"], as Python literal or JSON';

/**
 * Labels of the configuration, neither sorted nor without duplicates, as the originals use them. A bare word is one
 * label (Q-LABELS-WORD), and so is each bare word in brackets; tuples and sets count as lists (F-LABELS-REPR).
 *
 * @throws {FailureError} `configuration` for what is neither a list nor one word
 */
export function configuredLabels(config: Config): readonly string[] {
  const value = config.get(LABELS)?.value ?? { kind: "none" as const };
  const read = value.kind === "str" ? labelsOfText(scalarText(value.value)) : value;
  switch (read?.kind) {
    case "none":
      return [];
    case "list":
    case "tuple":
    case "set":
      return read.items.map((item) => labelOf(item, config));
    case "str":
      return [read.value];
    case "int":
    case "float":
    case "bool":
      return [textSetting(config, LABELS)];
    default:
      throw badLabels(config);
  }
}

/** Null: nobody can tell what is meant. */
function labelsOfText(text: string): PyValue | null {
  if (text === "" || text === "null") return { kind: "none" };
  if (isBareWord(text) && !hasControl(text)) return { kind: "str", value: text };
  const words = bareWords(text);
  if (words === null) return readLiteral(text);
  return { kind: "list", items: words.map((value) => ({ kind: "str", value })) };
}

function readLiteral(text: string): PyValue | null {
  const literal = parsePythonLiteral(text);
  return literal.ok ? literal.value : parseJsonValue(text) ?? null;
}

function labelOf(item: PyValue, config: Config): string {
  if (item.kind !== "str" && item.kind !== "int" && item.kind !== "float") throw badLabels(config);
  const label = scalarText(pythonText(item));
  if (hasControl(label)) throw badLabels(config);
  return label;
}

function badLabels(config: Config): FailureError {
  const entry = config.get(LABELS);
  return badSetting(config, LABELS, LABEL_FORMS, entry?.text ?? "");
}

/**
 * Labels of the command line.
 *
 * @throws {FailureError} `usage` for a list in one word: as a label it would wait for a flow that nobody has
 */
export function typedLabels(words: readonly string[]): readonly string[] {
  const list = words.find((word) => /^(\[.*\]|\(.*\)|\{.*\}|(["']).*\2)$/s.test(word));
  if (list === undefined) return words;
  throw usageError(
    `Invalid value for '--label': ${
      shownValue(list)
    } is not one label; repeat the option: --label prod --label eu`,
  );
}

/**
 * Variables of `--env`.
 *
 * @throws {FailureError} `configuration` (the originals start and then fail, with exit code 1) without `=` or name
 * @see recorded: cli/env-empty (ecs), cli/new15-env-dup (fargate)
 */
export function typedEnvVars(words: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(words.map((word) => {
    const equals = word.indexOf("=");
    if (equals > 0) return [word.slice(0, equals), word.slice(equals + 1)];
    throw new FailureError({
      tag: "configuration",
      field: "--env",
      message: `Cannot read --env ${equals < 0 ? shown(word) : "without a name"}: expected NAME=VALUE`,
    });
  }));
}

/** How names given as `PREFECT__CLOUD__AGENT__ENV_VARS__NAME` come out. */
export type NameCase = "lowered" | "kept";

/**
 * Variables of the configuration: a dictionary, or one key each. Numbers become text, booleans `true` and `false`, null
 * is dropped (Q-ENV-NONSTR, F-ENVVAR-TYPE).
 *
 * @param nameCase Prefect lowers names that come one by one (Q-ENV-LOWER keeps that, F-ENVVAR-TYPE does not)
 * @throws {FailureError} `configuration` for what cannot be a variable, naming it
 */
export function configuredEnvVars(config: Config, nameCase: NameCase): Readonly<Record<string, string>> {
  const found = new Map<string, string>();
  for (const [name, entry] of config) {
    if (name === ENV_VARS) replaceAll(found, entry, config);
    if (!name.startsWith(`${ENV_VARS}.`)) continue;
    const variable = variableName(name, entry, nameCase);
    const text = variableText(entry.value, entry.text);
    if (text === undefined) throw badVariable(config, name, variable);
    if (text !== null) found.set(variable, text);
  }
  return Object.fromEntries(found);
}

function replaceAll(found: Map<string, string>, { value }: ConfigEntry, config: Config): void {
  found.clear();
  if (value.kind === "none" || (value.kind === "str" && value.value === "")) return;
  const read = value.kind === "str" ? parseJsonValue(scalarText(value.value)) ?? value : value;
  if (read.kind === "none") return;
  if (read.kind !== "dict") throw notADictionary(config, read);
  for (const [key, member] of read.entries) {
    const text = variableText(member, null);
    if (key.kind !== "str" || text === undefined) throw badVariable(config, ENV_VARS, pythonText(key));
    if (text !== null) found.set(key.value, text);
  }
}

/** The value is not shown: it may be secret. */
function notADictionary(config: Config, { kind }: PyValue): FailureError {
  const found = kind === "str" ? "it is text that is neither" : "it is a value of another kind";
  return badSetting(
    config,
    ENV_VARS,
    `a dictionary such as {"NAME": "value"}, as Python literal or JSON (${found}), and one variable for each name: ` +
      "PREFECT__CLOUD__AGENT__ENV_VARS__NAME=value",
  );
}

function variableName(name: string, entry: ConfigEntry, nameCase: NameCase): string {
  const lowered = name.slice(ENV_VARS.length + 1).replaceAll(".", "__");
  if (entry.origin.from !== "variable" || nameCase === "lowered") return lowered;
  return entry.origin.name.slice(-lowered.length);
}

/** Null: dropped; undefined: cannot be text. */
function variableText(value: PyValue, typed: string | null): string | null | undefined {
  switch (value.kind) {
    case "none":
      return null;
    case "str":
      return value.value;
    case "bool":
      return String(value.value);
    case "int":
    case "float":
      return typed ?? pythonText(value);
    default:
      // Lists and dictionaries that were written as text are data, such as JSON for the flow.
      return typed ?? undefined;
  }
}

function badVariable(config: Config, setting: string, variable: string): FailureError {
  return badSetting(config, setting, `text, numbers and booleans, not what ${variable} has`);
}
