/**
 * The ECS agent of Prefect 1, as its options open it.
 *
 * @module
 */

import { ecsFlavour } from "../../../flavours/ecs_agent/flavour.ts";
import { type EcsOptions, ecsRelease, parseEcsOptions } from "../../../flavours/ecs_agent/options.ts";
import type { OwnOptions, Prefect1OnEcs } from "../prefect1/on_ecs.ts";

/** Stands in for `prefect agent ecs start`. */
export const ecsAgent: Prefect1OnEcs = {
  release: ecsRelease,
  open: (raw, settings, use) => use(openEcs(parseEcsOptions(raw, settings))),
};

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
