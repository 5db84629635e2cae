/**
 * How one subcommand reads its options and words.
 *
 * @module
 */

import type { Command as Parser } from "commander";
import { closeName } from "../../schemas/options/near_name.ts";
import type { OptionRow, OptionValues } from "../../schemas/options/option.ts";
import type { CommandRows, TypedOptions } from "../../schemas/options/typed_options.ts";
import { shown, usageError } from "../../schemas/options/usage_error.ts";
import type { Command } from "./command.ts";
import { addOptions, typedValues } from "./option_parser.ts";
import { separatePairs, type Spelling } from "./options_as_pairs.ts";
import { readPairs } from "./pairs.ts";
import { flagWithValue, refuseExtraWords } from "./refusals.ts";

/** One subcommand of the program. */
export interface Subcommand {
  /** `["sandbox"]`, or `["ecs", "start"]` for one of a group. */
  readonly path: readonly [string] | readonly [group: string, name: string];
  /** One sentence for the usage text, without full stop. */
  readonly about: string;
  readonly options: readonly OptionRow[];
  /** `key=value` pairs that the usage text describes; others may be typed, too. @default none may be typed */
  readonly pairs?: readonly OptionRow[];
  /** Words by their place: `<run>` must be given, `[file]` may be left out. @default none may be typed */
  readonly places?: readonly (readonly [name: string, about: string])[];
  /**
   * Makes the command.
   *
   * @param values options that were typed, checked
   * @param words what was typed beside them
   * @throws {FailureError} `usage`
   */
  readonly understand: (values: OptionValues, words: readonly string[]) => Command;
}

/** Teaches a commander command one subcommand; `done` gets what was understood. */
export function teach(leaf: Parser, subcommand: Subcommand, done: (command: Command) => void): void {
  const { about, options, pairs, places, understand } = subcommand;
  leaf.description(about);
  addOptions(leaf, options);
  if (pairs !== undefined) takePairs(leaf, pairs);
  places?.forEach(([name, meaning]) => leaf.argument(name, meaning));
  leaf.allowExcessArguments();
  leaf.action(() => {
    // Values come first: a word too many may be what an option without its value left over.
    const values = typedValues(leaf, options);
    if (pairs === undefined) refuseExtraWords(leaf, subcommand.path.join(" "));
    done(understand(values, leaf.args));
  });
}

function takePairs(leaf: Parser, pairs: readonly OptionRow[]): void {
  leaf.allowUnknownOption().usage("[options] [key=value...]");
  const list = pairs.map((row) => `  ${row.name}: ${row.description}`).join("\n");
  leaf.addHelpText("after", `\nKeys (Python literals or JSON; key=value or --key=value):\n${list}`);
}

/** A subcommand of these rows; `understand` gets options and pairs. */
export function withPairs(
  { options, pairs }: CommandRows,
  { path, about, understand }: Pick<Subcommand, "path" | "about"> & {
    readonly understand: (typed: TypedOptions) => Command;
  },
): Subcommand {
  if (pairs === null) {
    return { path, about, options, understand: (values) => understand({ values, pairs: [], warnings: [] }) };
  }
  return {
    path,
    about,
    options,
    pairs,
    understand: (values, words) =>
      understand(typedOptions(values, words, { options, pairs, spelling: "new" })),
  };
}

/** How options and pairs are told apart. */
export interface PairRows extends CommandRows {
  readonly pairs: readonly OptionRow[];
  readonly spelling: Spelling;
}

/**
 * Options and pairs of a command; a pair that means an option counts as the option.
 *
 * @throws {FailureError} `usage` for a word that is no pair, and for a pair that only an option can say
 */
export function typedOptions(
  values: OptionValues,
  words: readonly string[],
  { options, pairs, spelling }: PairRows,
): TypedOptions {
  refuseFlagValues(words, options);
  const separated = separatePairs(readPairs(words, pairs, options), options, spelling);
  for (const [key] of separated.pairs) refuseCloseOption(key, { options, pairs });
  return { values: { ...values, ...separated.values }, pairs: separated.pairs, warnings: [] };
}

/** A pair that AWS does not take and that is an option but for its spelling. */
function refuseCloseOption(key: string, { options, pairs }: CommandRows): void {
  const names = options.map((row) => row.name);
  if (names.includes(key.replaceAll("_", "-"))) return;
  const meant = closeName(key, [...(pairs ?? []).map((row) => row.name), ...names]);
  if (meant === null || !names.includes(meant)) return;
  throw usageError(`Unknown option --${shown(key).replaceAll(/^-+|'/g, "")}: did you mean --${meant}?`);
}

function refuseFlagValues(words: readonly string[], options: readonly OptionRow[]): void {
  const flags = options.filter((row) => row.type === "flag").map((row) => `--${row.name}`);
  const found = flags.find((flag) => words.some((word) => word.startsWith(`${flag}=`)));
  if (found !== undefined) throw flagWithValue(found);
}
