/**
 * Pairs of the `fargate` flavour that say what an option says: `name=x`, `max_polls=5`, `no_cloud_logs=False`.
 *
 * @module
 */

import type { OptionRow, OptionValues } from "../../schemas/options/option.ts";
import { checkedValue } from "../../schemas/options/option_value.ts";
import type { Pair } from "./pairs.ts";
import { usageError } from "../../schemas/options/usage_error.ts";

/** Constructor arguments that the command line sets itself: as pairs they crashed or were torn apart (F-CLI-CLASH). */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ["labels", "label"],
  ["label", "label"],
  ["env_vars", "env"],
  ["env", "env"],
]);

/** The same in the old spelling, which set all of these. @see recorded: cli/old14-name-by-pair */
const REFUSED_IN_OLD: ReadonlySet<string> = new Set([
  "name",
  "agent_config_id",
  "max_polls",
  "agent_address",
  "no_cloud_logs",
]);

/** How the command was spelled: `fargate start` or `start fargate`. */
export type Spelling = "new" | "old";

/** Values of options, and the pairs that mean no option. */
export interface SeparatedPairs {
  readonly values: OptionValues;
  readonly pairs: readonly Pair[];
}

/**
 * Moves pairs that mean an option into the option values.
 *
 * @throws {FailureError} `usage` for a pair that only an option can say
 */
export function separatePairs(
  pairs: readonly Pair[],
  options: readonly OptionRow[],
  spelling: Spelling,
): SeparatedPairs {
  const values: Record<string, string | boolean> = {};
  const rest: Pair[] = [];
  for (const [key, value] of pairs) {
    refuseClash(key, spelling);
    const row = spelling === "new" ? optionOf(key, options) : undefined;
    if (row === undefined) rest.push([key, value]);
    else values[row.name] = row.type === "flag" ? flag(key, value) : checkedValue(row, value);
  }
  return { values, pairs: rest };
}

function refuseClash(key: string, spelling: Spelling): void {
  const option = REFUSED.get(key) ??
    (spelling === "old" && REFUSED_IN_OLD.has(key) ? key.replaceAll("_", "-") : undefined);
  if (option !== undefined) throw usageError(`Cannot set ${key} by ${key}=…: use --${option}`);
}

function optionOf(key: string, options: readonly OptionRow[]): OptionRow | undefined {
  const name = key.replaceAll("_", "-");
  return options.find((row) => row.name === name && row.type !== "list");
}

function flag(key: string, value: string): boolean {
  if (/^true$/i.test(value)) return true;
  if (/^(false|none)$/i.test(value)) return false;
  throw usageError(`Invalid value for '${key}': accepted are True and False`);
}
