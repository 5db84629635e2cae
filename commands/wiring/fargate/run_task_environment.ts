/**
 * The legacy `FargateTaskEnvironment`: registers a flow's task definition once and runs it, without an agent.
 *
 * @module
 */

import {
  definitionDifferences,
  mismatchMessage,
} from "../../../flavours/task_environment/compare_definitions.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import {
  renderDefinition,
  type RenderInput,
  renderRun,
} from "../../../flavours/task_environment/requests.ts";
import type { EcsCalls } from "../../../actors/ecs/calls.ts";
import type { DescribeFullTaskDefinition } from "../../../actors/ecs/full_task_definition.ts";
import { unplacedText } from "../../../schemas/prefect1/unplaced_text.ts";
import { launchOnce, type LaunchOnceDeps } from "../../../actors/ecs/launch_once.ts";

/** What {@link setupTaskEnvironment} needs. */
export interface SetupDeps {
  readonly ecs: Pick<EcsCalls, "registerTaskDefinition">;
  readonly describeFullTaskDefinition: DescribeFullTaskDefinition;
}

/** What came of a setup. */
export interface SetupResult {
  readonly family: string;
  /** ARN of the new revision, null where the existing definition is the wanted one. */
  readonly registered: string | null;
}

/** What {@link executeTaskEnvironment} needs. */
export interface ExecuteDeps extends LaunchOnceDeps {
  /** A new token for each execution, at most 64 characters. */
  readonly newToken: () => string;
}

/**
 * Registers the definition, or checks that the one that exists is the same.
 *
 * @throws {FailureError} `configuration` with every difference; what AWS refused
 * @see Prefect 0.14.22 fargate_task.py; recorded: task_environment
 */
export async function setupTaskEnvironment(
  input: RenderInput,
  { ecs, describeFullTaskDefinition }: SetupDeps,
  signal: AbortSignal,
): Promise<SetupResult> {
  const request = renderDefinition(input);
  const family = String(request.family);
  const existing = await describeFullTaskDefinition(family, signal);
  if (existing === null) {
    const { arn } = await ecs.registerTaskDefinition(request, signal);
    return { family, registered: arn };
  }
  const differences = definitionDifferences(request, existing);
  if (differences.length === 0) return { family, registered: null };
  const message = mismatchMessage(family, differences);
  throw new FailureError({ tag: "configuration", field: "family", message });
}

/**
 * Runs the definition for a flow run.
 *
 * @param flowRunId null: there is none, the task is told `unknown`
 * @returns ARN of the task
 * @throws {FailureError} `notPlaced` with ECS's reasons, which the original never read (F-RUN-FAILURES); what AWS refused
 */
export async function executeTaskEnvironment(
  { flowRunId, ...input }: RenderInput & { readonly flowRunId: string | null },
  deps: ExecuteDeps,
  signal: AbortSignal,
): Promise<string> {
  const startedBy: JsonObject = flowRunId === null ? {} : { startedBy: flowRunId };
  const request = { ...startedBy, ...renderRun(input, flowRunId), clientToken: deps.newToken() };
  const what = `flow run ${flowRunId ?? "unknown"}`;
  return await launchOnce({ request, what, unplacedText }, deps, signal);
}
