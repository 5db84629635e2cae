/**
 * A flavour, opened with what was typed for it.
 *
 * @module
 */

import type { Flavour } from "../../schemas/contracts/flavour.ts";
import type { Locate } from "../../schemas/options/typed_path.ts";
import type { TypedOptions } from "../../schemas/options/typed_options.ts";
import type { RunPlan } from "../../schemas/plan/run_plan.ts";
import type { Redactor } from "../../schemas/secrets/redact.ts";
import type { Dialect } from "./dialect.ts";
import type { PlatformWiring } from "./platform.ts";

/** A flavour with its options read, over the dialect and the platform that it plans for. */
export interface OpenFlavour<Options, Run, Plan extends RunPlan> {
  readonly flavour: Flavour<Options, Run, Plan>;
  readonly options: Options;
  readonly dialect: Dialect<Run>;
  readonly platform: PlatformWiring<Plan>;
  readonly warnings: readonly string[];
  /** Lines of the agent's own log at start, level INFO. */
  readonly notes: readonly string[];
}

/** Gets a flavour with its options read. */
export type UseFlavour<T> = <Options, Run, Plan extends RunPlan>(
  open: OpenFlavour<Options, Run, Plan>,
) => T;

/** Where settings come from besides the command line. */
export interface FlavourSources {
  readonly env: Readonly<Record<string, string>>;
  /** Reads a file of the configuration; null when there is none. */
  readonly readText: (path: string) => string | null;
  /** Absolute path of what was typed, for messages. */
  readonly locate?: Locate | undefined;
}

/** How a flavour is opened from a command line, over the dialect and the platform that it names. */
export interface FlavourWiring {
  /** Reads options and settings; nothing is sent. @throws {FailureError} `usage` and `configuration` */
  readonly open: <T>(typed: TypedOptions, sources: FlavourSources, use: UseFlavour<T>) => T;
  /** Lines behind the usage text, without secrets. @param words what was typed with it @default none */
  readonly help?: (
    words: readonly string[],
    sources: FlavourSources,
    redact: Pick<Redactor, "learn">,
  ) => readonly string[];
}
