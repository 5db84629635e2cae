/**
 * The flavours this program knows, and how each is opened from a command line.
 *
 * @module
 */

import { awsOptionsOf, type GivenAwsOptions } from "./aws_options.ts";
import { ecsFlavour } from "../../flavours/ecs_agent/flavour.ts";
import { fargateFlavour } from "../../flavours/fargate_agent/flavour.ts";
import type { Flavour } from "../../schemas/contracts/flavour.ts";
import type { FlavourName } from "../cli/flavour_rows.ts";
import type { TypedOptions } from "../../schemas/options/typed_options.ts";
import type { RawOptions } from "../../schemas/options/option.ts";
import { type EcsOptions, ecsSettingsRules, parseEcsOptions } from "../../flavours/ecs_agent/options.ts";
import {
  type FargateOptions,
  fargateSettingsRules,
  parseFargateOptions,
} from "../../flavours/fargate_agent/options.ts";
import {
  resolveSettings,
  type SettingsInput,
  type SettingsRules,
} from "../../schemas/prefect1/config/resolve_settings.ts";
import type { Prefect1Settings } from "../../schemas/prefect1/config/settings.ts";

/** A flavour with its options read. */
export interface OpenFlavour<Options> {
  readonly flavour: Flavour<Options>;
  readonly options: Options;
  /** What the agent registers as. */
  readonly agentType: "ECSAgent" | "FargateAgent";
  /** Version of the Prefect it stands for, as told to the API. */
  readonly coreVersion: string;
  /** Name or ARN of the cluster claims are made for. */
  readonly cluster: string;
  /** What the flavour's own options say about AWS. */
  readonly aws: GivenAwsOptions;
  readonly warnings: readonly string[];
  /** Lines of the agent's own log at start, level INFO. */
  readonly notes: readonly string[];
}

/** Gets a flavour with its options read. */
export type UseFlavour<T> = <Options>(open: OpenFlavour<Options>) => T;

/** One flavour of the agent. */
interface FlavourEntry {
  /** How its release of Prefect 1 reads the configuration. */
  readonly rules: SettingsRules;
  /** Reads its own options. */
  readonly open: <T>(raw: RawOptions, settings: Prefect1Settings, use: UseFlavour<T>) => T;
}

/** All flavours. A new one is an entry here and one in `commands/cli/flavour_rows.ts`. */
const FLAVOURS: Readonly<Record<FlavourName, FlavourEntry>> = {
  ecs: {
    rules: ecsSettingsRules,
    open: (raw, settings, use) => use(openEcs(parseEcsOptions(raw, settings))),
  },
  fargate: {
    rules: fargateSettingsRules,
    open: (raw, settings, use) => use(openFargate(parseFargateOptions(raw, settings))),
  },
};

/** What is typed for a flavour. */
export interface FlavourCommand extends TypedOptions {
  readonly flavour: FlavourName;
}

/**
 * The settings of the agent that a command names.
 *
 * @throws {FailureError} `configuration`
 */
export function settingsOf(
  { flavour, values }: Pick<FlavourCommand, "flavour" | "values">,
  sources: Pick<SettingsInput, "env" | "readText">,
): Prefect1Settings {
  return resolveSettings({ rules: FLAVOURS[flavour].rules, values, ...sources });
}

/**
 * Opens the flavour that a command names and hands it to `use`.
 *
 * @throws {FailureError} `usage` and `configuration`
 */
export function openFlavour<T>(
  command: FlavourCommand,
  settings: Prefect1Settings,
  { env, use }: { readonly env: Readonly<Record<string, string>>; readonly use: UseFlavour<T> },
): T {
  return FLAVOURS[command.flavour].open({ ...command, env }, settings, use);
}

function openEcs(options: EcsOptions): OpenFlavour<EcsOptions> {
  return {
    flavour: ecsFlavour,
    options,
    agentType: "ECSAgent",
    coreVersion: "1.4.1",
    cluster: options.cluster ?? "default",
    aws: {},
    warnings: options.warnings,
    notes: [],
  };
}

function openFargate(options: FargateOptions): OpenFlavour<FargateOptions> {
  const cluster = options.runKwargs["cluster"];
  return {
    flavour: fargateFlavour,
    options,
    agentType: "FargateAgent",
    coreVersion: "0.15.13",
    cluster: typeof cluster === "string" ? cluster : "default",
    aws: awsOptionsOf(options),
    warnings: options.warnings,
    notes: switchNotes(options),
  };
}

/** @see Prefect 0.15.13 agent/fargate/agent.py; recorded: logs of agent_init/config-debug-level-logs-revisions */
function switchNotes({ useExternalKwargs, enableTaskRevisions }: FargateOptions): readonly string[] {
  return [
    ...(useExternalKwargs ? ["Use of external S3 kwargs enabled."] : []),
    ...(enableTaskRevisions ? ["Native ECS task revisions enabled."] : []),
  ];
}
