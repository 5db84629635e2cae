/**
 * Reads a whole task definition, for comparing it with another.
 *
 * @module
 */

import { DescribeTaskDefinitionCommand, type ECSClient } from "@aws-sdk/client-ecs";
import type { ExistingDefinition } from "../schemas/compare_definitions.ts";
import { isJsonObject, type JsonObject } from "../schemas/json.ts";
import { toAwsFailure } from "./aws_failure.ts";

/** Asks for a definition by family, family:revision or ARN; null: there is none. */
export type DescribeFullTaskDefinition = (
  name: string,
  signal: AbortSignal,
) => Promise<ExistingDefinition | null>;

/**
 * DescribeTaskDefinition with tags; everything the answer holds.
 *
 * @throws {FailureError} refusals other than "Unable to describe task definition." (F-DESCRIBE-ANY-ERROR)
 */
export async function describeFullTaskDefinition(
  client: ECSClient,
  name: string,
  abortSignal: AbortSignal,
): Promise<ExistingDefinition | null> {
  const command = new DescribeTaskDefinitionCommand({ taskDefinition: name, include: ["TAGS"] });
  try {
    const { taskDefinition, tags = [] } = await client.send(command, { abortSignal });
    if (taskDefinition === undefined) return null;
    const named = tags.map(({ key, value }) => [key ?? "", value ?? ""] as const);
    return { definition: plainJson(taskDefinition), tags: Object.fromEntries(named) };
  } catch (thrown) {
    const error = toAwsFailure(thrown, { operation: "DescribeTaskDefinition", kind: "read" });
    if (/unable to describe task definition/i.test(error.failure.message)) return null;
    throw error;
  }
}

// The SDK answers with dates in it; JSON text has none.
function plainJson(answer: unknown): JsonObject {
  const json: unknown = JSON.parse(JSON.stringify(answer));
  return isJsonObject(json) ? json : {};
}
