/**
 * {@link EcsCalls} over {@link EcsExchange}: requests are checked before they are sent, answers parsed, refusals told apart.
 *
 * @module
 */

import { isPublicVariable } from "../../schemas/ecs/public_variable.ts";
import type { Redactor } from "../../schemas/secrets/redact.ts";
import { flowRunOf } from "../../schemas/ecs/task_owner.ts";
import type { EcsFailure } from "../../schemas/ecs/placement_reasons.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { isJsonObject, type JsonObject } from "../../schemas/json/json.ts";
import { allPages, integerIn, objectsIn, textIn, textsIn } from "../aws/answer.ts";
import { toAwsFailure } from "../aws/failure.ts";
import { type CheckedOperation, checkRequest } from "../aws/check_request.ts";
import type { EcsCalls, RunTaskAnswer, Task, TaskDefinition } from "./calls.ts";
import type { EcsExchange } from "./exchange.ts";

/** Everything but the search by tags, which is another service. */
export type EcsClientCalls = Omit<EcsCalls, "findDefinitionsByTag">;

/** Most ids in one DescribeTasks. @see ECS API reference, DescribeTasks */
const TASKS_PER_CALL = 100;

/** Calls by one way to ECS. @param redact hides what an answer quotes of a request */
export function makeEcsClientCalls(
  exchange: EcsExchange,
  redact: Pick<Redactor, "quoted">,
): EcsClientCalls {
  const ecs: Ecs = { exchange, redact };
  return {
    describeTaskDefinition: (name, signal) => describeTaskDefinition(exchange, name, signal),
    registerTaskDefinition: (request, signal) => registerTaskDefinition(ecs, request, signal),
    deregisterTaskDefinition: (arn, signal) => deregisterTaskDefinition(exchange, arn, signal),
    runTask: (request, signal) => runTask(ecs, request, signal),
    describeTasks: (cluster, arns, signal) => describeTasks(exchange, { cluster, arns }, signal),
    listTasks: (cluster, startedBy, signal) => listTasks(exchange, { cluster, startedBy }, signal),
    stopTask: (cluster, arn, reason, signal) => stopTask(exchange, { cluster, arn, reason }, signal),
  };
}

interface Ecs {
  readonly exchange: EcsExchange;
  readonly redact: Pick<Redactor, "quoted">;
}

