/**
 * The bridge between our option rows and the npm package commander, which parses them and prints the usage.
 *
 * @module
 */

import { type Command as Parser, Option } from "commander";
import type { OptionSpec, OptionValues } from "../../schemas/options/option.ts";
import { checkedValue } from "../../schemas/options/option_value.ts";

/** Teaches a commander command these options. */
export function addOptions(parser: Parser, specs: readonly OptionSpec[]): void {
  for (const spec of specs) parser.addOption(optionOf(spec));
}

function optionOf(spec: OptionSpec): Option {
  const option = new Option(flagsOf(spec), describe(spec));
  if (spec.type === "list") option.argParser(appended);
  return option;
}

function appended(value: string, before: unknown): readonly string[] {
  return Array.isArray(before) ? [...before, value] : [value];
}

function flagsOf(spec: OptionSpec): string {
  const short = spec.short === undefined ? "" : `-${spec.short}, `;
  const value = spec.type === "flag" ? "" : ` <${spec.metavar ?? "VALUE"}>`;
  return `${short}--${spec.name}${value}`;
}

function describe(spec: OptionSpec): string {
  const parts = [
    spec.type === "list" ? "repeatable" : undefined,
    spec.choices === undefined ? undefined : `one of ${spec.choices.join(", ")}`,
    spec.default === undefined ? undefined : `default: ${spec.default}`,
    spec.variable === undefined ? undefined : `variable: ${spec.variable}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? spec.description : `${spec.description} (${parts.join("; ")})`;
}

/**
 * The values that were typed, by option name; labels come back without duplicates, sorted by code point.
 *
 * @throws {FailureError} `usage` for a value that its option does not take
 */
export function typedValues(parser: Parser, specs: readonly OptionSpec[]): OptionValues {
  const values: Record<string, string | boolean | readonly string[]> = {};
  for (const spec of specs) {
    const key = optionOf(spec).attributeName();
    if (parser.getOptionValueSource(key) !== "cli") continue;
    const value = typedValue(spec, parser.getOptionValue(key));
    if (value !== undefined) values[spec.name] = value;
  }
  return values;
}

function typedValue(spec: OptionSpec, value: unknown): string | boolean | readonly string[] | undefined {
  // Commander keeps `--no-x` as false under `x`: either way the flag was given.
  if (typeof value === "boolean") return flagGiven(spec, value) ? true : undefined;
  if (typeof value === "string") return checkedValue(spec, value);
  if (!Array.isArray(value)) return undefined;
  const texts = value.map(String);
  return spec.name === "label" ? sortedLabels(texts) : texts;
}

/** `--hostname-label` and `--no-hostname-label` share one attribute of commander. */
function flagGiven(spec: OptionSpec, value: boolean): boolean {
  return spec.name.startsWith("no-") ? !value : value;
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
