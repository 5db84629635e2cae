/**
 * The Fargate agent of Prefect 1, as its options open it.
 *
 * @module
 */

import { fargateFlavour } from "../../../flavours/fargate_agent/flavour.ts";
import {
  type FargateOptions,
  fargateRelease,
  parseFargateOptions,
} from "../../../flavours/fargate_agent/options.ts";
import type { OwnOptions, Prefect1OnEcs } from "../prefect1/on_ecs.ts";
import { awsOptionsOf } from "./aws_options.ts";

/** Stands in for `prefect agent fargate start`. */
export const fargateAgent: Prefect1OnEcs = {
  release: fargateRelease,
  open: (raw, settings, use) => use(openFargate(parseFargateOptions(raw, settings))),
};

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
