/**
 * The two requests of a run together.
 *
 * @module
 */

import { PASSING_TAG } from "../../../schemas/ecs/events/passing_tag.ts";
import { badFlowRun } from "../../../schemas/flow_run/bad_flow_run.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { filledText, mapping } from "../../../schemas/json/shape.ts";
import { definitionDigest } from "../../../schemas/ecs/definition_digest.ts";
import type { DefinitionPlan, LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import { definitionSource } from "../../../schemas/ecs/source.ts";
import { shortened } from "../../../schemas/options/near_name.ts";
import type { Hint } from "../../../schemas/plan/run_plan.ts";
import type { Source } from "../../../schemas/plan/source.ts";
import { definitionRequest, neededRegion, type PlannedDefinition } from "./definition_request.ts";
import { fargateHints } from "./fargate_size.ts";
import { planSources } from "./field_sources.ts";
import { type Job, ownerId } from "./job.ts";
import { checkPlacement, isOnFargate } from "./launch_type.ts";
import { neededVpc } from "./network.ts";
import { runTaskRequest, type StatedRunTask, statedRunTask } from "./run_task_request.ts";

/**
 * What must be read of AWS for a run, as far as it is known yet: the definition that it names, its region, its VPC.
 *
 * @throws {FailureError} `badFlowRun`
 */
export function platformSources(job: Job): readonly Source[] {
  const stated = statedRunTask(job);
  const named = namedDefinition(job, stated);
  const unread = named !== null && job.readings[named.key] === undefined;
  if (named !== null && unread) return [{ ...named, serveMs: DEFINITION_MS }];
  const region = named === null ? neededRegion(job) : null;
  const vpc = neededVpc(job, stated.request, definitionOf(job, stated).request);
  return [region, vpc].filter((source) => source !== null);
}

/** The runs of one page share what is read of a definition; a page later it is read again. */
const DEFINITION_MS = 1000;

/** A plan, and the definition that its task has. */
export interface PlannedLaunch {
  readonly plan: LaunchPlan;
  /** As it is registered, or as it was described. */
  readonly definition: JsonObject;
}

/**
 * Plans a run from its configuration.
 *
 * @throws {FailureError} `badFlowRun`, naming the member and the accepted values, never a value of a variable
 */
export function planLaunch(job: Job): PlannedLaunch {
  const { configuration } = job;
  const stated = statedRunTask(job);
  const { request: definition, hints: definitionHints } = definitionOf(job, stated);
  checkPlacement(job, stated.request, definition);
  const { request: runTask, hints } = runTaskRequest(job, { stated, definition });
  const sizeHints = stated.taskDefinition === undefined ? hintsOfSize(job, stated.request, definition) : [];
  const isDeregistered = configuration.autoDeregisterTaskDefinition && stated.taskDefinition === undefined;
  const plan: LaunchPlan = {
    definition: definitionPlan(job, stated, definition),
    runTask,
    account: configuration.account,
    clusterText: configuration.cluster,
    startMs: startMs(configuration.taskStartTimeoutSeconds),
    deregisterTag: isDeregistered ? DEREGISTER_TAG : null,
    taskLabel: "Task",
    sources: planSources(job, { stated, definition, runTask }),
    warnings: [],
    hints: [...configuration.warnings, ...ofOwner(job, [...definitionHints, ...hints, ...sizeHints])],
    notes: [],
  };
  return { plan, definition };
}

/** A hint is told once for each deployment. */
function ofOwner({ run }: Job, hints: readonly Hint[]): readonly Hint[] {
  return hints.map(({ key, text }) => ({ key: `${ownerId(run)} ${key}`, text }));
}

/** The original writes it so, and its observer looks for it. */
const DEREGISTER_TAG = { key: PASSING_TAG, value: "true" } as const;

/** The default of templates of Prefect 2, which nobody chose. */
const OLD_DEFAULT_S = 300;

function startMs(seconds: number | null): number | null {
  return seconds === null || seconds <= 0 || seconds === OLD_DEFAULT_S ? null : seconds * 1000;
}

function definitionPlan(job: Job, stated: StatedRunTask, request: JsonObject): DefinitionPlan {
  if (stated.taskDefinition !== undefined) return { how: "existing", name: stated.taskDefinition };
  return {
    how: "byDigest",
    family: filledText(request["family"]) ?? "",
    digest: definitionDigest(request),
    request,
    byMeaning: true,
    autoDeregister: job.configuration.autoDeregisterTaskDefinition,
  };
}

function namedDefinition({ configuration }: Job, { taskDefinition }: StatedRunTask) {
  return taskDefinition === undefined ? null : definitionSource(taskDefinition, configuration.account);
}

function definitionOf(job: Job, stated: StatedRunTask): PlannedDefinition {
  const named = namedDefinition(job, stated);
  if (named === null) return definitionRequest(job, filledText(stated.request["launchType"]));
  const reading = job.readings[named.key];
  if (reading?.kind === "json") return { request: withoutNulls(reading.value), hints: [] };
  const why = reading?.kind === "absent" ? reading.message : "it was not described";
  throw badFlowRun(job.run, "task_definition_arn", `${shortened(named.name)} cannot be used: ${why}`);
}

function withoutNulls(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
}

/** What is overridden counts; sizes that are not stated are the worker's. */
function hintsOfSize(job: Job, request: JsonObject, definition: JsonObject): readonly Hint[] {
  if (!isOnFargate(filledText(request["launchType"]))) return [];
  const overrides = mapping(request["overrides"]);
  const size = (name: "cpu" | "memory"): Json | undefined => overrides[name] ?? definition[name];
  return fargateHints(job, String(size("cpu")), String(size("memory")));
}
