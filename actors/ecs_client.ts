/**
 * {@link EcsCalls} over the AWS SDK: requests are checked before they are sent, answers parsed, refusals told apart.
 *
 * @module
 */

import {
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
} from "@aws-sdk/client-ecs";
import { environmentValues, hideValues } from "../schemas/conceal.ts";
import { FailureError, type PlacementFailure } from "../schemas/failure.ts";
import { isJsonObject, type JsonObject } from "../schemas/json.ts";
import { allPages, integerIn, objectsIn, textIn, textsIn } from "./aws_answer.ts";
import { toAwsFailure } from "./aws_failure.ts";
import { type CheckedOperation, checkRequest, isRegisterRequest, isRunTaskRequest } from "./check_request.ts";
import type { EcsCalls, RunTaskAnswer, Task, TaskDefinition } from "./ecs_calls.ts";
import { slimTasks } from "./slim_tasks.ts";

/** Everything but the search by tags, which is another service. */
export type EcsClientCalls = Omit<EcsCalls, "findDefinitionsByTag">;

/** Most ids in one DescribeTasks. @see ECS API reference, DescribeTasks */
const TASKS_PER_CALL = 100;

/** Calls of one client; the client stays the caller's to destroy. */
export function makeEcsClientCalls(client: ECSClient): EcsClientCalls {
  return {
    describeTaskDefinition: (name, signal) => describeTaskDefinition(client, name, signal),
    registerTaskDefinition: (request, signal) => registerTaskDefinition(client, request, signal),
    deregisterTaskDefinition: (arn, signal) => deregisterTaskDefinition(client, arn, signal),
    runTask: (request, signal) => runTask(client, request, signal),
    describeTasks: (cluster, arns, signal) => describeTasks(client, { cluster, arns }, signal),
    listTasks: (cluster, startedBy, signal) => listTasks(client, { cluster, startedBy }, signal),
    stopTask: (cluster, arn, reason, signal) => stopTask(client, { cluster, arn, reason }, signal),
  };
}

