/**
 * The bridge between our option rows and the npm package commander, which parses them and prints the usage.
 *
 * @module
 */

import { type Command as Parser, Option } from "commander";
import type { OptionRow, OptionValues } from "../../schemas/options/option.ts";
import { checkedValue } from "../../schemas/options/option_value.ts";

/** Teaches a commander command these options. */
export function addOptions(parser: Parser, rows: readonly OptionRow[]): void {
  for (const row of rows) parser.addOption(optionOf(row));
}

function optionOf(row: OptionRow): Option {
  const option = new Option(flagsOf(row), describe(row));
  if (row.type === "list") option.argParser(appended);
  return option;
}

function appended(value: string, before: unknown): readonly string[] {
  return Array.isArray(before) ? [...before, value] : [value];
}

function flagsOf(row: OptionRow): string {
  const short = row.short === undefined ? "" : `-${row.short}, `;
  const value = row.type === "flag" ? "" : ` <${row.metavar ?? "VALUE"}>`;
  return `${short}--${row.name}${value}`;
}

function describe(row: OptionRow): string {
  const parts = [
    row.type === "list" ? "repeatable" : undefined,
    row.choices === undefined ? undefined : `one of ${row.choices.join(", ")}`,
    row.default === undefined ? undefined : `default: ${row.default}`,
    row.variable === undefined ? undefined : `variable: ${row.variable}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? row.description : `${row.description} (${parts.join("; ")})`;
}

/**
 * The values that were typed, by option name; labels come back without duplicates, sorted by code point.
 *
 * @throws {FailureError} `usage` for a value that its option does not take
 */
export function typedValues(parser: Parser, rows: readonly OptionRow[]): OptionValues {
  const values: Record<string, string | boolean | readonly string[]> = {};
  for (const row of rows) {
    const key = optionOf(row).attributeName();
    if (parser.getOptionValueSource(key) !== "cli") continue;
    const value = typedValue(row, parser.getOptionValue(key));
    if (value !== undefined) values[row.name] = value;
  }
  return values;
}

function typedValue(row: OptionRow, value: unknown): string | boolean | readonly string[] | undefined {
  // Commander keeps `--no-x` as false under `x`: either way the flag was given.
  if (typeof value === "boolean") return flagGiven(row, value) ? true : undefined;
  if (typeof value === "string") return checkedValue(row, value);
  if (!Array.isArray(value)) return undefined;
  const texts = value.map(String);
  // Variables for runs are data: they are sent as they were typed.
  if (row.name === "env") return texts;
  const checked = texts.map((text) => checkedValue(row, text));
  return row.name === "label" ? sortedLabels(checked) : checked;
}

/** `--hostname-label` and `--no-hostname-label` share one attribute of commander. */
function flagGiven(row: OptionRow, value: boolean): boolean {
  return row.name.startsWith("no-") ? !value : value;
}

/** By code point, as Python sorts text; JavaScript's own order is by UTF-16 unit. */
function sortedLabels(labels: readonly string[]): readonly string[] {
  return [...new Set(labels)].sort(byCodePoint);
}

function byCodePoint(left: string, right: string): number {
  const a = [...left].map(codePoint);
  const b = [...right].map(codePoint);
  const at = a.findIndex((point, index) => point !== b[index]);
  if (at < 0) return a.length - b.length;
  return (a[at] ?? 0) - (b[at] ?? -1);
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0;
}
