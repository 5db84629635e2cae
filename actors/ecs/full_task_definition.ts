/**
 * Reads a whole task definition, for comparing it with another.
 *
 * @module
 */

import type { ExistingDefinition } from "../../schemas/ecs/existing_definition.ts";
import { isJsonObject } from "../../schemas/json/json.ts";
import { objectsIn, textIn } from "../aws/answer.ts";
import { toAwsFailure } from "../aws/failure.ts";
import type { EcsExchange } from "./exchange.ts";

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
  exchange: EcsExchange,
  name: string,
  signal: AbortSignal,
): Promise<ExistingDefinition | null> {
  const call = { service: "ECS", operation: "DescribeTaskDefinition", kind: "read" } as const;
  try {
    const asked = { taskDefinition: name, include: ["TAGS"] };
    const { taskDefinition, tags } = await exchange(call, asked, signal);
    if (!isJsonObject(taskDefinition)) return null;
    const named = objectsIn(tags).map(({ key, value }) => [textIn(key) ?? "", textIn(value) ?? ""]);
    return { definition: taskDefinition, tags: Object.fromEntries(named) };
  } catch (thrown) {
    const error = toAwsFailure(thrown, call);
    if (/unable to describe task definition/i.test(error.failure.message)) return null;
    throw error;
  }
}
