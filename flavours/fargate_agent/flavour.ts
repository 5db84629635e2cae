/**
 * The `fargate` flavour: plans flow runs as the Prefect 0.x Fargate agent did.
 *
 * @module
 */

import { type S3Source, s3Source } from "../../schemas/templates/place_source.ts";
import { checkAllowed } from "./check_allowed.ts";
import { badFlowRun } from "../../schemas/flow_run/bad_flow_run.ts";
import { externalKey, parseExternalKwargs } from "./external_kwargs.ts";
import type { FargateOptions } from "./options.ts";
import { idFamily, shortFlowId, slugFamily } from "./family.ts";
import { type Kwargs, mergeKwargs } from "./kwargs.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import { isFilled } from "../../schemas/json/shape.ts";
import type { DefinitionPlan, LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import { samplePlan } from "../../schemas/ecs/sample_plan.ts";
import type { Readings } from "../../schemas/plan/source.ts";
import { definitionOf, definitionRequest, filledMembers, runOf, runRequest } from "./requests.ts";
import type { Flavour, Sample } from "../../schemas/contracts/flavour.ts";

/** @see Prefect 0.15.13 agent/fargate/agent.py; recorded: tests/golden/fargate */
export const fargateFlavour: Flavour<FargateOptions, FlowRun, LaunchPlan> = {
  name: "fargate",
  startSources: () => [],
  prepare: (options) => options,
  samples,
  warnings: () => [],
  registered: (options) => options,
  sources: (run, options) => {
    const source = externalSource(run, options);
    return source === undefined ? [] : [source];
  },
  plan,
};

/** The arguments an agent was started with, as the planning functions take them. */
export function kwargsOf(options: FargateOptions): Kwargs {
  return {
    definition: options.definitionKwargs,
    run: options.runKwargs,
    container: options.containerKwargs,
    sources: options.kwargSources,
    warnings: [],
  };
}

function samples(options: FargateOptions): readonly Sample<LaunchPlan>[] {
  const kwargs = kwargsOf(options);
  const container = { name: "flow", image: "any", ...filledMembers(kwargs.container) };
  const definition = definitionOf(options, kwargs, { family: "any", container });
  return [{
    from: "the options as given",
    plan: samplePlan({ definition, runTask: runOf(options, kwargs, []) }),
  }];
}

function plan(run: FlowRun, options: FargateOptions, readings: Readings): LaunchPlan {
  if (run.flow.id === "") throw badFlowRun(run, "flow.id", "is missing: families and tags are made from it");
  const kwargs = withExternal(run, options, readings);
  const input = { run, options, kwargs };
  const family = options.enableTaskRevisions ? slugFamily(run.flow) : idFamily(run.flow);
  const registration = definitionRequest(input, family);
  checkAllowed(run, options, registration.request);
  const launch = runRequest(input);
  return {
    definition: definitionPlan(run, options, { family, request: registration.request }),
    runTask: launch.request,
    taskLabel: "Task ARN:",
    sources: () => ({ ...registration.sources(), ...launch.sources() }),
    warnings: [...kwargs.warnings, ...ignoredRunConfig(run)],
    notes: notesOf(run, options, readings),
  };
}

function definitionPlan(
  run: FlowRun,
  options: FargateOptions,
  { family, request }: { readonly family: string; readonly request: JsonObject },
): DefinitionPlan {
  const { runByFamily } = options;
  if (!options.enableTaskRevisions) return { how: "byFamily", family, request, runByFamily };
  const flowId = shortFlowId(run.flow);
  return { how: "byFlowVersion", family, flowId, flowVersion: run.flow.version, request, runByFamily };
}

function externalSource(run: FlowRun, options: FargateOptions): S3Source | undefined {
  if (!options.useExternalKwargs) return undefined;
  const key = externalKey(options.externalKwargsS3Key, run.flow);
  return s3Source(options.externalKwargsS3Bucket, key);
}

function withExternal(run: FlowRun, options: FargateOptions, readings: Readings): Kwargs {
  const base = kwargsOf(options);
  const source = externalSource(run, options);
  const reading = source === undefined ? undefined : readings[source.key];
  if (source === undefined || reading?.kind !== "text") return base;
  return mergeKwargs(base, parseExternalKwargs(run, { text: reading.text, place: source.key }));
}

// Recorded: logs of task_revisions, external_kwargs and random_agent; the update is told even where there is none.
function notesOf(run: FlowRun, options: FargateOptions, readings: Readings): readonly string[] {
  const source = externalSource(run, options);
  const missing = source !== undefined && readings[source.key]?.kind !== "text";
  return [
    ...(source === undefined ? [] : ["Fetching external kwargs from S3"]),
    ...(missing ? [`Flow id ${shortFlowId(run.flow)} does not have external kwargs.`] : []),
    ...(source === undefined ? [] : ["Updating default kwargs with external"]),
    ...(options.enableTaskRevisions ? ["Adding tags for flow_id and version."] : []),
  ];
}

const USED_OF_RUN_CONFIG: ReadonlySet<string> = new Set(["type", "labels", "image", "__version__"]);

// F-RUN-CONFIG-IGNORED: the original used nothing but the image and said nothing about the rest.
function ignoredRunConfig(run: FlowRun): readonly string[] {
  const ignored = Object.entries(run.runConfig ?? {})
    .filter(([name, value]) => !USED_OF_RUN_CONFIG.has(name) && isFilled(value))
    .map(([name]) => name);
  if (ignored.length === 0) return [];
  const names = ignored.join(", ");
  return [`The Fargate agent uses only the image of a run config: ignored ${names} of flow run ${run.id}`];
}
