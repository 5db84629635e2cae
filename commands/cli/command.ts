/**
 * What a command line asks for.
 *
 * @module
 */

import type { InspectAddress } from "../../schemas/options/inspection_options.ts";
import type { TypedOptions } from "../../schemas/options/typed_options.ts";
import type { ChainedSetting } from "../../schemas/prefect1/config/chained_setting.ts";
import type { DemoSettings } from "./demo_options.ts";
import type { SandboxSettings } from "./sandbox_options.ts";
import type { FlavourName } from "./flavour_rows.ts";

/** One command line, understood. */
export type Command =
  | ({ readonly kind: "start"; readonly flavour: FlavourName } & TypedOptions)
  /** `fargate validate`: registers and runs a small task with the given options. */
  | ({ readonly kind: "validate" } & TypedOptions)
  | ({ readonly kind: "taskEnvironment"; readonly step: "setup" | "execute" } & TypedOptions)
  /** Prints a manifest for a cluster. */
  | ({ readonly kind: "install" } & TypedOptions)
  /** The legacy environment that makes a Job of a flow. */
  | ({ readonly kind: "jobEnvironment"; readonly step: "setup" | "execute" } & TypedOptions)
  /** `values` also hold those of `explainOptionRows`. */
  | ({ readonly kind: "explain"; readonly flavour: FlavourName } & TypedOptions)
  | { readonly kind: "sandbox"; readonly settings: SandboxSettings }
  | { readonly kind: "demo"; readonly settings: DemoSettings }
  /** `out`: the folder to write to, null to print. */
  | { readonly kind: "machines"; readonly out: string | null }
  /** Serves the page on a recording. */
  | { readonly kind: "inspect"; readonly file: string; readonly address: InspectAddress }
  /** `file` null: the newest below `recordings/`. */
  | { readonly kind: "trace"; readonly run: string; readonly file: string | null }
  /** `run` null: every run of the recording. */
  | { readonly kind: "replay"; readonly file: string; readonly run: string | null }
  /** Says whether a setting is there already. */
  | { readonly kind: "confirm"; readonly setting: ChainedSetting }
  /** A text to print before exiting with 0: usage, version. `asked`: the flavour whose usage it is, null for other texts. */
  | { readonly kind: "help"; readonly text: string; readonly asked: FlavourHelp | null };

/** Whose usage was asked for. */
export interface FlavourHelp {
  readonly flavour: FlavourName;
  /** The words that were typed with it. */
  readonly words: readonly string[];
}
