/**
 * Members that only AWS's answers have. People save what DescribeTaskDefinition or RunTask answered and use it as a template
 * or as arguments; these members say nothing about what is to be started.
 *
 * @module
 */

import { sameName } from "../../schemas/options/near_name.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { isFilled } from "../../schemas/json/shape.ts";

/** What SDKs put around an answer. */
const ENVELOPE = ["ResponseMetadata", "$metadata"];

/** Members of `TaskDefinition` that RegisterTaskDefinition does not take. @see ECS service model 2014-11-13 */
export const DEFINITION_ANSWERS: readonly string[] = [
  "taskDefinitionArn",
  "revision",
  "status",
  "requiresAttributes",
  "compatibilities",
  "registeredAt",
  "registeredBy",
  "deregisteredAt",
  "deleteRequestedAt",
];

/** Members of `Task`, and of RunTask's answer, that RunTask takes under no name. @see ECS service model 2014-11-13 */
export const TASK_ANSWERS: readonly string[] = [
  "attachments",
  "attributes",
  "availabilityZone",
  "capacityProviderName",
  "clusterArn",
  "connectivity",
  "connectivityAt",
  "containerInstanceArn",
  "containers",
  "createdAt",
  "desiredStatus",
  "executionStoppedAt",
  "failures",
  "fargateEphemeralStorage",
  "healthStatus",
  "lastStatus",
  "platformFamily",
  "pullStartedAt",
  "pullStoppedAt",
  "startedAt",
  "stopCode",
  "stoppedAt",
  "stoppedReason",
  "stoppingAt",
  "taskArn",
  "taskDefinitionArn",
  "version",
];

/** What is left, and the names of what is not used, as AWS spells them. */
export interface WithoutAnswers {
  readonly value: JsonObject;
  readonly ignored: readonly string[];
}

/** A template without these members; a whole answer of DescribeTaskDefinition counts as its definition and tags. */
export function templateWithoutAnswers(template: JsonObject): WithoutAnswers {
  const { taskDefinition, tags, ...others } = template;
  const isAnswer = Object.keys(others).every((name) => ENVELOPE.includes(name));
  if (!isAnswer || !isFilledObject(taskDefinition)) return without(template, DEFINITION_ANSWERS);
  const { value, ignored } = without(taskDefinition, DEFINITION_ANSWERS);
  return {
    value: { ...value, ...(tags === undefined ? {} : { tags }) },
    ignored: ["taskDefinition", ...ignored],
  };
}

/** RunTask arguments without these members. */
export function argumentsWithoutAnswers(kwargs: JsonObject): WithoutAnswers {
  return without(kwargs, TASK_ANSWERS);
}

/** One sentence; none where nothing was ignored. @param where option, field or file */
export function answerWarnings(
  { ignored }: Pick<WithoutAnswers, "ignored">,
  where: string,
): readonly string[] {
  if (ignored.length === 0) return [];
  return [`Ignored what only AWS's answers have in ${where}: ${ignored.join(", ")}`];
}

function without(given: JsonObject, answers: readonly string[]): WithoutAnswers {
  const known = [...answers, ...ENVELOPE];
  const ignored: string[] = [];
  const kept = Object.entries(given).filter(([name]) => {
    const answer = known.includes(name) ? name : sameName(name, known);
    if (answer !== null) ignored.push(answer);
    return answer === null;
  });
  // The value itself stays where nothing is ignored, which is nearly always.
  return ignored.length === 0
    ? { value: given, ignored }
    : { value: Object.fromEntries(kept), ignored: ignored.filter((name) => !ENVELOPE.includes(name)) };
}

function isFilledObject(value: Json | undefined): value is JsonObject {
  return value !== undefined && isJsonObject(value) && isFilled(value);
}
