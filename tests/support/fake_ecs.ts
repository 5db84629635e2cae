/** ECS in memory, with revisions, tags and recorded calls. @module */

import type { EcsCalls, RunTaskAnswer, Task, TaskDefinition } from "../../actors/ecs/calls.ts";
import { flowRunOf } from "../../schemas/ecs/task_owner.ts";
import { refusalMessage } from "../../actors/aws/failure.ts";
import { type Failure, FailureError } from "../../schemas/failure/failure.ts";
import { isJsonObject, type JsonObject } from "../../schemas/json/json.ts";

const REGION = "arn:aws:ecs:us-east-1:123456789012";

/** A definition as a test writes it. */
export interface GivenDefinition {
  readonly family: string;
  readonly revision: number;
  readonly status?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** One call as it was made. */
export type RecordedCall = readonly [operation: string, subject: unknown];

/** The fake: calls, what was asked, and what to answer next. */
export interface FakeEcs {
  readonly calls: EcsCalls;
  readonly asked: readonly RecordedCall[];
  readonly operations: () => readonly string[];
  /** The next call of this operation fails so. */
  readonly failNext: (operation: string, failure: Failure) => void;
  /** The next RunTask answers so. */
  readonly answerNext: (answer: Partial<RunTaskAnswer>) => void;
  readonly deactivate: (arn: string) => void;
}

/** ARN of a revision. */
export function arnOf(family: string, revision: number): string {
  return `${REGION}:task-definition/${family}:${revision}`;
}

/** ARN of the nth task. */
export function taskArn(n: number): string {
  return `${REGION}:task/default/${n.toString(16).padStart(32, "0")}`;
}

/** A refusal by AWS. */
export function refused(operation: string, code: string, text: string): Failure {
  return { tag: "refused", service: "ECS", code, operation, message: refusalMessage(code, operation, text) };
}

/** A task as RunTask answers. */
export function task(arn: string, more: Partial<Task> = {}): Task {
  const nothing = { startedBy: null, flowRunId: null, stopCode: null, stoppedReason: null, containers: [] };
  return { arn, lastStatus: "PROVISIONING", desiredStatus: "RUNNING", ...nothing, ...more };
}

/** @param given definitions that exist from the start */
export function fakeEcs(given: readonly GivenDefinition[] = []): FakeEcs {
  const definitions: TaskDefinition[] = given.map(toDefinition);
  const asked: RecordedCall[] = [];
  const failures = new Map<string, Failure[]>();
  const answers: Partial<RunTaskAnswer>[] = [];
  const tasks: Task[] = [];
  const ask = async (operation: string, subject: unknown, signal: AbortSignal) => {
    asked.push([operation, subject]);
    await Promise.resolve();
    signal.throwIfAborted();
    const failure = failures.get(operation)?.shift();
    if (failure !== undefined) throw new FailureError(failure);
  };
  const find = (name: string) =>
    definitions.find(({ arn, family, revision }) => arn === name || `${family}:${revision}` === name) ??
      definitions.filter(({ family, status }) => family === name && status === "ACTIVE")
        .sort((a, b) => b.revision - a.revision)[0] ??
      null;
  const calls: EcsCalls = {
    describeTaskDefinition: async (name, signal) => {
      await ask("DescribeTaskDefinition", name, signal);
      return find(name);
    },
    registerTaskDefinition: async (request, signal) => {
      await ask("RegisterTaskDefinition", request, signal);
      const family = String(request["family"]);
      const revision = Math.max(0, ...definitions.filter((d) => d.family === family).map((d) => d.revision)) +
        1;
      const made = toDefinition({ family, revision, tags: tagsOf(request) });
      definitions.push(made);
      return made;
    },
    deregisterTaskDefinition: (arn, signal) => ask("DeregisterTaskDefinition", arn, signal),
    runTask: async (request, signal) => {
      await ask("RunTask", request, signal);
      const answer = answers.shift();
      if (answer !== undefined) return { tasks: [], failures: [], ...answer };
      const found = find(String(request["taskDefinition"]));
      if (found?.status !== "ACTIVE") {
        throw new FailureError(refused("RunTask", "ClientException", "TaskDefinition is inactive"));
      }
      const started = task(taskArn(tasks.length + 1), {
        startedBy: String(request["startedBy"] ?? ""),
        flowRunId: flowRunOf({ overrides: request["overrides"], tags: request["tags"] }),
      });
      tasks.push(started);
      return { tasks: [started], failures: [] };
    },
    describeTasks: async (_cluster, arns, signal) => {
      await ask("DescribeTasks", arns, signal);
      return { tasks: tasks.filter(({ arn }) => arns.includes(arn)), failures: [] };
    },
    listTasks: async (_cluster, startedBy, signal) => {
      await ask("ListTasks", startedBy, signal);
      return tasks.filter((one) => one.startedBy === startedBy).map(({ arn }) => arn);
    },
    stopTask: (_cluster, arn, _reason, signal) => ask("StopTask", arn, signal),
    findDefinitionsByTag: async (wanted, signal) => {
      await ask("GetResources", wanted, signal);
      const hits = (d: TaskDefinition) =>
        Object.entries(wanted).every(([key, value]) => d.tags[key] === value);
      return definitions.filter(hits).map(({ arn }) => arn);
    },
  };
  return {
    calls,
    asked,
    operations: () => asked.map(([operation]) => operation),
    failNext: (operation, failure) => failures.set(operation, [...failures.get(operation) ?? [], failure]),
    answerNext: (answer) => answers.push(answer),
    deactivate: (arn) => {
      const at = definitions.findIndex((one) => one.arn === arn);
      const found = definitions[at];
      if (found !== undefined) definitions[at] = { ...found, status: "INACTIVE" };
    },
  };
}

function toDefinition({ family, revision, status = "ACTIVE", tags = {} }: GivenDefinition): TaskDefinition {
  const arn = arnOf(family, revision);
  return { arn, family, revision, status, tags, taskRoleArn: null, executionRoleArn: null, containers: [] };
}

function tagsOf({ tags }: JsonObject): Readonly<Record<string, string>> {
  const list = Array.isArray(tags) ? tags : [];
  return Object.fromEntries(
    list.flatMap((tag) => isJsonObject(tag) ? [[String(tag["key"]), String(tag["value"])]] : []),
  );
}
