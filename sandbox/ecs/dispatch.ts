/**
 * One request to the local ECS, whatever protocol it came by: limits, faults, then the operation.
 *
 * @module
 */

import type { JsonObject } from "../../schemas/json/json.ts";
import { createCluster, deleteCluster, describeClusters, listClusters } from "./clusters.ts";
import {
  deleteTaskDefinitions,
  deregisterTaskDefinition,
  describeTaskDefinition,
  listTaskDefinitionFamilies,
  listTaskDefinitions,
  registerTaskDefinition,
} from "./definitions.ts";
import { AwsError } from "./error.ts";
import { bucketOf } from "./limits.ts";
import { runTask } from "./run_task.ts";
import { listTagsForResource, tagResource, untagResource } from "./tags.ts";
import { describeTasks, listTasks, stopTask } from "./tasks.ts";
import type { EcsCall, EcsOperation, EcsWorld } from "./world.ts";

const OPERATIONS: ReadonlyMap<string, EcsOperation> = new Map(Object.entries({
  CreateCluster: createCluster,
  DeleteCluster: deleteCluster,
  DeleteTaskDefinitions: deleteTaskDefinitions,
  DeregisterTaskDefinition: deregisterTaskDefinition,
  DescribeClusters: describeClusters,
  DescribeTaskDefinition: describeTaskDefinition,
  DescribeTasks: describeTasks,
  ListClusters: listClusters,
  ListTagsForResource: listTagsForResource,
  ListTaskDefinitionFamilies: listTaskDefinitionFamilies,
  ListTaskDefinitions: listTaskDefinitions,
  ListTasks: listTasks,
  RegisterTaskDefinition: registerTaskDefinition,
  RunTask: runTask,
  StopTask: stopTask,
  TagResource: tagResource,
  UntagResource: untagResource,
}));

/** What the client gets. */
export type EcsReply =
  | { readonly kind: "answered"; readonly status: number; readonly body: JsonObject }
  /** Executed, but the connection is dropped. */
  | { readonly kind: "lost" };

const SERVER_ERROR = new AwsError("ServerException", "Service Unavailable. Please try again later.", {
  status: 500,
});

/** A refusal as the body of an answer. */
export function errorReply(error: AwsError): EcsReply {
  const body = { __type: error.code, message: error.message, ...error.members };
  return { kind: "answered", status: error.status, body };
}

function execute(world: EcsWorld, name: string, call: EcsCall): JsonObject {
  const operation = OPERATIONS.get(name);
  if (operation === undefined) {
    throw new AwsError("UnknownOperationException", `The local ECS has no operation ${name}`);
  }
  const bucket = bucketOf(name);
  if (bucket !== undefined) world.limiter.take(bucket, call.region);
  const subject = { operation: name };
  if (world.faults.strike("throttle", subject) !== null) {
    throw new AwsError("ThrottlingException", "Rate exceeded");
  }
  if (world.faults.strike("errorBefore", subject) !== null) throw SERVER_ERROR;
  return operation(world, call);
}

function tried(world: EcsWorld, name: string, call: EcsCall): EcsReply {
  try {
    return { kind: "answered", status: 200, body: execute(world, name, call) };
  } catch (thrown) {
    if (thrown instanceof AwsError) return errorReply(thrown);
    throw thrown;
  }
}

/** Answers one request; refusals are answers too. */
export function dispatch(world: EcsWorld, name: string, call: EcsCall): EcsReply {
  const reply = tried(world, name, call);
  if (reply.kind === "lost" || reply.status !== 200) return reply;
  if (world.faults.strike("lostReply", { operation: name }) !== null) return { kind: "lost" };
  return world.faults.strike("errorAfter", { operation: name }) === null ? reply : errorReply(SERVER_ERROR);
}
