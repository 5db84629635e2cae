/**
 * The simulated ECS behind the agents' {@link EcsCalls}: tokens, tasks, definitions, limits, refusals.
 *
 * @module
 */

import { refusalMessage } from "../../actors/aws/failure.ts";
import type { RunTaskAnswer, Task } from "../../actors/ecs/calls.ts";
import { canonicalJson } from "../../schemas/json/digest.ts";
import { flowRunOf } from "../../schemas/ecs/task_owner.ts";
import type { EcsFailure } from "../../schemas/ecs/placement_reasons.ts";
import { type Failure, FailureError } from "../../schemas/failure/failure.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import { type Admit, makeAdmit, refusal } from "./admission.ts";
import {
  type Caller,
  type DefinitionCalls,
  type Definitions,
  makeDefinitions,
  REGION,
} from "./definitions.ts";
import {
  begin,
  type Container,
  isForgotten,
  isLive,
  shownView,
  type SimTask,
  stop,
  viewOf,
} from "./tasks.ts";
import { elapsed, fault, faultsAreOn, type World } from "../world/world.ts";

/** The operations, as ECS carries them out at once. Refusals are thrown as `FailureError`. */
export interface EcsWorld extends DefinitionCalls {
  readonly tasks: readonly SimTask[];
  readonly runTask: (request: JsonObject, caller: Caller) => RunTaskAnswer;
  readonly describeTasks: (cluster: string | null, arns: readonly string[]) => RunTaskAnswer;
  readonly listTasks: (cluster: string | null, startedBy: string) => readonly string[];
  readonly stopTask: (cluster: string | null, arn: string, reason: string, caller: Caller) => void;
}

interface Remembered {
  readonly parameters: string;
  readonly answer: { readonly task: SimTask | null; readonly failures: readonly EcsFailure[] };
  readonly atMs: number;
}

interface Ecs {
  readonly world: World;
  readonly container: Container;
  readonly admit: Admit;
  readonly definitions: Definitions;
  readonly tasks: SimTask[];
  readonly tokens: Map<string, Remembered>;
}

/** Makes the account. */
export function makeEcsWorld(world: World, container: Container): EcsWorld {
  const admit = makeAdmit(world);
  const definitions = makeDefinitions(world, admit);
  const ecs: Ecs = { world, container, admit, definitions, tasks: [], tokens: new Map() };
  return {
    ...definitions,
    tasks: ecs.tasks,
    runTask: (request, caller) => runTask(ecs, request, caller),
    describeTasks: (cluster, arns) => describeTasks(ecs, cluster, arns),
    listTasks: (cluster, startedBy) => listTasks(ecs, cluster, startedBy),
    stopTask: (cluster, arn, reason, caller) => stopTask(ecs, { cluster, arn, reason, caller }),
  };
}

function listTasks(
  { world, admit, tasks }: Ecs,
  cluster: string | null,
  startedBy: string,
): readonly string[] {
  admit("ListTasks", ["clusterRead"]);
  const name = clusterName(cluster);
  return tasks
    .filter((task) => task.cluster === name && task.startedBy === startedBy)
    .filter((task) => shownView(world, task)?.desiredStatus === "RUNNING")
    .map(({ arn }) => arn);
}

function clusterName(cluster: unknown): string {
  return typeof cluster === "string" && cluster !== "" ? cluster : "default";
}

function runTask(ecs: Ecs, request: JsonObject, caller: Caller): RunTaskAnswer {
  const { world, tokens } = ecs;
  ecs.admit("RunTask", ["fargateRunTask", "clusterModify"]);
  const token = String(request["clientToken"] ?? `none-${ecs.tasks.length}`);
  const key = `${clusterName(request["cluster"])} ${token}`;
  if (world.scenario.ecs.checksFirst) checkDefinition(ecs, request);
  const known = tokens.get(key);
  const parameters = canonicalJson(request);
  if (known !== undefined && isValid(world, known)) return replay(world, known, parameters);
  checkDefinition(ecs, request);
  const answer = place(ecs, request, { token, caller });
  tokens.set(key, { parameters, answer, atMs: world.time.now() });
  if (faultsAreOn(world) && world.dice.chance(world.scenario.ecs.emptyAnswer)) {
    fault(world, "emptyAnswer", token.slice(0, 8));
    return { tasks: [], failures: [] };
  }
  return answerOf(answer);
}

function checkDefinition(ecs: Ecs, request: JsonObject): void {
  if (ecs.definitions.find(String(request["taskDefinition"]))?.status === "ACTIVE") return;
  throw refusal("RunTask", "ClientException", "TaskDefinition is inactive");
}

/** 24 hours, or the task's life and one hour. */
function isValid(world: World, { atMs, answer }: Remembered): boolean {
  const now = world.time.now();
  if (now - atMs > 24 * 3_600_000) return false;
  return answer.task === null || answer.task.stoppedMs === null || now - answer.task.stoppedMs <= 3_600_000;
}

