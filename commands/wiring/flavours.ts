/**
 * The flavours this program knows, and how each is opened from a command line.
 *
 * @module
 */

import { awsOptionsOf, type GivenAwsOptions } from "./aws_options.ts";
import { ecsFlavour } from "../../flavours/ecs_agent/flavour.ts";
import { fargateFlavour } from "../../flavours/fargate_agent/flavour.ts";
import type { Flavour } from "../../schemas/contracts/flavour.ts";
import type { FlavourName, TypedOptions } from "../../schemas/options/typed_options.ts";
import { type EcsOptions, parseEcsOptions } from "../../flavours/ecs_agent/options.ts";
import { type FargateOptions, parseFargateOptions } from "../../flavours/fargate_agent/options.ts";
import type { AgentSettings } from "../../schemas/prefect1/config/settings.ts";

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

/**
 * Opens the flavour a command names and hands it to `use`.
 *
 * @throws {FailureError} `usage` and `configuration`
 */
export function openFlavour<T>(
  typed: TypedOptions & { readonly flavour: FlavourName },
  settings: AgentSettings,
  { env, use }: {
    readonly env: Readonly<Record<string, string>>;
    readonly use: <Options>(open: OpenFlavour<Options>) => T;
  },
): T {
  const raw = { ...typed, env };
  if (typed.flavour === "ecs") return use(openEcs(parseEcsOptions(raw, settings)));
  return use(openFargate(parseFargateOptions(raw, settings)));
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
