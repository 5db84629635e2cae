/**
 * What a command line asks for.
 *
 * @module
 */

import type { FlavourName, Rows, TypedOptions } from "../../schemas/options/typed_options.ts";
import type { InspectAddress } from "../../schemas/options/inspection_options.ts";
import type { OptionValues } from "../../schemas/options/option.ts";

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
  /** `values` hold `out`. */
  | { readonly kind: "machines"; readonly values: OptionValues }
  /** Serves the page on a recording. */
  | { readonly kind: "inspect"; readonly file: string; readonly address: InspectAddress }
  /** `file` null: the newest below `recordings/`. */
  | { readonly kind: "trace"; readonly run: string; readonly file: string | null }
  /** `run` null: every run of the recording. */
  | { readonly kind: "replay"; readonly file: string; readonly run: string | null }
  /** A text to print before exiting with 0: usage, version. */
  | { readonly kind: "help"; readonly text: string };

/** Rows that the flavours contribute to the command line, without those of `commands/cli/common_options.ts`. */
export interface CommandSpecs {
  readonly ecs: Rows;
  readonly fargate: Rows;
  readonly taskEnvironment: Rows;
}
