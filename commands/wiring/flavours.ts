/**
 * The flavours this program knows, and how each is opened from a command line.
 *
 * @module
 */

import type { TypedOptions } from "../../schemas/options/typed_options.ts";
import type { FlavourName } from "../cli/flavour_rows.ts";
import type { FlavourSources, FlavourWiring, UseFlavour } from "./open_flavour.ts";
import { prefect1Flavour } from "./prefect1/on_ecs.ts";

/** What is typed for a flavour. */
export interface FlavourCommand extends TypedOptions {
  readonly flavour: FlavourName;
}

/**
 * All flavours. A new one is an entry here, one in `commands/cli/flavour_rows.ts` and one in `tools/late_modules.ts`. An agent
 * loads the code of its own only; `commands/late.ts` says why the paths are resolved first.
 */
const FLAVOURS: Readonly<Record<FlavourName, () => Promise<FlavourWiring>>> = {
  ecs: async () => {
    const { ecsAgent }: typeof import("./ecs/agent.ts") = await import(import.meta.resolve("./ecs/agent.ts"));
    return prefect1Flavour(ecsAgent);
  },
  fargate: async () => {
    const path = import.meta.resolve("./fargate/agent.ts");
    const { fargateAgent }: typeof import("./fargate/agent.ts") = await import(path);
    return prefect1Flavour(fargateAgent);
  },
  kubernetes: async () => {
    const path = import.meta.resolve("./kubernetes/agent.ts");
    const { kubernetesAgent }: typeof import("./kubernetes/agent.ts") = await import(path);
    return kubernetesAgent;
  },
  worker: async () => {
    const path = import.meta.resolve("./worker/agent.ts");
    const { ecsWorker }: typeof import("./worker/agent.ts") = await import(path);
    return ecsWorker;
  },
};

/** Loads the code of a flavour. */
export function loadFlavour(name: FlavourName): Promise<FlavourWiring> {
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
  return await flavour.open(command, sources, use);
}
