/**
 * Plans recorded cases of the Prefect 3 worker as the agent does.
 *
 * @module
 */

import { checkPlan } from "../../../actors/ecs/check_plan.ts";
import { workerFlavour } from "../../../flavours/ecs_worker/flavour.ts";
import type { WorkerOptions } from "../../../flavours/ecs_worker/worker_options.ts";
import { ALLOW_ALL } from "../../../schemas/ecs/allow/allow_lists.ts";
import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import type { Readings } from "../../../schemas/plan/source.ts";
import { awsReadings } from "./golden_aws.ts";
import { type GoldenCase, goldenReadings, goldenRun, goldenWorker } from "./golden_run.ts";

/**
 * Reads sources in rounds, plans and checks the plan.
 *
 * @throws {FailureError} `badFlowRun`
 */
export function planGolden(golden: GoldenCase, more: Partial<WorkerOptions> = {}): LaunchPlan {
  const options: WorkerOptions = { ...goldenWorker(golden), allow: ALLOW_ALL, ...more };
  const run = goldenRun(golden);
  let readings: Readings = {};
  for (let round = 0; round < 6; round++) {
    const asked = workerFlavour.sources(run, options, readings).filter(({ key }) => !(key in readings));
    if (asked.length === 0) break;
    readings = { ...readings, ...goldenReadings(golden, asked), ...awsReadings(golden, asked) };
  }
  const plan = workerFlavour.plan(run, options, readings);
  checkPlan(plan);
  return plan;
}
