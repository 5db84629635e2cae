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
import { shown } from "../../options/usage_error.ts";

const LABELS = "cloud.agent.labels";
const ENV_VARS = "cloud.agent.env_vars";

/**
 * Labels of the configuration, neither sorted nor without duplicates, as the originals use them. A bare word is one
 * label (Q-LABELS-WORD); tuples and sets count as lists (F-LABELS-REPR).
 *
 * @throws {FailureError} `configuration` for what is neither a list nor text
 */
export function configuredLabels(config: Config): readonly string[] {
  const value = config.get(LABELS)?.value ?? { kind: "none" as const };
  switch (value.kind) {
    case "none":
      return [];
    case "list":
    case "tuple":
    case "set":
      return value.items.map((item) => labelOf(item, config));
    case "str":
    case "int":
    case "float":
    case "bool":
      return textSetting(config, LABELS) === "" ? [] : [textSetting(config, LABELS)];
    default:
      throw badSetting(config, LABELS, "a list of text such as ['a', 'b'], or one label");
  }
}

function labelOf(item: PyValue, config: Config): string {
  if (item.kind === "str" || item.kind === "int" || item.kind === "float") return pythonText(item);
  throw badSetting(config, LABELS, "a list of text such as ['a', 'b'], or one label");
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
  if (value.kind !== "dict") throw badSetting(config, ENV_VARS, `a dictionary such as {"NAME": "value"}`);
  for (const [key, member] of value.entries) {
    const text = variableText(member, null);
    if (key.kind !== "str" || text === undefined) throw badVariable(config, ENV_VARS, pythonText(key));
    if (text !== null) found.set(key.value, text);
  }
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
      return undefined;
  }
}

function badVariable(config: Config, setting: string, variable: string): FailureError {
  return badSetting(config, setting, `text, numbers and booleans, not what ${variable} has`);
}
