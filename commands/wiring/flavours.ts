/**
 * The flavours this program knows, and how each is opened from a command line.
 *
 * @module
 */

import type { PacingSources } from "../../schemas/ecs/pacing_options.ts";
import { templateSettings } from "../../schemas/ecs/templates/template_options.ts";
import type { Prefect1Settings } from "../../schemas/prefect1/config/settings.ts";
import type { TypedOptions } from "../../schemas/options/typed_options.ts";
import type { FlavourName } from "../cli/flavour_rows.ts";
import { ecsWiring } from "./ecs/platform.ts";
import type { UseFlavour } from "./open_flavour.ts";
import { prefect1Dialect, prefect1Settings, type SettingSources } from "./prefect1/dialect.ts";
import type { OpenOnEcs, Prefect1OnEcs } from "./prefect1/on_ecs.ts";

/** What is typed for a flavour. */
export interface FlavourCommand extends TypedOptions {
  readonly flavour: FlavourName;
}

/** Where settings come from besides the command line. */
export type FlavourSources = Pick<SettingSources, "env" | "readText"> & Pick<PacingSources, "locate">;

/** All flavours. A new one is an entry here and one in `commands/cli/flavour_rows.ts`. An agent loads the code of its own only. */
const FLAVOURS: Readonly<Record<FlavourName, () => Promise<Prefect1OnEcs>>> = {
  ecs: async () => (await import("./ecs/agent.ts")).ecsAgent,
  fargate: async () => (await import("./fargate/agent.ts")).fargateAgent,
};

/** Loads the code of a flavour. */
export function loadFlavour(name: FlavourName): Promise<Prefect1OnEcs> {
  return FLAVOURS[name]();
}

/**
 * Resolves the settings of the agent that a command names, opens its flavour and hands it to `use`.
 *
 * @throws {FailureError} `usage` and `configuration`
 */
export async function openFlavour<T>(
  command: FlavourCommand,
  sources: FlavourSources,
  use: UseFlavour<Promise<T>>,
): Promise<T> {
  const flavour = await loadFlavour(command.flavour);
  const settings = prefect1Settings(flavour.release, { ...sources, values: command.values });
  return await openConfigured(flavour, command, { ...sources, settings }, use);
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
