/**
 * What a command line asks for.
 *
 * @module
 */

import type { OptionSpec, OptionValues } from "./option_spec.ts";

/** What was typed for one flavour: parsed into words, not yet into settings. */
export interface TypedOptions {
  /** By option name; choices in their canonical spelling, all else as typed. */
  readonly values: OptionValues;
  /** `key=value` pairs in order, keys in the spelling of their spec where they have one. */
  readonly pairs: readonly (readonly [string, string])[];
  /** Things the user should know, without values. */
  readonly warnings: readonly string[];
}

/** Generations of agents this program stands for. */
export type FlavourName = "ecs" | "fargate";

/** One command line, understood. */
export type Command =
  | ({ readonly kind: "start"; readonly flavour: FlavourName } & TypedOptions)
  /** `fargate validate`: registers and runs a small task with the given options. */
  | ({ readonly kind: "validate"; readonly flavour: "fargate" } & TypedOptions)
  | ({ readonly kind: "taskEnvironment"; readonly step: "setup" | "execute" } & TypedOptions)
  /** `values` hold `flow-run` or `flow-run-file`, and `json`. */
  | ({ readonly kind: "explain"; readonly flavour: FlavourName } & TypedOptions)
  | { readonly kind: "sandbox"; readonly values: OptionValues }
  | { readonly kind: "demo"; readonly values: OptionValues }
  | { readonly kind: "machines"; readonly values: OptionValues }
  /** A text to print before exiting with 0: usage, version. */
  | { readonly kind: "help"; readonly text: string };

/** Rows of one subcommand. */
export interface Rows {
  readonly options: readonly OptionSpec[];
  /** Known `key=value` pairs; null: the subcommand takes none. */
  readonly pairs: readonly OptionSpec[] | null;
}

/** Rows that the flavours contribute to the command line, without those of `options.ts`. */
export interface CommandSpecs {
  readonly ecs: Rows;
  readonly fargate: Rows;
  readonly taskEnvironment: Rows;
}
