/**
 * Tasks as ECS answers them.
 *
 * @module
 */

import type { JsonObject } from "../../schemas/json/json.ts";
import { clusterArn } from "./arns.ts";
import { toJson } from "./json.ts";
import type { Container, TaskRecord } from "./records.ts";

/** How long a stopped task can be seen. */
export const STOPPED_VISIBLE_MS = 3_600_000;

function containerView(task: TaskRecord, container: Container): object {
  return {
    containerArn: task.arn.replace(":task/", ":container/") + `/${container.runtimeId}`,
    taskArn: task.arn,
    name: container.name,
    image: container.image,
    runtimeId: `${task.id}-${container.runtimeId}`,
    lastStatus: container.lastStatus,
    networkInterfaces: [],
    healthStatus: "UNKNOWN",
    ...(container.exitCode === null ? {} : { exitCode: container.exitCode }),
    ...(container.reason === null ? {} : { reason: container.reason }),
  };
}

function moments(task: TaskRecord): object {
  const { createdAt, startedAt, stoppingAt, executionStoppedAt, stoppedAt } = task;
  const all = Object.entries({ createdAt, startedAt, stoppingAt, executionStoppedAt, stoppedAt });
  return Object.fromEntries(all.flatMap(([name, ms]) => ms === null ? [] : [[name, ms / 1000]]));
}

function placement(task: TaskRecord): object {
  const fargate = task.launchType === "FARGATE";
  return {
    availabilityZone: `${task.region}a`,
    ...(task.capacityProvider === null ? {} : { capacityProviderName: task.capacityProvider }),
    launchType: task.launchType,
    ...(fargate ? { platformFamily: "Linux", platformVersion: task.platformVersion ?? "1.4.0" } : {}),
  };
}

/** A task with everything except its tags, which only `include: ["TAGS"]` shows. */
export function taskView(task: TaskRecord): JsonObject {
  return toJson({
    attachments: [],
    attributes: [{ name: "ecs.cpu-architecture", value: "x86_64" }],
    ...placement(task),
    clusterArn: clusterArn(task.region, task.cluster),
    connectivity: "CONNECTED",
    containers: task.containers.map((each) => containerView(task, each)),
    ...(task.cpu === null ? {} : { cpu: task.cpu }),
    ...(task.memory === null ? {} : { memory: task.memory }),
    desiredStatus: task.desiredStatus,
    enableExecuteCommand: false,
    group: task.group,
    healthStatus: "UNKNOWN",
    lastStatus: task.lastStatus,
    overrides: { containerOverrides: [], inferenceAcceleratorOverrides: [], ...task.overrides },
    ...(task.startedBy === null ? {} : { startedBy: task.startedBy }),
    ...(task.stopCode === null ? {} : { stopCode: task.stopCode }),
    ...(task.stoppedReason === null ? {} : { stoppedReason: task.stoppedReason }),
    taskArn: task.arn,
    taskDefinitionArn: task.definitionArn,
    version: task.version,
    ...moments(task),
  });
}

/** Whether DescribeTasks and ListTasks know the task at this moment. */
export function isVisible(task: TaskRecord, now: number): boolean {
  if (now < task.visibleAt) return false;
  return task.stoppedAt === null || now - task.stoppedAt < STOPPED_VISIBLE_MS;
}
