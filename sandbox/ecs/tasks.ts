/**
 * Operations on tasks that exist: DescribeTasks, ListTasks, StopTask.
 *
 * @module
 */

import * as v from "valibot";
import type { JsonObject } from "../../schemas/json/json.ts";
import { lastPart, taskArn } from "./arns.ts";
import { invalidParameter } from "./error.ts";
import type { Cluster, TaskRecord } from "./records.ts";
import { isVisible, taskView } from "./task_view.ts";
import { type EcsOperation, type EcsWorld, findCluster, readInput } from "./world.ts";
import { pageOf } from "./pages.ts";

function findTask(world: EcsWorld, cluster: Cluster, idOrArn: string): TaskRecord | undefined {
  const id = lastPart(idOrArn);
  if (id.length !== 32 && id.length !== 36) {
    throw invalidParameter("taskId length should be one of [32,36]");
  }
  const arn = taskArn(cluster.region, cluster.name, id);
  // ARNs of before 2018 have no cluster in them.
  const isOurs = !idOrArn.startsWith("arn:") || idOrArn === arn || idOrArn.split("/").length === 2;
  const task = isOurs ? world.store.tasks.get(arn) : undefined;
  return task !== undefined && isVisible(task, world.clock.now()) ? task : undefined;
}

const DESCRIBE = v.object({
  cluster: v.optional(v.string()),
  tasks: v.optional(v.array(v.string()), []),
  include: v.optional(v.array(v.string()), []),
});

/** DescribeTasks; unknown tasks are failures with the reason `MISSING`. */
export const describeTasks: EcsOperation = (world, { region, input }) => {
  const { cluster: name, tasks: ids, include } = readInput(DESCRIBE, input);
  const cluster = findCluster(world, region, name);
  if (ids.length === 0) throw invalidParameter("Tasks cannot be empty.");
  if (ids.length > 100) throw invalidParameter("Tasks cannot have more than 100 elements.");
  const tasks: JsonObject[] = [];
  const failures: JsonObject[] = [];
  for (const id of new Set(ids)) {
    const task = findTask(world, cluster, id);
    if (task === undefined) {
      const arn = id.startsWith("arn:") ? id : taskArn(region, cluster.name, id);
      failures.push({ arn, reason: "MISSING" });
      continue;
    }
    tasks.push({ ...taskView(task), ...(include.includes("TAGS") ? { tags: task.tags } : {}) });
  }
  return { tasks, failures };
};

const LIST = v.object({
  cluster: v.optional(v.string()),
  startedBy: v.optional(v.string()),
  family: v.optional(v.string()),
  containerInstance: v.optional(v.string()),
  serviceName: v.optional(v.string()),
  launchType: v.optional(v.string()),
  desiredStatus: v.optional(v.picklist(["RUNNING", "PENDING", "STOPPED"])),
  maxResults: v.optional(v.number()),
  nextToken: v.optional(v.string()),
});

type ListInput = v.InferOutput<typeof LIST>;

function checkFilters(input: ListInput): void {
  const { family, containerInstance, serviceName, launchType, desiredStatus, startedBy } = input;
  const others = [family, containerInstance, serviceName, launchType, desiredStatus];
  if (startedBy !== undefined && others.some((each) => each !== undefined)) {
    throw invalidParameter("cannot specify startedBy with other arguments");
  }
}

function isListed(task: TaskRecord, input: ListInput): boolean {
  if (input.containerInstance !== undefined || input.serviceName !== undefined) return false;
  if (task.desiredStatus !== (input.desiredStatus ?? "RUNNING")) return false;
  if (input.startedBy !== undefined && task.startedBy !== input.startedBy) return false;
  if (input.family !== undefined && task.family !== input.family) return false;
  return input.launchType === undefined || task.launchType === input.launchType;
}

/** ListTasks: those whose desired status is RUNNING, unless asked otherwise. */
export const listTasks: EcsOperation = (world, { region, input: raw }) => {
  const input = readInput(LIST, raw);
  const cluster = findCluster(world, region, input.cluster);
  checkFilters(input);
  const now = world.clock.now();
  const arns = world.store.tasks.all()
    .filter((task) => task.region === region && task.cluster === cluster.name)
    .filter((task) => isVisible(task, now) && isListed(task, input))
    .map((task) => task.arn);
  const { items, ...rest } = pageOf(arns, {
    maxResults: input.maxResults,
    nextToken: input.nextToken,
    most: 100,
  });
  return { taskArns: items, ...rest };
};

const STOP = v.object({
  cluster: v.optional(v.string()),
  task: v.string(),
  reason: v.optional(v.string(), "Task stopped by user"),
});

/** StopTask: asks the containers to end; also takes the tags off the task, as ECS does. */
export const stopTask: EcsOperation = (world, { region, input }) => {
  const { cluster: name, task: id, reason } = readInput(STOP, input);
  const cluster = findCluster(world, region, name);
  const task = findTask(world, cluster, id);
  if (task === undefined) throw invalidParameter("The referenced task was not found.");
  world.store.tasks.put(task.arn, { ...task, tags: [] });
  world.lifecycle.stop(task.arn, { code: "UserInitiated", reason });
  return { task: taskView(world.store.tasks.get(task.arn) ?? task) };
};
