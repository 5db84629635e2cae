/**
 * RunTask of a run.
 *
 * @module
 */

import { badFlowRun } from "../../../schemas/flow_run/bad_flow_run.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { filledText, isFilled, mapping, mappings } from "../../../schemas/json/shape.ts";
import type { Hint } from "../../../schemas/plan/run_plan.ts";
import { fitRequest } from "../../../schemas/ecs/shapes/fit_request.ts";
import { overridesProblem } from "../../../schemas/ecs/shapes/overrides_size.ts";
import { shortened } from "../../../schemas/options/near_name.ts";
import { refused } from "./definition_request.ts";
import { flowContainerName } from "./flow_container.ts";
import type { Job } from "./job.ts";
import { withPlacement } from "./launch_type.ts";
import { withNetwork, wrapped } from "./network.ts";
import { splitWords } from "./split_words.ts";
import { taskTags } from "./tags.ts";

/** The command of a container that runs a flow, where none is given. */
const COMMAND = ["prefect", "flow-run", "execute"];

/** RunTask as the template states it, fitted to AWS's shapes. */
export interface StatedRunTask {
  /** Without the members below. */
  readonly request: JsonObject;
  /** An existing definition; undefined: one is registered. */
  readonly taskDefinition: string | undefined;
}

/** A configuration is asked for its sources and then planned: its request is fitted once for that. */
const STATED = new WeakMap<Job["configuration"], StatedRunTask>();

/** @throws {FailureError} `badFlowRun`, naming the member and the accepted values */
export function statedRunTask(job: Job): StatedRunTask {
  const stated = STATED.get(job.configuration) ?? fittedRunTask(job);
  STATED.set(job.configuration, stated);
  return stated;
}

function fittedRunTask(job: Job): StatedRunTask {
  const given = job.configuration.taskRunRequest;
  const { request, faults } = fitRequest("RunTaskRequest", withWrappedNetwork(given), splitWords);
  if (faults.length > 0) throw refused(job, "task_run_request", faults);
  const { taskDefinition, clientToken: _token, ...rest } = request;
  if (rest["count"] !== undefined && rest["count"] !== 1) {
    throw badFlowRun(job.run, "task_run_request.count", "must be 1: a flow run has one task");
  }
  return { request: rest, taskDefinition: filledText(taskDefinition) };
}

function withWrappedNetwork(request: JsonObject): JsonObject {
  const { networkConfiguration } = request;
  return networkConfiguration === undefined
    ? request
    : { ...request, networkConfiguration: wrapped(networkConfiguration) };
}

/** What RunTask is completed with. */
export interface RunTaskInput {
  readonly stated: StatedRunTask;
  /** As it is registered, or as it was described. */
  readonly definition: JsonObject;
}

/** RunTask without definition and token. */
export interface PlannedRunTask {
  readonly request: JsonObject;
  readonly hints: readonly Hint[];
}

/**
 * Completes the request: cluster, placement, network, overrides of the flow's container, tags.
 *
 * @throws {FailureError} `badFlowRun`
 */
export function runTaskRequest(job: Job, { stated, definition }: RunTaskInput): PlannedRunTask {
  const { configuration } = job;
  const { tags: _tags, overrides: _overrides, ...rest } = stated.request;
  const name = flowContainerName(job, definition);
  const { overrides, hints } = overridesOf(job, mapping(stated.request["overrides"]), name);
  const kept = configuration.autoDeregisterTaskDefinition ? 1 : 0;
  const tagged = taskTags({ labels: configuration.labels, tags: stated.request["tags"], kept });
  const placed = withPlacement(rest, definition);
  const request = withNetwork(job, { request: placed, definition });
  const cluster = filledText(request["cluster"]) ?? configuration.cluster;
  return {
    request: {
      ...request,
      ...(cluster === null ? {} : { cluster }),
      ...(isFilled(overrides) ? { overrides } : {}),
      ...(tagged.tags.length === 0 ? {} : { tags: tagged.tags.map(({ key, value }) => ({ key, value })) }),
    },
    hints: [...hints, ...tagged.hints],
  };
}

function overridesOf(job: Job, stated: JsonObject, name: string): {
  readonly overrides: JsonObject;
  readonly hints: readonly Hint[];
} {
  const { containerOverrides, ...rest } = stated;
  const named = mappings(containerOverrides).map((container, index) =>
    index === 0 && filledText(container["name"]) === undefined ? { ...container, name } : container
  );
  const at = named.findIndex((container) => container["name"] === name);
  const completed = named.map((container, index) => index === at ? forFlow(job, container) : container)
    .filter(isFilled);
  const overrides = completed.length === 0 ? rest : { ...rest, containerOverrides: completed };
  const problem = overridesProblem(overrides);
  if (problem !== undefined) throw badFlowRun(job.run, "task_run_request.overrides", problem);
  return { overrides, hints: at < 0 ? [notTold(name)] : [] };
}

function forFlow({ configuration }: Job, container: JsonObject): JsonObject {
  const { env } = configuration;
  const stated = mappings(container["environment"]).filter((entry) => !isIn(env, entry["name"]));
  const environment = [...stated, ...Object.entries(env).map(([name, value]) => ({ name, value }))];
  const command = configuration.command ?? COMMAND;
  return { ...container, command, ...(environment.length === 0 ? {} : { environment }) };
}

function isIn(env: Readonly<Record<string, string>>, name: Json | undefined): boolean {
  return typeof name === "string" && Object.hasOwn(env, name);
}

/** The original launches such a task, too. */
function notTold(name: string): Hint {
  const text =
    `task_run_request.overrides.containerOverrides has no entry for container ${
      shortened(name)
    }: the task gets ` +
    "neither the flow run's id nor its variables and command; add an entry with this name to the base job template";
  return { key: `no override ${name}`, text };
}
