/**
 * The simulated ECS behind the agents' {@link EcsCalls}: tokens, tasks, definitions, limits, refusals.
 *
 * @module
 */

import { refusalMessage } from "../../actors/aws/failure.ts";
import type { RunTaskAnswer, Task, TaskDefinition } from "../../actors/ecs/calls.ts";
import { DIGEST_TAG } from "../../actors/ecs/register_with_digest.ts";
import { DOCUMENTED_LIMITS } from "../../schemas/ecs/aws_limits.ts";
import { canonicalJson } from "../../schemas/json/digest.ts";
import type { EcsFailure } from "../../schemas/ecs/placement_reasons.ts";
import { type Failure, FailureError } from "../../schemas/failure/failure.ts";
import { isJsonObject, type JsonObject } from "../../schemas/json/json.ts";
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
import { elapsed, fault, faultsAreOn, windowNow, type World } from "../world/world.ts";

/** Who calls, and when the request was sent. */
export interface Caller {
  readonly agent: string;
  readonly sentMs: number;
}

/** The operations, as ECS carries them out at once. Refusals are thrown as `FailureError`. */
export interface EcsWorld {
  readonly tasks: readonly SimTask[];
  readonly describeTaskDefinition: (name: string) => TaskDefinition | null;
  readonly registerTaskDefinition: (request: JsonObject, caller: Caller) => TaskDefinition;
  readonly deregisterTaskDefinition: (arn: string) => void;
  readonly runTask: (request: JsonObject, caller: Caller) => RunTaskAnswer;
  readonly describeTasks: (cluster: string | null, arns: readonly string[]) => RunTaskAnswer;
  readonly listTasks: (cluster: string | null, startedBy: string) => readonly string[];
  readonly stopTask: (cluster: string | null, arn: string, reason: string, caller: Caller) => void;
  readonly findDefinitionsByTag: (tags: Readonly<Record<string, string>>) => readonly string[];
}

interface Definition extends TaskDefinition {
  status: string;
  readonly atMs: number;
  readonly body: string;
}

interface Remembered {
  readonly parameters: string;
  readonly answer: { readonly task: SimTask | null; readonly failures: readonly EcsFailure[] };
  readonly atMs: number;
}

interface Ecs {
  readonly world: World;
  readonly container: Container;
  readonly tasks: SimTask[];
  readonly definitions: Definition[];
  readonly tokens: Map<string, Remembered>;
  readonly buckets: Map<string, { tokens: number; atMs: number }>;
  readonly lastRegistration: Map<string, number>;
}

const REGION = "arn:aws:ecs:us-east-1:123456789012";

/** Registrations of one family that are closer than this disturb each other. */
const REGISTERING_MS = 150;

/** Makes the account. */
export function makeEcsWorld(world: World, container: Container): EcsWorld {
  const ecs: Ecs = {
    world,
    container,
    tasks: [],
    definitions: [],
    tokens: new Map(),
    buckets: new Map(),
    lastRegistration: new Map(),
  };
  for (const atMs of world.scenario.ecs.deregister) world.time.after(atMs, () => deregisterAll(ecs));
  return {
    tasks: ecs.tasks,
    describeTaskDefinition: (name) => {
      admit(ecs, "DescribeTaskDefinition", ["definitionRead"]);
      return find(ecs, name);
    },
    registerTaskDefinition: (request, caller) => register(ecs, request, caller),
    deregisterTaskDefinition: (arn) => {
      admit(ecs, "DeregisterTaskDefinition", ["definitionModify"]);
      const found = ecs.definitions.find((one) => one.arn === arn);
      if (found !== undefined) found.status = "INACTIVE";
    },
    runTask: (request, caller) => runTask(ecs, request, caller),
    describeTasks: (cluster, arns) => describeTasks(ecs, cluster, arns),
    listTasks: (cluster, startedBy) => {
      admit(ecs, "ListTasks", ["clusterRead"]);
      const name = clusterName(cluster);
      return ecs.tasks.filter((task) => task.cluster === name && task.startedBy === startedBy).filter((
        task,
      ) => shownView(world, task)?.desiredStatus === "RUNNING").map(({ arn }) => arn);
    },
    stopTask: (cluster, arn, reason, caller) => stopTask(ecs, { cluster, arn, reason, caller }),
    findDefinitionsByTag: (tags) => {
      admit(ecs, "GetResources", ["tagSearch"]);
      const hits = (one: Definition) => Object.entries(tags).every(([key, value]) => one.tags[key] === value);
      return ecs.definitions.filter((one) => one.status === "ACTIVE" && hits(one)).map(({ arn }) => arn);
    },
  };
}

/** A refusal as the client throws it. */
export function refusal(operation: string, code: string, text: string): FailureError {
  return new FailureError({
    tag: "refused",
    service: "ECS",
    code,
    operation,
    message: refusalMessage(code, operation, text),
  });
}

function throttled(operation: string): FailureError {
  const message = refusalMessage("ThrottlingException", operation, "Rate exceeded");
  return new FailureError({ tag: "throttled", retryAfterMs: 500, message });
}

type Bucket = keyof typeof DOCUMENTED_LIMITS;

