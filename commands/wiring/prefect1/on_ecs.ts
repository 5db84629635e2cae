/**
 * Agents of Prefect 1 that start ECS tasks.
 *
 * @module
 */

import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import type { RawOptions } from "../../../schemas/options/option.ts";
import type { AgentRelease } from "../../../schemas/prefect1/agent_release.ts";
import type { Prefect1Settings } from "../../../schemas/prefect1/config/settings.ts";
import type { FlowRun } from "../../../schemas/prefect1/flow_run.ts";
import type { EcsSettings } from "../ecs/platform.ts";
import type { OpenFlavour } from "../open_flavour.ts";

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