/** Tags come only when they are asked for. A family stands for its newest ACTIVE revision. */
async function describeTaskDefinition(
  client: ECSClient,
  name: string,
  abortSignal: AbortSignal,
): Promise<TaskDefinition | null> {
  try {
    const command = new DescribeTaskDefinitionCommand({ taskDefinition: name, include: ["TAGS"] });
    const { taskDefinition, tags } = await client.send(command, { abortSignal });
    return taskDefinition === undefined ? null : toTaskDefinition(taskDefinition, tags);
  } catch (thrown) {
    const error = toAwsFailure(thrown, { operation: "DescribeTaskDefinition", kind: "read" });
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** ECS has no code of its own for a definition that does not exist, only texts. Recorded: fargate task_revisions/first-run. */
function isAbsent({ failure }: FailureError): boolean {
  return failure.tag === "awsRefused" && failure.code === "ClientException" &&
    /unable to describe task definition|task definition does not exist/i.test(failure.message);
}

/** The answer carries the tags that were sent, so a registered definition needs no second look. */
async function registerTaskDefinition(
  client: ECSClient,
  request: JsonObject,
  abortSignal: AbortSignal,
): Promise<TaskDefinition> {
  const call = { operation: "RegisterTaskDefinition", kind: "write" } as const;
  if (!isRegisterRequest(request)) throw malformed(call.operation, request);
  try {
    const answer = await client.send(new RegisterTaskDefinitionCommand(request), { abortSignal });
    return toTaskDefinition(answer.taskDefinition ?? {}, answer.tags);
  } catch (thrown) {
    throw withoutValues(toAwsFailure(thrown, call), request);
  }
}

async function deregisterTaskDefinition(
  client: ECSClient,
  arn: string,
  abortSignal: AbortSignal,
): Promise<void> {
  try {
    await client.send(new DeregisterTaskDefinitionCommand({ taskDefinition: arn }), { abortSignal });
  } catch (thrown) {
    throw toAwsFailure(thrown, { operation: "DeregisterTaskDefinition", kind: "write" });
  }
}

/**
 * The SDK would invent a client token per call where the request has none, and a repeated request would start a second task:
 * callers bring their own.
 */
async function runTask(
  client: ECSClient,
  request: JsonObject,
  abortSignal: AbortSignal,
): Promise<RunTaskAnswer> {
  const call = { operation: "RunTask", kind: "write" } as const;
  if (!isRunTaskRequest(request)) throw malformed(call.operation, request);
  try {
    const { tasks, failures } = await client.send(new RunTaskCommand(request), { abortSignal });
    const values = environmentValues(request);
    return {
      tasks: objectsIn(tasks).map(toTask),
      failures: objectsIn(failures).map((failure) => concealed(toPlacementFailure(failure), values)),
    };
  } catch (thrown) {
    throw withoutValues(toAwsFailure(thrown, call), request);
  }
}

/** A refusal may quote the request, the values of variables with it. */
function withoutValues({ failure, cause }: FailureError, request: JsonObject): FailureError {
  const message = hideValues(failure.message, environmentValues(request));
  return new FailureError({ ...failure, message }, { cause });
}

function concealed(failure: PlacementFailure, values: readonly string[]): PlacementFailure {
  const { reason, detail } = failure;
  return {
    ...failure,
    ...(reason === undefined ? {} : { reason: hideValues(reason, values) }),
    ...(detail === undefined ? {} : { detail: hideValues(detail, values) }),
  };
}

/** Tasks that ECS does not know come as failures with the reason MISSING, right after their start as well. */
async function describeTasks(
  client: ECSClient,
  { cluster, arns }: { readonly cluster: string | null; readonly arns: readonly string[] },
  abortSignal: AbortSignal,
): Promise<RunTaskAnswer> {
  const tasks: Task[] = [];
  const failures: PlacementFailure[] = [];
  for (let start = 0; start < arns.length; start += TASKS_PER_CALL) {
    const part = arns.slice(start, start + TASKS_PER_CALL);
    const command = new DescribeTasksCommand({ ...inCluster(cluster), tasks: part });
    command.middlewareStack.add(slimTasks, { step: "deserialize", priority: "low" });
    try {
      const answer = await client.send(command, { abortSignal });
      tasks.push(...objectsIn(answer.tasks).map(toTask));
      failures.push(...objectsIn(answer.failures).map(toPlacementFailure));
    } catch (thrown) {
      throw toAwsFailure(thrown, { operation: "DescribeTasks", kind: "read" });
    }
  }
  return { tasks, failures };
}

/** `startedBy` has to be the only filter. @see aws/aws-sdk-go-v2 #1893 */
async function listTasks(
  client: ECSClient,
  { cluster, startedBy }: { readonly cluster: string | null; readonly startedBy: string },
  abortSignal: AbortSignal,
): Promise<readonly string[]> {
  return await allPages("ListTasks", async (token) => {
    const page = token === null ? {} : { nextToken: token };
    const command = new ListTasksCommand({ ...inCluster(cluster), startedBy, ...page });
    const answer = await client.send(command, { abortSignal }).catch((thrown: unknown) => {
      throw toAwsFailure(thrown, { operation: "ListTasks", kind: "read" });
    });
    return { items: textsIn(answer.taskArns), next: answer.nextToken };
  });
}

/** A task that has stopped within the last hour may be stopped again without harm. */
async function stopTask(
  client: ECSClient,
  { cluster, arn, reason }: {
    readonly cluster: string | null;
    readonly arn: string;
    readonly reason: string;
  },
  abortSignal: AbortSignal,
): Promise<void> {
  try {
    await client.send(new StopTaskCommand({ ...inCluster(cluster), task: arn, reason }), { abortSignal });
  } catch (thrown) {
    throw toAwsFailure(thrown, { operation: "StopTask", kind: "write" });
  }
}

/** Null: the account's cluster named `default`. */
function inCluster(cluster: string | null): { readonly cluster?: string } {
  return cluster === null ? {} : { cluster };
}

/** A request that `checkPlan` did not see as it is sent. The texts of the SDK's own checks quote what was sent; ours name paths only. */
function malformed(operation: CheckedOperation, request: JsonObject): FailureError {
  const faults = checkRequest(operation, request);
  const field = faults[0]?.split(" ")[0] ?? operation;
  const message = `Cannot send ${operation}, AWS would refuse it: ${faults.join("; ")}`;
  return new FailureError({ tag: "badFlowRun", field, message });
}

/** An answer without an ARN is no answer: it is reported as one that cannot be read. */
function toTaskDefinition(answer: unknown, tags: unknown): TaskDefinition {
  const definition = isJsonObject(answer) ? answer : {};
  const arn = textIn(definition.taskDefinitionArn);
  if (arn === null) throw new TypeError("answer without taskDefinitionArn");
  return {
    arn,
    family: textIn(definition.family) ?? "",
    revision: integerIn(definition.revision) ?? 0,
    status: textIn(definition.status) ?? "ACTIVE",
    taskRoleArn: textIn(definition.taskRoleArn),
    executionRoleArn: textIn(definition.executionRoleArn),
    tags: Object.fromEntries(
      objectsIn(tags).map(({ key, value }) => [textIn(key) ?? "", textIn(value) ?? ""]),
    ),
  };
}

/** Containers are absent where the task never started, exit codes where a container never ran. */
function toTask(task: JsonObject): Task {
  const arn = textIn(task.taskArn);
  if (arn === null) throw new TypeError("answer without taskArn");
  return {
    arn,
    lastStatus: textIn(task.lastStatus) ?? "",
    desiredStatus: textIn(task.desiredStatus) ?? "",
    startedBy: textIn(task.startedBy),
    stopCode: textIn(task.stopCode),
    stoppedReason: textIn(task.stoppedReason),
    containers: objectsIn(task.containers).map(({ name, exitCode, reason }) => ({
      name: textIn(name) ?? "",
      exitCode: integerIn(exitCode),
      reason: textIn(reason),
    })),
  };
}

function toPlacementFailure(failure: JsonObject): PlacementFailure {
  const [arn, reason, detail] = [textIn(failure.arn), textIn(failure.reason), textIn(failure.detail)];
  return {
    ...(arn === null ? {} : { arn }),
    ...(reason === null ? {} : { reason }),
    ...(detail === null ? {} : { detail }),
  };
}
