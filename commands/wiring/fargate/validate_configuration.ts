/**
 * The Fargate agent's self-test: registers a small task definition with the given options and runs it once.
 *
 * @module
 */

import type { FargateOptions } from "../../../flavours/fargate_agent/options.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import type { EcsCalls } from "../../../actors/ecs/calls.ts";
import { kwargsOf } from "../../../flavours/fargate_agent/flavour.ts";
import { containerEntries } from "../../../flavours/fargate_agent/environment.ts";
import { definitionOf, filledMembers, runOf } from "../../../flavours/fargate_agent/requests.ts";
import { unplacedText } from "../../../schemas/prefect1/unplaced_text.ts";
import { launchOnce, type LaunchOnceDeps } from "../../../actors/ecs/launch_once.ts";
import type { Log } from "../../../schemas/contracts/log.ts";

/** What {@link validateConfiguration} needs. */
export interface ValidateDeps extends LaunchOnceDeps {
  readonly ecs: Pick<EcsCalls, "registerTaskDefinition" | "runTask">;
  readonly newUuid: () => string;
  readonly log: Log;
}

/**
 * Registers `prefect-test-task-<8 digits>` and runs it. Neither the agent's variables nor the tags of revisions are added.
 *
 * @returns ARN of the task
 * @throws {FailureError} what AWS refused; `notPlaced` with ECS's reasons
 * @see Prefect 0.15.13 agent/fargate/agent.py; recorded: validate_configuration
 */
export async function validateConfiguration(
  options: FargateOptions,
  deps: ValidateDeps,
  signal: AbortSignal,
): Promise<string> {
  const { ecs, newUuid, log } = deps;
  const id = newUuid();
  const kwargs = kwargsOf(options);
  log("INFO", "Testing task definition registration...");
  const container = testContainer(options);
  const family = `prefect-test-task-${id.slice(0, 8)}`;
  const definition = definitionOf(options, kwargs, { family, container });
  const { arn } = await ecs.registerTaskDefinition(definition, signal);
  log("INFO", "Task definition registration successful");
  log("INFO", "Testing task run...");
  const taskDefinition = options.runByFamily ? family : arn;
  const request = { ...runOf(options, kwargs, []), taskDefinition, clientToken: id };
  const taskArn = await launchOnce({ request, what: "the test", unplacedText }, deps, signal);
  log("INFO", `Task run ${taskArn} successful`);
  return taskArn;
}

function testContainer(options: FargateOptions): JsonObject {
  const kwargs = kwargsOf(options);
  return {
    name: "test-container",
    image: "busybox",
    command: ["/bin/sh", "-c", "echo 'I am alive!'"],
    environment: containerEntries(kwargs, new Set()).map(({ entry }) => entry),
    essential: true,
    ...filledMembers(kwargs.container),
  };
}
