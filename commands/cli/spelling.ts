/**
 * Options as they are mistyped: the value left out so that the next option would be taken for it, typographic dashes,
 * one dash before a long name, option and value in one word.
 *
 * @module
 */

import { nearName, sameName } from "../../schemas/options/near_name.ts";
import type { OptionRow } from "../../schemas/options/option.ts";
import type { CommandRows } from "../../schemas/options/typed_options.ts";
import { DASH, shown, usageError } from "../../schemas/options/usage_error.ts";
import { isSpelled } from "./pairs.ts";

/** What a command takes, and what it is called: `ecs start`. */
export interface SpellingRows extends CommandRows {
  readonly where: string;
}

/** Options that every command has. */
const HELP: OptionRow = { name: "help", short: "h", type: "flag", since: "", description: "" };

/**
 * Refuses the first word that is mistyped in one of these ways.
 *
 * @param words what stands behind the command
 * @throws {FailureError} `usage` that names the option that was meant or has no value
 */
export function refuseMistyped(words: readonly string[], rows: SpellingRows): void {
  const known = { ...rows, options: [...rows.options, HELP] };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--") return;
    refuseWord(word, known);
    const row = takingNext(word, known);
    const next = words[at + 1];
    if (row === undefined || next === undefined) continue;
    if (isOption(next, known) || (row.type !== "list" && isKnownPair(next, known))) {
      throw emptyOption(word, next, known);
    }
    at++;
  }
}

function emptyOption(word: string, next: string, { where }: SpellingRows) {
  const option = shown(word);
  return usageError(
    `Missing value after option ${option} of \`${where}\`: the next word is ${shown(next)}; ` +
      `is a shell variable empty? A value that begins with a dash is written ${joinedForm(option)}`,
  );
}

function joinedForm(option: string): string {
  return option.startsWith("--") ? `${option}=VALUE` : `${option}VALUE`;
}

function refuseWord(word: string, rows: SpellingRows): void {
  const { name, value } = partsOf(word);
  if (name === undefined) return;
  const { where } = rows;
  if (value !== undefined && isNamed(value, rows)) {
    throw usageError(
      `Missing value after option ${shown(word)} of \`${where}\`: its value is the option ${shown(value)}; ` +
        "is a shell variable empty?",
    );
  }
  const meant = meantBy(word, name, rows);
  if (meant === undefined) return;
  const typed = sameName(name, namesOf(rows)) === null ? shown(word) : `-${name}`;
  throw usageError(
    `Unknown option ${/^-[^-]/.test(word) ? typed : shown(word)} of \`${where}\`: did you mean ${meant}?`,
  );
}

/** Undefined: nothing is wrong with the word, or nothing that is alike is known. */
function meantBy(word: string, name: string, rows: SpellingRows): string | undefined {
  const names = namesOf(rows);
  if (/^[^=]*\s/.test(word)) {
    const first = name.split(/\s/)[0] ?? "";
    const same = sameName(first, names);
    return same === null ? undefined : `--${same} and its value as two words`;
  }
  const plain = word.replaceAll(new RegExp(DASH, "gu"), "-");
  const typed = plain.replace(/^-+/, "").split("=")[0] ?? "";
  if (plain.split("=")[0] !== word.split("=")[0]) return dashed(nearName(typed, names));
  return /^-[^-]./.test(word) ? dashed(sameName(typed, names)) : undefined;
}

function dashed(name: string | null): string | undefined {
  return name === null ? undefined : `--${name}`;
}

/** The name behind the dashes, and what stands behind `=`. Name undefined: the word has no dash in front. */
function partsOf(word: string): { readonly name: string | undefined; readonly value: string | undefined } {
  const [, name, value] = new RegExp(`^${DASH}+([^=]*)(?:=(.*))?$`, "su").exec(word) ?? [];
  return { name: name === "" ? undefined : name, value };
}

function namesOf({ options, pairs }: CommandRows): readonly string[] {
  return [...options, ...pairs ?? []].map((row) => row.name);
}

/** The option or pair whose value is the next word; undefined: the word takes none. */
function takingNext(word: string, { options, pairs }: SpellingRows): OptionRow | undefined {
  const option = options.find(({ name, short }) => word === `--${name}` || word === `-${short}`);
  if (option !== undefined) return option.type === "flag" || option.bare !== undefined ? undefined : option;
  if (!word.startsWith("--") || word.includes("=")) return undefined;
  return pairs?.find(({ name, type }) => type !== "flag" && isSpelled(word.slice(2), name));
}

/** Whether a word is an option rather than a value, also where it is mistyped. */
function isOption(word: string, rows: SpellingRows): boolean {
  if (word === "--" || isNamed(word, rows)) return true;
  if (rows.options.some(({ short }) => word === `-${short}`)) return true;
  const { name } = partsOf(word);
  if (name === undefined || /\s/.test(name)) return false;
  if (word.startsWith("--")) return /^--[a-z]/i.test(word) && nearName(name, namesOf(rows)) !== null;
  return sameName(name, namesOf(rows)) !== null;
}

function isNamed(word: string, rows: SpellingRows): boolean {
  return namesOf(rows).some((name) => word === `--${name}` || word.startsWith(`--${name}=`));
}

function isKnownPair(word: string, { pairs }: SpellingRows): boolean {
  const equals = word.indexOf("=");
  return equals > 0 && (pairs ?? []).some(({ name }) => name === word.slice(0, equals));
}
