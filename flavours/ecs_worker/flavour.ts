/**
 * The `worker` flavour: plans as the ECS worker of Prefect 3 does.
 *
 * @module
 */

import type { Flavour } from "../../schemas/contracts/flavour.ts";
import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import type { FlowRun } from "../../schemas/prefect3/flow_run.ts";
import type { WorkerFacts } from "./worker_facts.ts";

/** Plans flow runs of a work pool. */
export const workerFlavour: Flavour<WorkerFacts, FlowRun, LaunchPlan> = {
  name: "worker",
  startSources: () => [],
  prepare: (options) => options,
  samples: () => [],
  warnings: () => [],
  registered: (options) => options,
  sources: () => [],
  plan: () => {
    throw new FailureError({
      tag: "badFlowRun",
      field: "flow_run",
      message: "The worker plans no runs yet",
    });
  },
};
