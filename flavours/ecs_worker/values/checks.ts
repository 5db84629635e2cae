/**
 * What members of a job configuration need from each other.
 *
 * @module
 */

import type { JobConfiguration } from "../job_configuration.ts";
import { isFilled, mappings } from "../../../schemas/json/shape.ts";
import { refusal } from "./place.ts";

type Checked = Pick<
  JobConfiguration,
  | "taskDefinition"
  | "taskRunRequest"
  | "configureCloudwatchLogs"
  | "cloudwatchLogsOptions"
  | "executionRoleArn"
  | "networkConfiguration"
  | "vpcId"
>;

/** @throws {FailureError} `badFlowRun` for the first thing that is amiss */
export function checkMembers(run: { readonly id: string }, job: Checked): void {
  const isNamed = isFilled(job.taskRunRequest.taskDefinition);
  if (!isNamed && Object.keys(job.taskDefinition).length === 0) {
    throw refusal(
      run,
      "task_definition",
      "is empty, and task_run_request.taskDefinition names none: give one of the two",
    );
  }
  const containers = mappings(job.taskDefinition.containerDefinitions);
  if (containers.length > 0 && containers.every(({ essential }) => essential === false)) {
    throw refusal(
      run,
      "task_definition.containerDefinitions",
      "must have at least one container that is essential",
    );
  }
  checkLogs(run, job, isNamed);
  if (Object.keys(job.networkConfiguration).length > 0 && job.vpcId === null) {
    throw refusal(run, "vpc_id", "must be set where network_configuration is: give the VPC of the subnets");
  }
}

function checkLogs(run: { readonly id: string }, job: Checked, isNamed: boolean): void {
  const hasRole = job.executionRoleArn !== null || isFilled(job.taskDefinition.executionRoleArn);
  if (job.configureCloudwatchLogs === true && !hasRole && !isNamed) {
    throw refusal(
      run,
      "execution_role_arn",
      "must be set where configure_cloudwatch_logs is true: give the role that ECS starts the task with",
    );
  }
  if (Object.keys(job.cloudwatchLogsOptions).length > 0 && job.configureCloudwatchLogs !== true) {
    throw refusal(
      run,
      "configure_cloudwatch_logs",
      "must be true where cloudwatch_logs_options are given: set it, or leave the options out",
    );
  }
}