function replay(world: World, known: Remembered, parameters: string): RunTaskAnswer {
  fault(world, "replayed", known.answer.task?.arn ?? "a refused placement");
  if (known.parameters === parameters) return answerOf(known.answer);
  const taskIds = known.answer.task === null ? [] : [known.answer.task.arn];
  fault(world, "conflict", taskIds.join(" "));
  const message = refusalMessage(
    "ConflictException",
    "RunTask",
    "The clientToken was used with other parameters",
  );
  const failure: Failure = { tag: "conflict", taskIds, message };
  throw new FailureError(failure);
}

function answerOf({ task, failures }: Remembered["answer"]): RunTaskAnswer {
  return { tasks: task === null ? [] : [viewOf(task)], failures };
}

interface Placing {
  readonly token: string;
  readonly caller: Caller;
}

function place(ecs: Ecs, request: JsonObject, { token, caller }: Placing): Remembered["answer"] {
  const { world } = ecs;
  const startedBy = String(request["startedBy"] ?? "");
  if (faultsAreOn(world) && world.dice.chance(world.scenario.ecs.refusePlacement)) {
    const reason = world.dice.pick([
      "RESOURCE:MEMORY",
      "AGENT",
      "Capacity is unavailable at this time. Please try again later or in a different availability zone",
    ]);
    return refusePlacement(world, { startedBy, token, reason, kind: "refusePlacement" });
  }
  if (isFull(ecs)) {
    const reason = "You've reached the limit on the number of vCPUs you can run concurrently";
    return refusePlacement(world, { startedBy, token, reason, kind: "accountLimit" });
  }
  const cluster = clusterName(request["cluster"]);
  const now = world.time.now();
  const number = (ecs.tasks.length + 1).toString(16).padStart(32, "0");
  const task: SimTask = {
    arn: `${REGION}:task/${cluster}/${number}`,
    cluster,
    startedBy,
    flowRunId: flowRunOf({ overrides: request["overrides"], tags: request["tags"] }),
    token,
    createdMs: now,
    visibleMs: now + (faultsAreOn(world) ? world.dice.int(0, world.scenario.ecs.missingMs) : 0),
    status: "",
    desired: "RUNNING",
    stopCode: null,
    reason: null,
    exitCode: null,
    stoppedMs: null,
    past: [],
    kill: () => undefined,
  };
  ecs.tasks.push(task);
  const { agent, sentMs } = caller;
  world.history.add({ what: "task", task: task.arn, run: startedBy, cluster, token, agent, sentMs });
  begin(world, task, ecs.container);
  return { task, failures: [] };
}

interface RefusedPlacement {
  readonly startedBy: string;
  readonly token: string;
  readonly reason: string;
  readonly kind: string;
}

function refusePlacement(
  world: World,
  { startedBy, token, reason, kind }: RefusedPlacement,
): Remembered["answer"] {
  fault(world, kind, `${startedBy} ${reason}`);
  world.history.add({ what: "refused", run: startedBy, token, reason });
  return { task: null, failures: [{ reason }] };
}

/** Whether the account has no room for another task. */
function isFull({ world, tasks }: Ecs): boolean {
  const { accountLimit } = world.scenario.variant;
  return accountLimit !== null && faultsAreOn(world) && tasks.filter(isLive).length >= accountLimit;
}

function describeTasks(ecs: Ecs, cluster: string | null, arns: readonly string[]): RunTaskAnswer {
  const { world } = ecs;
  ecs.admit("DescribeTasks", ["clusterRead"]);
  if (arns.length === 0 || arns.length > 100) {
    throw refusal("DescribeTasks", "InvalidParameterException", "Tasks must be 1 to 100");
  }
  const tasks: Task[] = [];
  const failures: EcsFailure[] = [];
  for (const arn of arns) {
    const task = ecs.tasks.find((one) => one.arn === arn && one.cluster === clusterName(cluster));
    const shown = task === undefined || isForgotten(world, task) ? null : shownView(world, task);
    if (shown === null && task !== undefined && isLive(task)) fault(world, "missing", arn);
    if (shown === null) failures.push({ arn, reason: "MISSING" });
    else tasks.push(shown);
  }
  return { tasks, failures };
}

interface Stopping {
  readonly cluster: string | null;
  readonly arn: string;
  readonly reason: string;
  readonly caller: Caller;
}

function stopTask(ecs: Ecs, { cluster, arn, reason, caller }: Stopping): void {
  const { world } = ecs;
  ecs.admit("StopTask", ["clusterModify"]);
  const task = ecs.tasks.find((one) => one.arn === arn && one.cluster === clusterName(cluster));
  if (task === undefined || world.time.now() < task.visibleMs || isForgotten(world, task)) {
    throw refusal("StopTask", "InvalidParameterException", "The referenced task was not found.");
  }
  world.history.add({ what: "stop", task: arn, agent: caller.agent, reason });
  stop(world, task, { stopCode: "UserInitiated", reason, exitCode: task.status === "RUNNING" ? 143 : null });
  if (elapsed(world) < 0) throw new RangeError("Time runs backwards");
}
