/**
 * Single settings in the type that each wants.
 *
 * @module
 */

import type { FailureError } from "../../failure/failure.ts";
import { hasControl } from "../../options/scalar_text.ts";
import { shownValue, usageError } from "../../options/usage_error.ts";
import { Secret } from "../../secrets/secret.ts";
import { isSecretSetting } from "./setting_names.ts";
import type { FoundSetting, FoundSettings } from "./setting_sources.ts";

/** Reads settings by name. All throw `usage` for a value that the setting does not take, naming setting, source and what it takes. */
export interface SettingReader {
  /** Null: it is not set. */
  readonly found: (name: string) => FoundSetting | null;
  readonly text: (name: string) => string | null;
  /** A secret that a header carries. @param form what it may consist of, and the words for that */
  readonly secret: (name: string, form: SecretForm) => Secret | null;
  readonly flag: (name: string, otherwise: boolean) => boolean;
  readonly number: (name: string, range: SettingRange) => number;
  readonly choice: <Word extends string>(name: string, words: readonly Word[]) => Word | null;
}

/** What a secret consists of. */
export interface SecretForm {
  readonly pattern: RegExp;
  /** Words for messages. */
  readonly accepted: string;
}

/** Which numbers a setting takes. */
export interface SettingRange {
  readonly least: number;
  readonly most: number;
  readonly otherwise: number;
  /** @default false */
  readonly isWhole?: boolean;
}

/** As pydantic reads them. @see Pydantic, "Booleans" */
const WORDS: ReadonlyMap<string, boolean> = new Map([
  ...["true", "t", "yes", "y", "on", "1"].map((word) => [word, true] as const),
  ...["false", "f", "no", "n", "off", "0"].map((word) => [word, false] as const),
]);

/** Makes the reader. */
export function settingReader({ all }: Pick<FoundSettings, "all">): SettingReader {
  const found = (name: string) => all.get(name) ?? null;
  const text = (name: string): string | null => {
    const setting = found(name);
    if (setting === null) return null;
    if (hasControl(setting.text)) throw badSetting(setting, "text without control characters");
    return setting.text;
  };
  return {
    found,
    text,
    secret: (name, form) => secretOf(found(name), form),
    flag: (name, otherwise) => flagOf(found(name), otherwise),
    number: (name, range) => numberOf(found(name), range),
    choice: (name, words) => choiceOf(found(name), words),
  };
}

function secretOf(setting: FoundSetting | null, { pattern, accepted }: SecretForm): Secret | null {
  if (setting === null) return null;
  if (pattern.test(setting.text)) return new Secret(setting.text);
  throw badSetting(setting, accepted);
}

function flagOf(setting: FoundSetting | null, otherwise: boolean): boolean {
  if (setting === null) return otherwise;
  const value = WORDS.get(setting.text.toLowerCase());
  if (value !== undefined) return value;
  throw badSetting(setting, "true or false");
}

function numberOf(setting: FoundSetting | null, range: SettingRange): number {
  if (setting === null) return range.otherwise;
  const { least, most, isWhole = false } = range;
  const value = /^[+-]?(\d+(_\d+)*\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(setting.text)
    ? Number(setting.text.replaceAll("_", ""))
    : NaN;
  if (value >= least && value <= most && (!isWhole || Number.isInteger(value))) return value;
  throw badSetting(setting, `a ${isWhole ? "whole " : ""}number from ${least} to ${most}`);
}

function choiceOf<Word extends string>(
  setting: FoundSetting | null,
  words: readonly Word[],
): Word | null {
  if (setting === null) return null;
  const word = words.find((word) => word === setting.text.toUpperCase());
  if (word !== undefined) return word;
  throw badSetting(setting, `one of ${words.join(", ")} (in any case)`);
}

/** A setting that cannot be used: exit code 2. */
export function badSetting({ name, text, from }: FoundSetting, accepted: string): FailureError {
  const value = isSecretSetting(name) ? "the value" : `the value ${shownValue(text)}`;
  return usageError(`Cannot use ${value} of ${name} (${from}): expected ${accepted}`);
}
