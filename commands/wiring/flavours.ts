/**
 * The flavours this program knows, and how each is opened from a command line.
 *
 * @module
 */

import { awsOptionsOf, type GivenAwsOptions } from "./ecs/aws_options.ts";
import { ecsFlavour } from "../../flavours/ecs_agent/flavour.ts";
import { fargateFlavour } from "../../flavours/fargate_agent/flavour.ts";
import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import type { Flavour } from "../../schemas/contracts/flavour.ts";
import type { FlavourName } from "../cli/flavour_rows.ts";
import type { TypedOptions } from "../../schemas/options/typed_options.ts";
import type { RawOptions } from "../../schemas/options/option.ts";
import { type EcsOptions, ecsRelease, parseEcsOptions } from "../../flavours/ecs_agent/options.ts";
import {
  type FargateOptions,
  fargateRelease,
  parseFargateOptions,
} from "../../flavours/fargate_agent/options.ts";
import type { AgentRelease } from "../../schemas/prefect1/agent_release.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import type { Dialect } from "./dialect.ts";
import { prefect1Dialect, prefect1Settings, type SettingSources } from "./prefect1/dialect.ts";
import type { Prefect1Settings } from "../../schemas/prefect1/config/settings.ts";

/** A flavour with its options read. */
export interface OpenFlavour<Options> {
  readonly flavour: Flavour<Options, LaunchPlan>;
  readonly options: Options;
  readonly dialect: Dialect<FlowRun>;
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

type Opened<Options> = Omit<OpenFlavour<Options>, "dialect">;

/** One flavour of the agent. */
interface FlavourEntry {
  /** The agent that it stands in for. */
  readonly release: AgentRelease;
  /** Reads its own options. */
  readonly open: <T>(raw: RawOptions, settings: Prefect1Settings, use: UseOpened<T>) => T;
}

type UseOpened<T> = <Options>(opened: Opened<Options>) => T;

/** All flavours. A new one is an entry here and one in `commands/cli/flavour_rows.ts`. */
const FLAVOURS: Readonly<Record<FlavourName, FlavourEntry>> = {
  ecs: {
    release: ecsRelease,
    open: (raw, settings, use) => use(openEcs(parseEcsOptions(raw, settings))),
  },
  fargate: {
    release: fargateRelease,
    open: (raw, settings, use) => use(openFargate(parseFargateOptions(raw, settings))),
  },
};

/** What is typed for a flavour. */
export interface FlavourCommand extends TypedOptions {
  readonly flavour: FlavourName;
}

/**
 * Resolves the settings of the agent that a command names, opens its flavour and hands it to `use`.
 *
 * @throws {FailureError} `usage` and `configuration`
 */
export function openFlavour<T>(
  command: FlavourCommand,
  sources: Pick<SettingSources, "env" | "readText">,
  use: UseFlavour<T>,
): T {
  const { release } = FLAVOURS[command.flavour];
  const settings = prefect1Settings(release, { ...sources, values: command.values });
  return openConfigured(command, settings, { ...sources, use });
}

/** The same for an agent whose settings are known already. @throws {FailureError} `usage` and `configuration` */
export function openConfigured<T>(
  command: FlavourCommand,
  settings: Prefect1Settings,
  { env, readText = () => null, use }:
    & Pick<SettingSources, "env">
    & Partial<Pick<SettingSources, "readText">>
    & { readonly use: UseFlavour<T> },
): T {
  const { release, open } = FLAVOURS[command.flavour];
  const dialect = prefect1Dialect(release, settings, { values: command.values, env, readText });
  return open({ ...command, env }, settings, (opened) => use({ ...opened, dialect }));
}

function openEcs(options: EcsOptions): Opened<EcsOptions> {
  return {
    flavour: ecsFlavour,
    options,
    cluster: options.cluster ?? "default",
    aws: {},
    warnings: options.warnings,
    notes: [],
  };
}

function openFargate(options: FargateOptions): Opened<FargateOptions> {
  const cluster = options.runKwargs["cluster"];
  return {
    flavour: fargateFlavour,
    options,
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