/** IAM, throttling and the account's own limits. */
function admit(ecs: Ecs, operation: string, buckets: readonly Bucket[]): void {
  const { world } = ecs;
  const { denied, throttle } = world.scenario.ecs;
  if (faultsAreOn(world) && denied.includes(operation)) {
    fault(world, "denied", operation);
    throw refusal(operation, "AccessDeniedException", `User is not authorized to perform: ecs:${operation}`);
  }
  const window = windowNow(world, throttle);
  if (window !== null && (window.how === "all" || window.how === operation)) {
    fault(world, "throttle", operation);
    throw throttled(operation);
  }
  if (buckets.some((bucket) => !draw(ecs, bucket))) {
    fault(world, "limit", operation);
    throw throttled(operation);
  }
}

function draw({ world, buckets }: Ecs, name: Bucket): boolean {
  const limit = DOCUMENTED_LIMITS[name];
  if (limit === null) return true;
  const share = faultsAreOn(world) ? world.scenario.ecs.limitShare : 1;
  const burst = Math.max(1, limit.burst * share);
  const bucket = buckets.get(name) ?? { tokens: burst, atMs: world.time.now() };
  buckets.set(name, bucket);
  const now = world.time.now();
  bucket.tokens = Math.min(burst, bucket.tokens + (now - bucket.atMs) / 1000 * limit.refillPerS * share);
  bucket.atMs = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

function find({ definitions }: Ecs, name: string): Definition | null {
  const exact = definitions.find(({ arn, family, revision }) =>
    arn === name || `${family}:${revision}` === name
  );
  return exact ?? definitions.findLast(({ family, status }) => family === name && status === "ACTIVE") ??
    null;
}

function register(ecs: Ecs, request: JsonObject, { agent, sentMs }: Caller): TaskDefinition {
  const { world, definitions, lastRegistration } = ecs;
  admit(ecs, "RegisterTaskDefinition", ["definitionModify"]);
  const tags = tagsOf(request);
  if (
    Object.keys(tags).length > 0 && faultsAreOn(world) && world.scenario.ecs.denied.includes("TagResource")
  ) {
    fault(world, "denied", "TagResource");
    throw refusal(
      "RegisterTaskDefinition",
      "AccessDeniedException",
      "not authorized to perform: ecs:TagResource",
    );
  }
  const family = String(request["family"]);
  const now = world.time.now();
  if (now - (lastRegistration.get(family) ?? -Infinity) < REGISTERING_MS) {
    fault(world, "concurrentRegistration", family);
    throw throttled("RegisterTaskDefinition");
  }
  lastRegistration.set(family, now);
  const revision = definitions.filter((one) => one.family === family).length + 1;
  const { tags: _, ...bare } = request;
  const body = canonicalJson(bare);
  const newest = definitions.findLast((one) => one.family === family && one.status === "ACTIVE");
  const alreadyMs = newest?.body === body ? sentMs - newest.atMs : null;
  const made: Definition = {
    arn: `${REGION}:task-definition/${family}:${revision}`,
    family,
    revision,
    status: "ACTIVE",
    taskRoleArn: null,
    executionRoleArn: null,
    tags,
    atMs: now,
    body,
  };
  definitions.push(made);
  world.history.add({ what: "registered", family, digest: tags[DIGEST_TAG] ?? "", agent, sentMs, alreadyMs });
  return made;
}

function tagsOf({ tags }: JsonObject): Readonly<Record<string, string>> {
  const list = Array.isArray(tags) ? tags : [];
  return Object.fromEntries(
    list.flatMap((tag) => isJsonObject(tag) ? [[String(tag["key"]), String(tag["value"])]] : []),
  );
}

/** Somebody tidies the account up. */
function deregisterAll({ world, definitions }: Ecs): void {
  fault(world, "deregistered", `${definitions.length} revisions`);
  for (const one of definitions) one.status = "INACTIVE";
}

function clusterName(cluster: unknown): string {
  return typeof cluster === "string" && cluster !== "" ? cluster : "default";
}

function runTask(ecs: Ecs, request: JsonObject, caller: Caller): RunTaskAnswer {
  const { world, tokens } = ecs;
  admit(ecs, "RunTask", ["fargateRunTask", "clusterModify"]);
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
  if (find(ecs, String(request["taskDefinition"]))?.status === "ACTIVE") return;
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
    fault(world, "refusePlacement", `${startedBy} ${reason}`);
    world.history.add({ what: "refused", run: startedBy, token, reason });
    return { task: null, failures: [{ reason }] };
  }
  const cluster = clusterName(request["cluster"]);
  const now = world.time.now();
  const number = (ecs.tasks.length + 1).toString(16).padStart(32, "0");
  const task: SimTask = {
    arn: `${REGION}:task/${cluster}/${number}`,
    cluster,
    startedBy,
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

function describeTasks(ecs: Ecs, cluster: string | null, arns: readonly string[]): RunTaskAnswer {
  const { world } = ecs;
  admit(ecs, "DescribeTasks", ["clusterRead"]);
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
  admit(ecs, "StopTask", ["clusterModify"]);
  const task = ecs.tasks.find((one) => one.arn === arn && one.cluster === clusterName(cluster));
  if (task === undefined || world.time.now() < task.visibleMs || isForgotten(world, task)) {
    throw refusal("StopTask", "InvalidParameterException", "The referenced task was not found.");
  }
  world.history.add({ what: "stop", task: arn, agent: caller.agent, reason });
  stop(world, task, { stopCode: "UserInitiated", reason, exitCode: task.status === "RUNNING" ? 143 : null });
  if (elapsed(world) < 0) throw new RangeError("Time runs backwards");
}
