/**
 * Agents of Prefect 1 that start ECS tasks.
 *
 * @module
 */

import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import { templateSettings } from "../../../schemas/templates/template_options.ts";
import type { RawOptions } from "../../../schemas/options/option.ts";
import type { TypedOptions } from "../../../schemas/options/typed_options.ts";
import type { AgentRelease } from "../../../schemas/prefect1/agent_release.ts";
import type { Prefect1Settings } from "../../../schemas/prefect1/config/settings.ts";
import type { FlowRun } from "../../../schemas/prefect1/flow_run.ts";
import { type EcsSettings, ecsWiring } from "../ecs/platform.ts";
import type { FlavourSources, FlavourWiring, OpenFlavour } from "../open_flavour.ts";
import { prefect1Dialect, prefect1Settings } from "./dialect.ts";

/** A flavour of Prefect 1 that plans for ECS, with what its options say about ECS. */
export interface OpenOnEcs<Options> extends OpenFlavour<Options, FlowRun, LaunchPlan>, EcsSettings {}

/** What a flavour makes of its own options. */
export type OwnOptions<Options> = Omit<OpenOnEcs<Options>, "dialect" | "platform">;

/** A flavour of Prefect 1 on ECS. */
export interface Prefect1OnEcs {
  /** The agent that it stands in for. */
  readonly release: AgentRelease;
  readonly open: <T>(
    raw: RawOptions,
    settings: Prefect1Settings,
    use: <Options>(own: OwnOptions<Options>) => T,
  ) => T;
}

/** Opens the agent with the settings that command line, environment and configuration give. */
export function prefect1Flavour(agent: Prefect1OnEcs): FlavourWiring {
  return {
    open: (typed, sources, use) => {
      const settings = prefect1Settings(agent.release, { ...sources, values: typed.values });
      return openConfigured(agent, typed, { ...sources, settings }, use);
    },
  };
}

/** The same for an agent whose settings are known already. @throws {FailureError} `usage` and `configuration` */
export function openConfigured<T>(
  { release, open }: Prefect1OnEcs,
  { values, pairs }: Pick<TypedOptions, "values" | "pairs">,
  { env, readText, locate, settings }: FlavourSources & { readonly settings: Prefect1Settings },
  use: <Options>(open: OpenOnEcs<Options>) => T,
): T {
  const dialect = prefect1Dialect(release, settings, { values, env, readText });
  return open({ values, pairs, env }, settings, (own) => {
    const platform = ecsWiring({ ...own, templates: templateSettings(values) }, {
      typed: values,
      env,
      readText,
      locate,
    });
    return use({ ...own, dialect, platform });
  });
}
