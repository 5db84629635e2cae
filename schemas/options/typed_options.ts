/**
 * What was typed for one command, parsed into words.
 *
 * @module
 */

import type { OptionRow, OptionValues } from "./option.ts";

/** What was typed for one flavour: parsed into words, not yet into settings. */
export interface TypedOptions {
  /** By option name; choices in their canonical spelling, all else as typed. */
  readonly values: OptionValues;
  /** `key=value` pairs in order, keys in the spelling of their row where they have one. */
  readonly pairs: readonly (readonly [string, string])[];
  /** Things the user should know, without values. */
  readonly warnings: readonly string[];
}

/** Options and pairs that a command takes. */
export interface CommandRows {
  readonly options: readonly OptionRow[];
  /** Known `key=value` pairs; null: it takes none. */
  readonly pairs: readonly OptionRow[] | null;
}
