/**
 * Refuses a flow run that asks for a role, a cluster or an image that the operator has not allowed.
 *
 * @module
 */

import { type AskedTask, isRestricted, notAllowed } from "../../schemas/ecs/allow/allow_lists.ts";
import { notAllowedFailure } from "../../schemas/ecs/allow/not_allowed.ts";
import { mapping } from "../../schemas/json/shape.ts";
import { publishedImage, storageImage } from "../../schemas/prefect1/docker_image.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import type { EcsOptions } from "./options.ts";
import type { EcsRun } from "./run_config.ts";
import { sampleRunTask } from "./run_task_request.ts";

/** What was planned for a run. */
export interface PlannedTask extends AskedTask {
  readonly config: EcsRun;
  readonly options: EcsOptions;
}

/** Judges what a task would be started with. @throws {FailureError} `badFlowRun`, naming the option */
export function checkAllowed(run: FlowRun, { config, options, definition, runTask }: PlannedTask): void {
  const { allow } = options;
  if (!isRestricted(allow)) return;
  const found = notAllowed(allow, { definition, runTask }, ownRequests(options));
  if (found === undefined) return;
  // The file that the run names holds the names of its containers.
  const what = config.taskDefinitionPath === null ? found.what : found.place;
  throw notAllowedFailure(run, { ...found, what }, isTold(run, config, found.value));
}

/** What the options and the files that they name say. */
function ownRequests(options: EcsOptions): readonly AskedTask[] {
  const { taskRoleArn, executionRoleArn, template } = options;
  const runTask = sampleRunTask(options);
  return [{ definition: template, runTask }, { definition: { taskRoleArn, executionRoleArn }, runTask }];
}

/** Whether a message may hold the value: the run config or the flow holds it, not only the file that the run names. */
function isTold(run: FlowRun, config: EcsRun, value: string | null): boolean {
  if (config.taskDefinitionPath === null) return true;
  const { image, taskRoleArn, executionRoleArn, runTaskKwargs } = config;
  const own = mapping(runTaskKwargs.overrides);
  return [
    ...[image, taskRoleArn, executionRoleArn],
    ...[runTaskKwargs.cluster, own.taskRoleArn, own.executionRoleArn],
    ...[storageImage(run)?.image, publishedImage(run).image],
  ].includes(value);
}
