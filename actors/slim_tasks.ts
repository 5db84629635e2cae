/**
 * DescribeTasks tells far more of a task than is asked here: addresses, images, the environment of its overrides. What nobody
 * needs is dropped before the SDK reads the answer, which would otherwise be most of what it costs to follow tasks.
 *
 * @module
 */

import type { DescribeTasksCommandInput, DescribeTasksCommandOutput } from "@aws-sdk/client-ecs";
import { HttpResponse } from "@smithy/protocol-http";
import type { DeserializeMiddleware } from "@smithy/types";
import { isJsonObject, type JsonObject } from "../schemas/json.ts";
import { objectsIn } from "./aws_answer.ts";

/** What a `Task` is made from. */
const TASK_FIELDS: readonly string[] = [
  "taskArn",
  "lastStatus",
  "desiredStatus",
  "startedBy",
  "stopCode",
  "stoppedReason",
];
const CONTAINER_FIELDS: readonly string[] = ["name", "exitCode", "reason"];

/** For the `deserialize` step of a DescribeTasks command, between the SDK's own reader and the network. */
export const slimTasks: DeserializeMiddleware<DescribeTasksCommandInput, DescribeTasksCommandOutput> = (
  next,
) =>
async (args) => {
  const result = await next(args);
  const { response } = result;
  if (HttpResponse.isInstance(response) && response.statusCode === 200) response.body = slim(response.body);
  return result;
};

/** An answer that is not what it should be goes on as it came: the SDK says what is wrong with it. */
function slim(body: unknown): unknown {
  if (!(body instanceof Uint8Array)) return body;
  const answer = parsed(body);
  if (!isJsonObject(answer) || !Array.isArray(answer["tasks"])) return body;
  const tasks = answer["tasks"].map((task) => isJsonObject(task) ? slimTask(task) : task);
  return new TextEncoder().encode(JSON.stringify({ ...answer, tasks }));
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return null;
  }
}

function slimTask(task: JsonObject): JsonObject {
  const { containers } = task;
  const kept = pick(task, TASK_FIELDS);
  if (!Array.isArray(containers)) return kept;
  return { ...kept, containers: objectsIn(containers).map((container) => pick(container, CONTAINER_FIELDS)) };
}

function pick(from: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]]));
}
