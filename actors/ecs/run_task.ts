/**
 * Starts the task of a run, exactly one. The same token always stands for the same request, so that asking again after a lost
 * answer finds the task that was started.
 *
 * @module
 */

import { type Failure, FailureError } from "../../schemas/failure/failure.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import type { LaunchRequest } from "../../schemas/contracts/platform.ts";
import type { LaunchedTask } from "../../schemas/contracts/task.ts";
import { attemptRequest } from "../../schemas/ecs/capacity_fallback.ts";
import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import { notPlaced, readRefusedLaunch, type UnplacedText } from "../../schemas/ecs/placement_reasons.ts";
import type { Task } from "./calls.ts";
import type { PacedCalls } from "./paced_calls.ts";
import { makeReplacedDefinitions, type ReplacedDefinitions } from "./replaced_definitions.ts";
import type { TaskDefinitions } from "./definitions/ensure_task_definition.ts";

/** One attempt to launch a run; its token is the `clientToken` of RunTask, its definition the `taskDefinition`. */
export type RunTaskRequest = LaunchRequest<LaunchPlan>;

/** What {@link makeRunTask} needs. */
export interface RunTaskDeps {
  readonly ecs: Pick<PacedCalls, "runTask" | "describeTasks" | "listTasks">;
  readonly definitions: Pick<TaskDefinitions, "ensure" | "forget">;
  /** The plan as it is to be sent with a definition. */
  readonly tagged: (runId: string, plan: LaunchPlan, definition: string) => LaunchPlan;
  /** Message of a launch without a task. */
  readonly unplacedText: UnplacedText;
}

/** Launches one run. */
export type RunTask = (request: RunTaskRequest, signal: AbortSignal) => Promise<LaunchedTask>;

/** Our wording for a ConflictException without tasks: the token was used for a placement that was refused. */
const SPENT_TOKEN = "the client token stands for a placement that was refused";

/** Number of empty answers to one token after which the agent accepts that no task was started. */
const EMPTY_ANSWERS_BELIEVED = 3;

/**
 * The launcher.
 *
 * @throws {FailureError} from each call: `notPlaced` (a new token is due), `unknownOutcome` (the same token again), `conflict`
 * when the token stands for tasks that are not this run's, and what ECS refused
 */
export function makeRunTask(deps: RunTaskDeps): RunTask {
  const empties = new Map<string, number>();
  const replacements = makeReplacedDefinitions();
  const send: RunTask = async (request, signal) => {
    const { token, runId } = request;
    const count = (empties.get(token) ?? 0) + 1;
    empties.delete(token);
    const task = await launch(request, deps, signal);
    if (task !== null) return task;
    if (count >= EMPTY_ANSWERS_BELIEVED) return await settleEmpty(request, deps, signal);
    empties.set(token, count);
    const message = `Cannot tell whether a task was started for flow run ${runId}: ` +
      "RunTask answered neither a task nor a failure";
    throw new FailureError({ tag: "unknownOutcome", operation: "RunTask", message });
  };
  const noted: RunTask = (request, signal) => replacements.noting(request.token, send(request, signal));
  return (request, signal) => launchFresh(request, { ...deps, replacements, send: noted }, signal);
}

interface Launching extends Pick<RunTaskDeps, "definitions"> {
  readonly replacements: ReplacedDefinitions;
  readonly send: RunTask;
}

/**
 * Another program may have deregistered a remembered definition: then a new one is found or registered, once. The request with
 * it is another one, so it gets the next token, unless a task may have been started with the present one.
 */
async function launchFresh(
  given: RunTaskRequest,
  { definitions, replacements, send }: Launching,
  signal: AbortSignal,
): Promise<LaunchedTask> {
  const request = { ...given, definition: replacements.present(given.definition) };
  const { runId, plan, token } = request;
  try {
    return await send(request, signal);
  } catch (error) {
    if (!isGone(error) || !definitions.forget(plan.definition)) throw error;
    const { name } = await definitions.ensure({ runId, plan: plan.definition }, signal);
    if (name === request.definition) throw error;
    replacements.replace(given.definition, name);
    const next = replacements.isDoubtful(token) ? null : await request.nextToken();
    return await send({ ...request, definition: name, token: next ?? token }, signal);
  }
}

/**
 * A definition that is no longer ACTIVE, in the texts that ECS has for it.
 *
 * @see aws-sdk ECS: "TaskDefinition is inactive"; recorded: fargate README §2, "TaskDefinition not found."
 */
const GONE_TEXT =
  /task ?definition\b[^.]*\b(inactive|not found|not exist|delet\w*|not active)|unable to (find|describe) task ?definition/i;

