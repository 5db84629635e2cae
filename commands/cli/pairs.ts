/**
 * The `key=value` words of the `fargate` flavour. What the originals crashed on or misread (`--cluster prod`,
 * `--launch-type=EC2`, `-cluster=x`, `--` inside a value) is either read as it was meant or refused by name.
 *
 * @see recorded: cli (fargate), quirks F-CLI-NO-EQ, F-CLI-CLASH, F-CLI-UNTYPED, F-CLI-SINGLE-DASH, F-DASHDASH, F-LAUNCH-DASH
 * @module
 */

import { nearName } from "../../schemas/options/near_name.ts";
import type { OptionRow } from "../../schemas/options/option.ts";
import { shown, usageError } from "../../schemas/options/usage_error.ts";

/** One `key=value` word. */
export type Pair = readonly [key: string, value: string];

/**
 * Reads the words that are left when the options are taken out.
 *
 * @param options what may have been meant by a word that is no pair
 * @throws {FailureError} `usage` for a word that is no pair
 */
export function readPairs(
  words: readonly string[],
  known: readonly OptionRow[],
  options: readonly OptionRow[],
): readonly Pair[] {
  const pairs: Pair[] = [];
  const rest = withoutSeparator(words);
  for (let at = 0; at < rest.length; at++) {
    const read = readWord(rest, at, known);
    if (read === null) throw notAPair(rest[at] ?? "", known, options);
    pairs.push(read.pair);
    at += read.extraWords;
  }
  return pairs;
}

/** The first lone `--` only ends the options; a second one would be a word. */
function withoutSeparator(words: readonly string[]): readonly string[] {
  const at = words.indexOf("--");
  return at < 0 ? words : words.filter((_, index) => index !== at);
}

function readWord(words: readonly string[], at: number, known: readonly OptionRow[]) {
  const word = words[at] ?? "";
  const equals = word.indexOf("=");
  const key = withoutDashes(equals < 0 ? word : word.slice(0, equals));
  const row = known.find((row) => isSpelled(key, row.name));
  if (equals >= 0 && key !== "") {
    const name = key.includes("-") && row !== undefined ? row.name : key;
    return { pair: [name, word.slice(equals + 1)] as const, extraWords: 0 };
  }
  if (row === undefined || !word.startsWith("--")) return null;
  return spacedValue(row, words[at + 1]);
}

function spacedValue(row: OptionRow, next: string | undefined) {
  if (row.type === "flag" && !isBoolean(next)) return { pair: [row.name, "True"] as const, extraWords: 0 };
  if (next === undefined || next.startsWith("--")) {
    throw usageError(
      `Missing value after --${row.name}: write ${row.name}=VALUE; is a shell variable empty?`,
    );
  }
  return { pair: [row.name, next] as const, extraWords: 1 };
}

function isBoolean(word: string | undefined): boolean {
  return word !== undefined && /^(true|false)$/i.test(word);
}

/** Only what stands in front goes: the originals took `--` out of values as well (F-DASHDASH). */
function withoutDashes(word: string): string {
  return word.replace(/^--?/, "");
}

/** Whether a key means the name: `launch-type` and `launch_type` are one, `task-role-arn` is `taskRoleArn`. */
export function isSpelled(key: string, name: string): boolean {
  const camel = key.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return camel === name || key.replaceAll("-", "_") === name.replaceAll("-", "_");
}

function notAPair(word: string, known: readonly OptionRow[], options: readonly OptionRow[]) {
  const near = nearName(withoutDashes(word), [...options, ...known].map((row) => row.name));
  const verbose = word === "-v" ? " (for debug output use --log-level DEBUG)" : "";
  const meant = options.some((row) => row.name === near) ? `--${near}` : `${near}=VALUE`;
  const hint = near === null ? "" : `; did you mean ${meant}?`;
  return usageError(
    `Cannot read ${shown(word)}${verbose}: options apart, every word must be key=value or --key=value${hint}`,
  );
}

/**
 * `-cluster=x` was taken for `-c -l uster=x`: a known name behind a single dash is read as if it had two.
 *
 * @param names long options and pair keys
 */
export function withTwoDashes(words: readonly string[], names: ReadonlySet<string>): readonly string[] {
  return words.map((word) => {
    const name = /^-([A-Za-z][\w-]+)=/.exec(word)?.[1];
    return name !== undefined && names.has(name) ? `-${word}` : word;
  });
}
