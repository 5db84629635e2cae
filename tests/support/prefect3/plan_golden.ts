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
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { mapping, mappings } from "../../../schemas/json/shape.ts";
import type { Readings } from "../../../schemas/plan/source.ts";
import { awsReadings } from "./golden_aws.ts";
import {
  DEFAULT_TEMPLATE,
  type GoldenCase,
  goldenReadings,
  goldenRun,
  goldenWorker,
  readGroup,
} from "./golden_run.ts";

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

/** What a run is planned from. */
export interface PlanInput {
  /** Variables of the deployment. */
  readonly deployment?: JsonObject;
  /** Variables of the flow run. */
  readonly flowRun?: JsonObject;
  /** Members of the template's `job_configuration` in place of the default ones. */
  readonly configuration?: JsonObject;
  /** The template's variables beside the default ones. */
  readonly variables?: JsonObject;
  /** What AWS has beside the default VPC with `subnet-a` and `subnet-b`, and `vpc-2` with `subnet-c`. */
  readonly aws?: JsonObject;
  readonly poolName?: string;
  readonly blocks?: GoldenCase["blocks"];
  /** Prefect variables by name. */
  readonly prefectVariables?: JsonObject;
  readonly options?: Partial<WorkerOptions>;
}

/** Plans a run of the default template with some differences. @throws {FailureError} `badFlowRun` */
export function planWith(
  { deployment = {}, flowRun = {}, configuration = {}, variables = {}, aws = {}, poolName, options, ...more }:
    PlanInput,
): LaunchPlan {
  const [base] = readGroup("launch");
  if (base === undefined || base.deployment === null) throw new Error("the recorded cases are not there");
  const golden: GoldenCase = {
    ...base,
    base_job_template: {
      job_configuration: { ...mapping(DEFAULT_TEMPLATE.job_configuration), ...configuration },
      variables: {
        ...mapping(DEFAULT_TEMPLATE.variables),
        properties: { ...mapping(mapping(DEFAULT_TEMPLATE.variables).properties), ...variables },
      },
    },
    deployment: { ...base.deployment, job_variables: { image: "example/flow:1", ...deployment } },
    flow_run: { ...base.flow_run, job_variables: flowRun },
    work_pool: { ...base.work_pool, name: poolName ?? base.work_pool.name },
    aws_before: { ...base.aws_before, ...aws },
    ...(more.blocks === undefined ? {} : { blocks: more.blocks }),
    ...(more.prefectVariables === undefined ? {} : { variables: more.prefectVariables }),
  };
  return planGolden(golden, options);
}

/** Message of a run that cannot be planned. */
export function refusalWith(input: PlanInput): string {
  try {
    planWith(input);
  } catch (thrown) {
    if (thrown instanceof FailureError) return thrown.message;
    throw thrown;
  }
  throw new Error("it was planned");
}

/** RegisterTaskDefinition of a plan. */
export function registrationOf({ definition }: LaunchPlan): JsonObject {
  if (definition.how === "existing") throw new Error("nothing is registered");
  return definition.request;
}

/** The override of the flow's container. */
export function overrideOf({ runTask }: LaunchPlan): JsonObject {
  return mappings(mapping(runTask.overrides).containerOverrides)[0] ?? {};
}
