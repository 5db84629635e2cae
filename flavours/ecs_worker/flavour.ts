/**
 * The `worker` flavour: plans as the ECS worker of Prefect 3 does.
 *
 * @module
 */

import type { Flavour } from "../../schemas/contracts/flavour.ts";
import { isRestricted } from "../../schemas/ecs/allow/allow_lists.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import { filledText } from "../../schemas/json/shape.ts";
import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import type { Readings, Source } from "../../schemas/plan/source.ts";
import type { FlowRun } from "../../schemas/prefect3/flow_run.ts";
import { checkAllowed } from "./check_allowed.ts";
import { planLaunch, platformSources } from "./requests/launch_plan.ts";
import { forgetConfiguration, jobConfiguration, neededSources } from "./values/make_job_configuration.ts";
import type { WorkerOptions } from "./worker_options.ts";

/** Plans flow runs of a work pool. @see prefect-aws 0.7.12 `workers/ecs_worker.py`; recorded: tests/golden/prefect3 */
export const workerFlavour: Flavour<WorkerOptions, FlowRun, LaunchPlan> = {
  name: "worker",
  startSources: () => [],
  prepare: (options) => options,
  samples: () => [],
  warnings: () => [],
  registered: (options, { agentId = null }) => agentId === null ? options : { ...options, workerId: agentId },
  sources,
  plan,
};

/** Blocks and variables first: what is read of AWS follows from them. */
function sources(run: FlowRun, options: WorkerOptions, readings: Readings): readonly Source[] {
  const needed = neededSources(run, options, readings);
  if (needed.length > 0) return needed;
  const configuration = jobConfiguration(run, options, readings);
  return platformSources({ run, configuration, readings });
}

function plan(run: FlowRun, options: WorkerOptions, readings: Readings): LaunchPlan {
  const configuration = jobConfiguration(run, options, readings);
  forgetConfiguration(run);
  const { plan, definition } = planLaunch({ run, configuration, readings });
  checkAllowed(run, { options, readings, asked: { definition, runTask: plan.runTask } });
  return isRestricted(options.allow) ? ofJudged(plan, definition) : plan;
}

/** Where allow-lists judge a definition, the very revision that was judged is launched. */
function ofJudged(plan: LaunchPlan, definition: JsonObject): LaunchPlan {
  const name = filledText(definition["taskDefinitionArn"]);
  if (plan.definition.how !== "existing" || name === undefined) return plan;
  return { ...plan, definition: { how: "existing", name } };
}
