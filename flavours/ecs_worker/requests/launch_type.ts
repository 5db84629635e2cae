/**
 * Where the task of a run is placed, and what of its definition must agree with that.
 *
 * @module
 */

import { badFlowRun } from "../../../schemas/flow_run/bad_flow_run.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { filledText, isFilled, listItems } from "../../../schemas/json/shape.ts";
import type { Job } from "./job.ts";

/** Where nothing is stated. */
const DEFAULT_TYPE = "FARGATE";

/** Whether a launch type, as stated, means Fargate. */
export function isOnFargate(launchType: string | undefined): boolean {
  return launchType === "FARGATE" || launchType === "FARGATE_SPOT";
}

function requiresEc2(definition: JsonObject): boolean {
  return listItems(definition["requiresCompatibilities"]).includes("EC2");
}

/**
 * RunTask with a launch type or a strategy, never both. A definition for EC2 may have neither: the cluster has a strategy then.
 *
 * @param definition as it is registered, or as it was described
 */
export function withPlacement(request: JsonObject, definition: JsonObject): JsonObject {
  const { launchType, ...rest } = request;
  if (isFilled(rest["capacityProviderStrategy"])) return rest;
  if (launchType === "FARGATE_SPOT") {
    return { ...rest, capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }] };
  }
  if (isFilled(launchType)) return request;
  return requiresEc2(definition) ? rest : { ...rest, launchType: DEFAULT_TYPE };
}

/**
 * Refuses a definition that cannot be launched as the request says.
 *
 * @param request RunTask as stated
 * @throws {FailureError} `badFlowRun`
 */
export function checkPlacement(job: Job, request: JsonObject, definition: JsonObject): void {
  checkLogRole(job, definition);
  const stated = filledText(request["launchType"]);
  if (isFilled(request["capacityProviderStrategy"]) && stated !== "FARGATE_SPOT") return;
  if (requiresEc2(definition) && stated === undefined) return;
  const type = stated ?? DEFAULT_TYPE;
  const compatibilities = listItems(definition["requiresCompatibilities"]);
  if (type !== "EC2" && compatibilities.length > 0 && !compatibilities.includes("FARGATE")) {
    throw badFlowRun(
      job.run,
      "requiresCompatibilities",
      `of the task definition has no FARGATE, which launch type ${type} needs: add it, or set launch_type to EC2`,
    );
  }
  const mode = filledText(definition["networkMode"]) ?? "awsvpc";
  if (isOnFargate(type) && mode !== "awsvpc") {
    throw badFlowRun(
      job.run,
      "networkMode",
      `${mode} of the task definition cannot be used with launch type ${type}: use awsvpc, or set launch_type to EC2`,
    );
  }
}

function checkLogRole({ run, configuration }: Job, definition: JsonObject): void {
  if (configuration.configureCloudwatchLogs !== true || isFilled(definition["executionRoleArn"])) return;
  throw badFlowRun(
    run,
    "execution_role_arn",
    "is in no place of the task definition, and configure_cloudwatch_logs needs it: ECS writes the log with it",
  );
}
