/**
 * The events that a worker tells the Prefect 3 API.
 *
 * @module
 * @see recorded: j04, j17, j22 (Prefect 3.8.8); the goldens `observer-*`
 */

import type { JsonObject } from "../json/json.ts";
import type { FlowRun, WorkPool } from "./flow_run.ts";
import { PREFECT_RELEASE } from "./release.ts";
import { slugify } from "../python/slug.ts";

/** What every event has. */
export interface EventHead {
  /** A UUID. */
  readonly id: string;
  /** In milliseconds since 1970. */
  readonly atMs: number;
  /** Id of the event before it; null: it follows none. */
  readonly follows: string | null;
}

const ID = "prefect.resource.id";
const ROLE = "prefect.resource.role";
const NAME = "prefect.resource.name";

/** The worker as the resource of an event. */
export function workerResource(name: string): JsonObject {
  return {
    [ID]: `prefect.worker.ecs.${slugify(name)}`,
    [NAME]: name,
    "prefect.version": PREFECT_RELEASE,
    "prefect.worker-type": "ecs",
  };
}

/** `prefect.worker.<what>`, of the worker alone. */
export function workerEvent(
  what: "started" | "stopped",
  head: EventHead,
  worker: JsonObject,
  pool: WorkPool,
): JsonObject {
  return event(`prefect.worker.${what}`, head, worker, [poolResource(pool)]);
}

/**
 * `prefect.worker.<what>-flow-run`.
 *
 * @param infrastructurePid what an executed run has: `<cluster>::<ARN of the task>`
 */
export function flowRunEvent(
  what: "submitted" | "executed",
  head: EventHead,
  { worker, run, infrastructurePid }: {
    readonly worker: JsonObject;
    readonly run: FlowRun;
    readonly infrastructurePid: string | null;
  },
): JsonObject {
  const more: JsonObject = infrastructurePid === null
    ? {}
    : { "prefect.infrastructure.identifier": infrastructurePid, "prefect.infrastructure.status-code": "0" };
  const tags = [...new Set(run.tags)].toSorted().map((tag) => ({
    [ID]: `prefect.tag.${tag}`,
    [ROLE]: "tag",
  }));
  return event(`prefect.worker.${what}-flow-run`, head, worker, [
    ...deploymentResources(run),
    ...flowResources(run),
    { ...runResource(run), ...more },
    ...tags,
    poolResource(run.pool),
  ]);
}

/** `prefect.ecs.task.<status>`. @param task ARN of the task, its status, and the ARN of its revision if it is known */
export function taskEvent(
  head: EventHead,
  { worker, run, task }: {
    readonly worker: JsonObject;
    readonly run: FlowRun;
    readonly task: { readonly id: string; readonly status: string; readonly definition: string | null };
  },
): JsonObject {
  const cluster = clusterOf(task.id);
  const resource = {
    [ID]: `prefect.ecs.task.${task.id.split("/").at(-1) ?? ""}`,
    "ecs.taskArn": task.id,
    ...(cluster === null ? {} : { "ecs.clusterArn": cluster }),
    ...(task.definition === null ? {} : { "ecs.taskDefinitionArn": task.definition }),
  };
  const { [ID]: id, [NAME]: name, ...more } = worker;
  return event(`prefect.ecs.task.${task.status.toLowerCase()}`, head, resource, [
    runResource(run),
    ...deploymentResources(run),
    ...flowResources(run),
    poolResource(run.pool),
    { [ID]: id, [ROLE]: "worker", [NAME]: name, ...more },
  ]);
}

function event(
  name: string,
  { id, atMs, follows }: EventHead,
  resource: JsonObject,
  related: readonly JsonObject[],
): JsonObject {
  return { occurred: new Date(atMs).toISOString(), event: name, resource, related, payload: {}, id, follows };
}

function related(kind: string, id: string, name: string): JsonObject {
  return { [ID]: `prefect.${kind}.${id}`, [ROLE]: kind, [NAME]: name };
}

function poolResource({ id, name }: WorkPool): JsonObject {
  return related("work-pool", id, name);
}

function runResource({ id, name }: FlowRun): JsonObject {
  return related("flow-run", id, name);
}

function deploymentResources({ deployment }: FlowRun): readonly JsonObject[] {
  return deployment === null || deployment === "gone"
    ? []
    : [related("deployment", deployment.id, deployment.name)];
}

function flowResources({ flowId, flowName }: FlowRun): readonly JsonObject[] {
  return flowName === null ? [] : [related("flow", flowId, flowName)];
}

/** ARN of the cluster of a task; null for the short form of old ARNs, which does not name it. */
function clusterOf(taskArn: string): string | null {
  const found = /^(arn:[^:]*:ecs:[^:]*:[^:]*:)task\/([^/]+)\/[^/]+$/.exec(taskArn);
  return found === null ? null : `${found[1]}cluster/${found[2]}`;
}