/** Tags come only when they are asked for. A family stands for its newest ACTIVE revision. */
async function describeTaskDefinition(
  exchange: EcsExchange,
  name: string,
  signal: AbortSignal,
): Promise<TaskDefinition | null> {
  const call = { service: "ECS", operation: "DescribeTaskDefinition", kind: "read" } as const;
  try {
    const asked = { taskDefinition: name, include: ["TAGS"] };
    const { taskDefinition, tags } = await exchange(call, asked, signal);
    return taskDefinition === undefined ? null : toTaskDefinition(taskDefinition, tags);
  } catch (thrown) {
    const error = toAwsFailure(thrown, call);
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** ECS has no code of its own for a definition that does not exist, only texts. Recorded: fargate task_revisions/first-run. */
function isAbsent({ failure }: FailureError): boolean {
  return failure.tag === "refused" && failure.code === "ClientException" &&
    /unable to describe task definition|task definition does not exist/i.test(failure.message);
}

/** The answer carries the tags that were sent, so a registered definition need not be read again. */
async function registerTaskDefinition(
  ecs: Ecs,
  request: JsonObject,
  signal: AbortSignal,
): Promise<TaskDefinition> {
  return await write(
    "RegisterTaskDefinition",
    { ...ecs, request, signal },
    ({ taskDefinition, tags }) => toTaskDefinition(taskDefinition, tags),
  );
}

async function deregisterTaskDefinition(
  exchange: EcsExchange,
  arn: string,
  signal: AbortSignal,
): Promise<void> {
  await exchange({ service: "ECS", operation: "DeregisterTaskDefinition", kind: "write" }, {
    taskDefinition: arn,
  }, signal);
}

/** Without a client token of its own a repeated request would start a second task: callers bring one. */
async function runTask(
  ecs: Ecs,
  request: JsonObject,
  signal: AbortSignal,
): Promise<RunTaskAnswer> {
  const writing = { ...ecs, request, signal };
  return await write("RunTask", writing, ({ tasks, failures }) => ({
    tasks: objectsIn(tasks).map(toTask),
    failures: objectsIn(failures).map((failure) => concealed(toEcsFailure(failure), writing)),
  }));
}

/** What {@link write} sends. */
interface Writing extends Ecs {
  readonly request: JsonObject;
  readonly signal: AbortSignal;
}

/** Sends a request that carries secrets, such as environment variables, and reads the answer: no failure shows them. */
async function write<T>(
  operation: "RegisterTaskDefinition" | "RunTask",
  writing: Writing,
  read: (answer: JsonObject) => T,
): Promise<T> {
  const { exchange, request, signal } = writing;
  const call = { service: "ECS", operation, kind: "write" } as const;
  refuseMalformed(operation, request);
  try {
    return read(await exchange(call, request, signal));
  } catch (thrown) {
    throw withoutQuotes(toAwsFailure(thrown, call), writing);
  }
}

type Sent = Pick<Writing, "redact" | "request">;

/** A refusal may quote the request, its secrets with it. */
function withoutQuotes({ failure, cause }: FailureError, sent: Sent): FailureError {
  return new FailureError({ ...failure, message: withoutSent(failure.message, sent) }, { cause });
}

function concealed(failure: EcsFailure, sent: Sent): EcsFailure {
  const { reason, detail } = failure;
  return {
    ...failure,
    ...(reason === undefined ? {} : { reason: withoutSent(reason, sent) }),
    ...(detail === undefined ? {} : { detail: withoutSent(detail, sent) }),
  };
}

function withoutSent(text: string, { redact, request }: Sent): string {
  return redact.quoted(text, request, isPublicVariable);
}

/** Tasks that ECS does not know come as failures with the reason MISSING, right after their start as well. Tags come only when they are asked for. */
async function describeTasks(
  exchange: EcsExchange,
  { cluster, arns }: { readonly cluster: string | null; readonly arns: readonly string[] },
  signal: AbortSignal,
): Promise<RunTaskAnswer> {
  const tasks: Task[] = [];
  const failures: EcsFailure[] = [];
  for (let start = 0; start < arns.length; start += TASKS_PER_CALL) {
    const part = arns.slice(start, start + TASKS_PER_CALL);
    const call = { service: "ECS", operation: "DescribeTasks", kind: "read" } as const;
    try {
      const answer = await exchange(call, { ...inCluster(cluster), tasks: part, include: ["TAGS"] }, signal);
      tasks.push(...objectsIn(answer["tasks"]).map(toTask));
      failures.push(...objectsIn(answer["failures"]).map(toEcsFailure));
    } catch (thrown) {
      throw toAwsFailure(thrown, call);
    }
  }
  return { tasks, failures };
}

/** `startedBy` has to be the only filter. @see aws/aws-sdk-go-v2 #1893 */
async function listTasks(
  exchange: EcsExchange,
  { cluster, startedBy }: { readonly cluster: string | null; readonly startedBy: string },
  signal: AbortSignal,
): Promise<readonly string[]> {
  return await allPages("ListTasks", async (token) => {
    const page = token === null ? {} : { nextToken: token };
    const asked = { ...inCluster(cluster), startedBy, ...page };
    const answer = await exchange({ service: "ECS", operation: "ListTasks", kind: "read" }, asked, signal);
    return { items: textsIn(answer["taskArns"]), next: answer["nextToken"] };
  });
}

/** A task that has stopped within the last hour may be stopped again without harm. */
async function stopTask(
  exchange: EcsExchange,
  { cluster, arn, reason }: {
    readonly cluster: string | null;
    readonly arn: string;
    readonly reason: string;
  },
  signal: AbortSignal,
): Promise<void> {
  await exchange(
    { service: "ECS", operation: "StopTask", kind: "write" },
    { ...inCluster(cluster), task: arn, reason },
    signal,
  );
}

/** Null: the account's cluster named `default`. */
function inCluster(cluster: string | null): { readonly cluster?: string } {
  return cluster === null ? {} : { cluster };
}

/** `checkPlan` did not see it as it is sent. @throws {FailureError} `badFlowRun` naming paths, never values */
function refuseMalformed(operation: CheckedOperation, request: JsonObject): void {
  const faults = checkRequest(operation, request);
  if (faults.length === 0) return;
  const field = faults[0]?.split(" ")[0] ?? operation;
  const message = `Cannot send ${operation}, AWS would refuse it: ${faults.join("; ")}`;
  throw new FailureError({ tag: "badFlowRun", field, message });
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
    networkMode: textIn(definition.networkMode),
    requiresCompatibilities: textsIn(definition.requiresCompatibilities),
    containers: objectsIn(definition.containerDefinitions).map(({ name, image }) => ({
      name: textIn(name) ?? "",
      image: textIn(image) ?? "",
    })),
    tags: Object.fromEntries(
      objectsIn(tags).map(({ key, value }) => [textIn(key) ?? "", textIn(value) ?? ""]),
    ),
    document: definition,
  };
}

/** A task as ECS and its events show it. Containers are absent where the task never started, exit codes where a container never ran. */
export function toTask(task: JsonObject): Task {
  const arn = textIn(task.taskArn);
  if (arn === null) throw new TypeError("answer without taskArn");
  return {
    arn,
    lastStatus: textIn(task.lastStatus) ?? "",
    desiredStatus: textIn(task.desiredStatus) ?? "",
    startedBy: textIn(task.startedBy),
    flowRunId: flowRunOf({ overrides: task.overrides, tags: task.tags }),
    ...(task.tags === undefined ? {} : { tagKeys: textsIn(objectsIn(task.tags).map(({ key }) => key)) }),
    ...definitionOf(task),
    stopCode: textIn(task.stopCode),
    stoppedReason: textIn(task.stoppedReason),
    containers: objectsIn(task.containers).map(({ name, exitCode, reason }) => ({
      name: textIn(name) ?? "",
      exitCode: integerIn(exitCode),
      reason: textIn(reason),
    })),
  };
}

function definitionOf({ taskDefinitionArn }: JsonObject): Pick<Task, "definitionArn"> {
  const definitionArn = textIn(taskDefinitionArn);
  return definitionArn === null ? {} : { definitionArn };
}

function toEcsFailure(failure: JsonObject): EcsFailure {
  const [arn, reason, detail] = [textIn(failure.arn), textIn(failure.reason), textIn(failure.detail)];
  return {
    ...(arn === null ? {} : { arn }),
    ...(reason === null ? {} : { reason }),
    ...(detail === null ? {} : { detail }),
  };
}
