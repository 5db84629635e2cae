/**
 * The fake ECS of the Fargate goldens, in memory, behind the same narrow calls the program uses.
 *
 * @module
 */

import { refusalMessage } from "../../../actors/aws/failure.ts";
import type { EcsCalls, TaskDefinition } from "../../../actors/ecs/calls.ts";
import type { DescribeFullTaskDefinition } from "../../../actors/ecs/full_task_definition.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { mapping, mappings } from "../../../schemas/json/shape.ts";

/** The fake and what was asked of it. */
export interface GoldenEcs {
  readonly ecs: Pick<EcsCalls, "registerTaskDefinition" | "runTask">;
  readonly describeFullTaskDefinition: DescribeFullTaskDefinition;
  readonly registered: readonly JsonObject[];
  readonly runTask: readonly JsonObject[];
}

const ACCOUNT = "arn:aws:ecs:us-east-1:123456789012";
const NOT_DESCRIBED = "Unable to describe task definition.";

/** @param before `aws_before` of a case; see README section 2 of the goldens */
export function goldenEcs(before: JsonObject): GoldenEcs {
  const definitions = mappings(before.task_definitions).map((body) => ({ ...body }));
  const queues = new Map<string, JsonObject[]>(
    Object.entries(mapping(before.errors)).map(([at, queue]) => [at, [...mappings(queue)]] as const),
  );
  const registered: JsonObject[] = [];
  const runTask: JsonObject[] = [];
  const fail = (at: string, operation: string) => {
    const [next] = queues.get(at) ?? [];
    if (next === undefined) return;
    if (next.always !== true) queues.get(at)?.shift();
    throw refused(operation, String(next.code), String(next.message));
  };
  const find = (name: string) => newestOf(definitions, name);
  return {
    registered,
    runTask,
    describeFullTaskDefinition: (name) =>
      attempt(() => {
        fail("ecs.describe_task_definition", "DescribeTaskDefinition");
        const definition = find(name);
        return definition === undefined ? null : { definition, tags: tagsOf(definition) };
      }).catch((thrown) => {
        if (String(thrown).includes(NOT_DESCRIBED)) return null;
        throw thrown;
      }),
    ecs: {
      registerTaskDefinition: (request) =>
        attempt(() => {
          registered.push(request);
          fail("ecs.register_task_definition", "RegisterTaskDefinition");
          const revision = 1 +
            Math.max(0, ...definitions.filter(sameFamily(request)).map((d) => Number(d.revision)));
          definitions.push({ ...request, revision, status: "ACTIVE" });
          return registeredOf(String(request.family), revision);
        }),
      runTask: (request) =>
        attempt(() => {
          runTask.push(request);
          fail("ecs.run_task", "RunTask");
          if (find(String(request.taskDefinition)) === undefined) {
            throw refused("RunTask", "ClientException", "TaskDefinition not found.");
          }
          const failures = mappings(before.run_task_failures).map((f) => ({ reason: String(f.reason) }));
          return failures.length > 0 ? { tasks: [], failures } : { tasks: [taskOf(request)], failures: [] };
        }),
    },
  };
}

function attempt<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}

function newestOf(definitions: readonly JsonObject[], name: string): JsonObject | undefined {
  const [family, revision] = (name.split("/").at(-1) ?? "").split(":");
  const fits = definitions.filter((one) =>
    one.family === family &&
    (revision === undefined ? one.status === "ACTIVE" : String(one.revision) === revision)
  );
  return fits.sort((one, other) => Number(other.revision) - Number(one.revision))[0];
}

function sameFamily(request: JsonObject): (one: JsonObject) => boolean {
  return (one) => one.family === request.family;
}

function tagsOf(definition: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(mappings(definition.tags).map((tag) => [String(tag.key), String(tag.value)]));
}

function registeredOf(family: string, revision: number): TaskDefinition {
  const arn = `${ACCOUNT}:task-definition/${family}:${revision}`;
  return {
    arn,
    family,
    revision,
    status: "ACTIVE",
    taskRoleArn: null,
    executionRoleArn: null,
    containers: [],
    tags: {},
  };
}

function taskOf({ cluster }: JsonObject) {
  const place = typeof cluster === "string" ? cluster.split("/").at(-1) : "default";
  return {
    arn: `${ACCOUNT}:task/${place}/${"1".padStart(32, "0")}`,
    lastStatus: "PROVISIONING",
    desiredStatus: "RUNNING",
    startedBy: null,
    flowRunId: null,
    stopCode: null,
    stoppedReason: null,
    containers: [],
  };
}

function refused(operation: string, code: string, text: string): FailureError {
  const message = refusalMessage(code, operation, text);
  return new FailureError({ tag: "refused", service: "ECS", code, operation, message });
}
