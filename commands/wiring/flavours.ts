/**
 * The flavours this program knows, and how each is opened from a command line.
 *
 * @module
 */

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
import type { RunPlan } from "../../schemas/plan/run_plan.ts";
import type { Dialect } from "./dialect.ts";
import { awsOptionsOf } from "./fargate/aws_options.ts";
import { type EcsSettings, ecsWiring } from "./ecs/platform.ts";
import type { PlatformWiring } from "./platform.ts";
import { prefect1Dialect, prefect1Settings, type SettingSources } from "./prefect1/dialect.ts";
import type { Prefect1Settings } from "../../schemas/prefect1/config/settings.ts";

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

/** A flavour of Prefect 1 that plans for ECS, with what its options say about ECS. */
export interface OpenOnEcs<Options> extends OpenFlavour<Options, FlowRun, LaunchPlan>, EcsSettings {}

/** What a flavour makes of its own options. */
type OwnOptions<Options> = Omit<OpenOnEcs<Options>, "dialect" | "platform">;

/** What is typed for a flavour. */
export interface FlavourCommand extends TypedOptions {
  readonly flavour: FlavourName;
}

/** Where settings come from besides the command line. */
export type FlavourSources = Pick<SettingSources, "env" | "readText">;

/** A flavour of Prefect 1 on ECS. */
interface Prefect1OnEcs {
  /** The agent that it stands in for. */
  readonly release: AgentRelease;
  readonly open: <T>(
    raw: RawOptions,
    settings: Prefect1Settings,
    use: <Options>(own: OwnOptions<Options>) => T,
  ) => T;
}

/** All flavours. A new one is an entry here and one in `commands/cli/flavour_rows.ts`. */
const FLAVOURS: Readonly<Record<FlavourName, Prefect1OnEcs>> = {
  ecs: {
    release: ecsRelease,
    open: (raw, settings, use) => use(openEcs(parseEcsOptions(raw, settings))),
  },
  fargate: {
    release: fargateRelease,
    open: (raw, settings, use) => use(openFargate(parseFargateOptions(raw, settings))),
  },
};

/**
 * Resolves the settings of the agent that a command names, opens its flavour and hands it to `use`.
 *
 * @throws {FailureError} `usage` and `configuration`
 */
export function openFlavour<T>(command: FlavourCommand, sources: FlavourSources, use: UseFlavour<T>): T {
  const { release } = FLAVOURS[command.flavour];
  const settings = prefect1Settings(release, { ...sources, values: command.values });
  return openConfigured(command, { ...sources, settings }, use);
}

/** The same for an agent whose settings are known already. @throws {FailureError} `usage` and `configuration` */
export function openConfigured<T>(
  { flavour, ...typed }: FlavourCommand,
  { env, readText, settings }: FlavourSources & { readonly settings: Prefect1Settings },
  use: <Options>(open: OpenOnEcs<Options>) => T,
): T {
  const { release, open } = FLAVOURS[flavour];
  const { values } = typed;
  const dialect = prefect1Dialect(release, settings, { values, env, readText });
  return open({ ...typed, env }, settings, (own) => {
    const platform = ecsWiring(own, { typed: values, env, readText });
    return use({ ...own, dialect, platform });
  });
}

function openEcs(options: EcsOptions): OwnOptions<EcsOptions> {
  return {
    flavour: ecsFlavour,
    options,
    cluster: options.cluster ?? "default",
    aws: {},
    warnings: options.warnings,
    notes: [],
  };
}

function openFargate(options: FargateOptions): OwnOptions<FargateOptions> {
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