function isGone(error: unknown): boolean {
  if (!(error instanceof FailureError) || error.failure.tag !== "refused") return false;
  const { code, message } = error.failure;
  return (code === "ClientException" || code === "InvalidParameterException") && GONE_TEXT.test(message);
}

/** Null: ECS answered neither a task nor a reason. */
async function launch(
  given: RunTaskRequest,
  { ecs, unplacedText, tagged }: RunTaskDeps,
  signal: AbortSignal,
): Promise<LaunchedTask | null> {
  const request = { ...given, plan: tagged(given.runId, given.plan, given.definition) };
  try {
    const { tasks, failures } = await ecs.runTask(requestOf(request), signal, {
      waiter: request.runId,
      confirm: request.confirm,
    });
    const [first] = tasks;
    if (first !== undefined) return { id: first.arn, adopted: !isNew(first) };
    if (failures.length > 0) {
      throw new FailureError(notPlaced(`flow run ${request.runId}`, failures, unplacedText));
    }
    return null;
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    if (error.failure.tag !== "conflict") throw asPlacement(error);
    return await adopt(request, { ecs, error, taskIds: error.failure.taskIds }, signal);
  }
}

/** A repeated answer shows the present status of the task. */
function isNew({ lastStatus }: Task): boolean {
  return NEW.has(lastStatus);
}

/** The first status of a task; an answer may leave it out. @see "Amazon ECS task lifecycle" */
const NEW: ReadonlySet<string> = new Set(["", "PROVISIONING", "PENDING"]);

/** The same request for every call of one attempt, byte for byte. */
function requestOf({ plan, definition, token, runId, learnt }: RunTaskRequest): JsonObject {
  const runTask = attemptRequest(plan.runTask, learnt);
  const startedBy = runTask["startedBy"] ?? runId;
  return { ...runTask, taskDefinition: definition, startedBy, clientToken: token };
}

/** A reached limit comes as a reason in the answer, or as a refusal of the whole call. */
function asPlacement(error: FailureError): FailureError {
  const failure = readRefusedLaunch(error.failure);
  return failure === error.failure ? error : new FailureError(failure, { cause: error });
}

function spent(runId: string, { message }: FailureError): Failure {
  const failures = [{ reason: SPENT_TOKEN }];
  return {
    tag: "notPlaced",
    class: "capacity",
    failures,
    message: `Failed to start task for flow run ${runId}: ${message}`,
  };
}

/**
 * The tasks a conflict names were started with this very token. One that ECS does not show yet, or may not show, counts as
 * this run's; one that executes another run does not.
 */
async function adopt(
  request: RunTaskRequest,
  { ecs, error, taskIds }: {
    readonly ecs: RunTaskDeps["ecs"];
    readonly error: FailureError;
    readonly taskIds: readonly string[];
  },
  signal: AbortSignal,
): Promise<LaunchedTask> {
  const [arn] = taskIds;
  // The token was used for a placement that was refused: it has started no task and never will.
  if (arn === undefined) throw new FailureError(spent(request.runId, error), { cause: error });
  const seen = await ecs.describeTasks(clusterOf(request), [arn], signal).catch(() => null);
  const [task] = seen?.tasks ?? [];
  if (task !== undefined && !isOfRun(task, request)) throw error;
  return { id: arn, adopted: true };
}

/** Where a task names no flow run, the token has to do, together with what this agent has sent. */
function isOfRun({ flowRunId, startedBy }: Task, request: RunTaskRequest): boolean {
  if (flowRunId !== null) return flowRunId === request.runId;
  return startedBy === null || startedBy === requestOf(request)["startedBy"];
}

/** After several empty answers only a task that exists may contradict them. */
async function settleEmpty(
  request: RunTaskRequest,
  { ecs }: RunTaskDeps,
  signal: AbortSignal,
): Promise<LaunchedTask> {
  // A `startedBy` of the user's own is common to many runs: there may be any number of such tasks to look through.
  if (requestOf(request)["startedBy"] === request.runId) {
    const listed = await ecs.listTasks(clusterOf(request), request.runId, signal);
    const seen = listed.length === 0
      ? []
      : (await ecs.describeTasks(clusterOf(request), listed, signal)).tasks;
    const own = seen.find(({ flowRunId }) => flowRunId === request.runId);
    if (own !== undefined) return { id: own.arn, adopted: true };
  }
  const message =
    `Failed to start task for flow run ${request.runId}. Failures: []; RunTask answered neither a task ` +
    `nor a failure ${EMPTY_ANSWERS_BELIEVED} times: no tasks or failures were returned.`;
  throw new FailureError({ tag: "refused", service: "ECS", code: "NoTask", operation: "RunTask", message });
}

function clusterOf({ plan }: RunTaskRequest): string | null {
  const cluster = plan.runTask["cluster"];
  return typeof cluster === "string" && cluster !== "" ? cluster : null;
}
