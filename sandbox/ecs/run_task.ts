/**
 * RunTask: tokens, placement and the records of new tasks.
 *
 * @see "Ensuring idempotency" and "RunTask", Amazon ECS API reference
 * @module
 */

import { isJsonObject, type JsonObject } from "../../schemas/json/json.ts";
import { ACCOUNT, hexDigits, taskArn } from "./arns.ts";
import { findDefinition } from "./definitions.ts";
import { AwsError, clientException, invalidParameter } from "./error.ts";
import { canonicalText } from "./json.ts";
import { fargateDraws } from "./limits.ts";
import type { Cluster, Definition, Launch, TaskRecord } from "./records.ts";
import {
  checkRunTask,
  type Placement,
  placementOf,
  type RunTaskInput,
  runTaskSchema,
} from "./run_task_rules.ts";
import { STOPPED_VISIBLE_MS, taskView } from "./task_view.ts";
import { type EcsOperation, type EcsWorld, findCluster, readInput } from "./world.ts";
import { memoryMiB } from "./fargate_sizes.ts";

const DAY_MS = 24 * 3_600_000;
const CAPACITY_TEXT =
  "Capacity is unavailable at this time. Please try again later or in a different availability zone";

/** A request whose definition and cluster were found. */
interface Order {
  readonly input: RunTaskInput;
  readonly overrides: JsonObject;
  readonly cluster: Cluster;
  readonly definition: Definition;
  readonly placement: Placement;
}

/** When a token is forgotten: a day after it was used, or an hour after its last task stopped. */
function expiresAt({ store }: EcsWorld, launch: Launch): number {
  const stopped = launch.taskArns.map((arn) => store.tasks.get(arn)?.stoppedAt ?? Infinity);
  const lastStop = stopped.length === 0 ? Infinity : Math.max(...stopped);
  return Math.min(launch.at + DAY_MS, lastStop + STOPPED_VISIBLE_MS);
}

function replayedTask({ store }: EcsWorld, arn: string): JsonObject {
  const task = store.tasks.get(arn);
  if (task === undefined || task.lastStatus === "STOPPED") {
    return { taskArn: arn, lastStatus: "STOPPED", desiredStatus: "STOPPED" };
  }
  return taskView(task);
}

function replay(world: EcsWorld, launch: Launch, request: string): JsonObject {
  if (launch.request !== request) {
    throw new AwsError(
      "ConflictException",
      "The clientToken was used before with other parameters.",
      { members: { resourceIds: launch.taskArns } },
    );
  }
  const isOld = world.clock.now() - launch.at > STOPPED_VISIBLE_MS;
  const failures = isOld && launch.failures.length > 0
    ? [{ reason: `${launch.failures.length} failure(s)` }]
    : launch.failures.map(({ arn, reason }) => ({ ...(arn === undefined ? {} : { arn }), reason }));
  return { tasks: launch.taskArns.map((arn) => replayedTask(world, arn)), failures };
}

/** Why the tasks find no place, null when they do. */
function refusal(world: EcsWorld, { definition, placement, cluster }: Order): string | null {
  const images = definition.body.containerDefinitions.map((each) => each.image);
  const subject = { operation: "RunTask", family: definition.family, images, cluster: cluster.name };
  const fault = world.faults.strike("capacity", subject);
  if (fault !== null) return fault.reason ?? CAPACITY_TEXT;
  const wanted = memoryMiB(placement.memory ?? "0") ?? 0;
  return wanted > world.memoryMiB ? "RESOURCE:MEMORY" : null;
}

function newTask(world: EcsWorld, order: Order): TaskRecord {
  const { input, cluster, definition, placement } = order;
  const id = hexDigits(world.random, 32);
  const now = world.clock.now();
  const missing = world.faults.strike("missing", { operation: "RunTask", family: definition.family });
  return {
    ...placement,
    arn: taskArn(cluster.region, cluster.name, id),
    id,
    region: cluster.region,
    cluster: cluster.name,
    definitionArn: definition.arn,
    family: definition.family,
    group: input.group ?? `family:${definition.family}`,
    startedBy: input.startedBy ?? null,
    overrides: order.overrides,
    tags: [...input.tags, ...(input.propagateTags === "TASK_DEFINITION" ? definition.tags : [])],
    version: 1,
    lastStatus: "PROVISIONING",
    desiredStatus: "RUNNING",
    stopCode: null,
    stoppedReason: null,
    createdAt: now,
    startedAt: null,
    stoppingAt: null,
    executionStoppedAt: null,
    stoppedAt: null,
    visibleAt: missing === null ? now : now + world.faults.missingMs,
    containers: definition.body.containerDefinitions.map(({ name, image, essential }) => ({
      name,
      image,
      essential,
      runtimeId: hexDigits(world.random, 10),
      lastStatus: "PENDING",
      exitCode: null,
      reason: null,
    })),
  };
}

function place(world: EcsWorld, order: Order): Pick<Launch, "taskArns" | "failures"> {
  const reason = refusal(world, order);
  const { count } = order.input;
  if (reason !== null) {
    const { region } = order.cluster;
    const arn = `arn:aws:ecs:${region}:${ACCOUNT}:container-instance/${order.cluster.name}/local`;
    return { taskArns: [], failures: Array.from({ length: count }, () => ({ arn, reason })) };
  }
  const tasks = Array.from({ length: count }, () => newTask(world, order));
  for (const task of tasks) world.store.tasks.put(task.arn, task);
  return { taskArns: tasks.map((task) => task.arn), failures: [] };
}

function readOrder(world: EcsWorld, cluster: Cluster, raw: JsonObject): Order {
  const input = readInput(runTaskSchema, raw);
  const definition = findDefinition(world, cluster.region, input.taskDefinition);
  if (definition === undefined) throw invalidParameter("TaskDefinition not found.");
  if (definition.status !== "ACTIVE") throw clientException("TaskDefinition is inactive");
  checkRunTask(input, definition);
  return {
    input,
    overrides: isJsonObject(raw["overrides"]) ? raw["overrides"] : {},
    cluster,
    definition,
    placement: placementOf(input, definition),
  };
}

/** RunTask. */
export const runTask: EcsOperation = (world, { region, input: raw }) => {
  const { cluster: clusterName, clientToken, ...checked } = readInput(runTaskSchema, raw);
  const cluster = findCluster(world, region, clusterName);
  const key = clientToken === undefined ? null : `${cluster.arn} ${clientToken}`;
  const { clientToken: _token, cluster: _cluster, ...rest } = raw;
  const request = canonicalText({ ...rest, count: checked.count });
  const known = key === null ? undefined : world.store.launches.get(key);
  if (known !== undefined && world.clock.now() < expiresAt(world, known)) {
    return replay(world, known, request);
  }
  const order = readOrder(world, cluster, raw);
  for (const draw of fargateDraws(order.placement, checked.count)) world.limiter.take(draw, region);
  const { taskArns, failures } = place(world, order);
  if (key !== null) world.store.launches.put(key, { request, taskArns, failures, at: world.clock.now() });
  for (const arn of taskArns) world.lifecycle.begin(arn);
  const tasks = taskArns.flatMap((arn) => world.store.tasks.get(arn) ?? []);
  return {
    tasks: tasks.map((task) => ({ ...taskView(task), tags: task.tags })),
    failures: failures.map(({ arn, reason }) => ({ ...(arn === undefined ? {} : { arn }), reason })),
  };
};
