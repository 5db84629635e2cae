/**
 * The `ecs` flavour: plans as the Prefect 1.x ECS agent does.
 *
 * @module
 */

import { isRestricted } from "../../schemas/ecs/allow/allow_lists.ts";
import { filledText } from "../../schemas/json/shape.ts";
import { checkAllowed } from "./check_allowed.ts";
import { answerWarnings } from "./answer_members.ts";
import { badFlowRun } from "../../schemas/flow_run/bad_flow_run.ts";
import { isInDocker } from "../../schemas/prefect1/docker_image.ts";
import type { EcsOptions } from "./options.ts";
import { definitionRequest, sampleDefinition, type Template } from "./definition_request.ts";
import { isOwnFamily, perRunFamily, reusedFamily, reuseDigest } from "./family.ts";
import { ecsStartSources, prepareEcs } from "./prepare.ts";
import { type EcsRun, readEcsRun } from "./run_config.ts";
import { runTaskRequest, sampleRunTask } from "./run_task_request.ts";
import { runTemplate, runTemplateSource } from "./run_template.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import type { DefinitionPlan, LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import { samplePlan } from "../../schemas/ecs/sample_plan.ts";
import type { Readings, Source } from "../../schemas/plan/source.ts";
import { definitionSource } from "../../schemas/ecs/source.ts";
import { NO_SOURCES, type SourcedRequest } from "../../schemas/plan/sourced_request.ts";
import { withTenant } from "../../schemas/prefect1/config/settings.ts";
import { checkStorage } from "../../schemas/prefect1/storage_check.ts";
import type { Flavour, Sample } from "../../schemas/contracts/flavour.ts";

/** The flavour of `ecs start`. @see Prefect 1.4.1 `prefect/agent/ecs/agent.py` */
export const ecsFlavour = {
  name: "ecs",
  startSources: ecsStartSources,
  prepare: prepareEcs,
  samples,
  warnings: ({ warnings }) => warnings,
  registered: (options, { tenantId }) =>
    tenantId === null ? options : { ...options, settings: withTenant(options.settings, tenantId) },
  sources,
  plan,
} satisfies Flavour<EcsOptions, FlowRun, LaunchPlan>;

function samples(options: EcsOptions): readonly Sample<LaunchPlan>[] {
  return [
    { from: "--task-definition", plan: samplePlan({ definition: sampleDefinition(options) }) },
    { from: "--run-task-kwargs", plan: samplePlan({ runTask: sampleRunTask(options) }) },
  ];
}

/** Reads the run config and refuses a storage that is unknown or contradicts it. @throws {FailureError} `badFlowRun` */
function readConfig(run: FlowRun): EcsRun {
  const config = readEcsRun(run);
  checkStorage(run);
  if (config.taskDefinitionArn === null || !isInDocker(run)) return config;
  const message = "Cannot provide `task_definition_arn` when using `Docker` storage";
  throw badFlowRun(run, "run_config.task_definition_arn", "is contradictory", message);
}

function sources(run: FlowRun): readonly Source[] {
  const config = readConfig(run);
  if (config.taskDefinitionArn !== null) return [definitionSource(config.taskDefinitionArn)];
  const template = runTemplateSource(run, config);
  return template === undefined ? [] : [template];
}

function plan(run: FlowRun, options: EcsOptions, readings: Readings): LaunchPlan {
  const config = readConfig(run);
  const definition = config.taskDefinitionArn === null
    ? registered({ run, config, options, readings })
    : existing(run, config.taskDefinitionArn, { options, readings });
  const { request, sources: definitionSources } = definition;
  const launch = runTaskRequest({ run, config, options, definition: request, definitionSources });
  checkAllowed(run, { config, options, definition: request, runTask: launch.request });
  return {
    definition: definition.plan,
    runTask: launch.request,
    isDiscreet: definition.isDiscreet,
    taskLabel: "Task",
    sources: () => ({ ...definition.sources(), ...launch.sources() }),
    warnings: [...definition.warnings, ...storageWarnings(run, config), ...launch.warnings],
    notes: [],
  };
}

/** A definition and what RunTask needs to know of it. */
interface PlannedDefinition {
  readonly plan: DefinitionPlan;
  /** What is registered, or what was read of one that exists. */
  readonly request: JsonObject;
  readonly sources: SourcedRequest["sources"];
  /** Whether it is made from a template that the run names. */
  readonly isDiscreet: boolean;
  readonly warnings: readonly string[];
}

/** Where allow-lists judge a definition, the very revision that was judged is launched. */
function existing(
  run: FlowRun,
  name: string,
  { options, readings }: Pick<Registration, "options" | "readings">,
): PlannedDefinition {
  const reading = readings[definitionSource(name).key];
  if (reading?.kind === "json") {
    const { value } = reading;
    const judged = isRestricted(options.allow) ? filledText(value.taskDefinitionArn) : undefined;
    return {
      plan: { how: "existing", name: judged ?? name },
      request: value,
      sources: NO_SOURCES,
      isDiscreet: false,
      warnings: [],
    };
  }
  const problem = reading?.kind === "absent" ? reading.message : "it was not described";
  throw badFlowRun(run, "run_config.task_definition_arn", `cannot be used: ${problem}`);
}

interface Registration {
  readonly run: FlowRun;
  readonly config: EcsRun;
  readonly options: EcsOptions;
  readonly readings: Readings;
}

function registered({ run, config, options, readings }: Registration): PlannedDefinition {
  const template = chooseTemplate({ run, config, options, readings });
  const family = options.perRun ? perRunFamily(run) : reusedFamily(run);
  const { request, sources } = definitionRequest({ run, config, options, template, family });
  const plan: DefinitionPlan = options.perRun
    ? { how: "perRun", request, ownFamily: isOwnFamily(family, run) ? family : null }
    : { how: "byDigest", family, digest: reuseDigest(request), request };
  const warnings = answerWarnings(template, "the task definition of the run");
  return { plan, request, sources, isDiscreet: template.namedBy === "run", warnings };
}

/** Templates are never merged: the run's own, the one it names, else the agent's. */
function chooseTemplate({ run, config, options, readings }: Registration): Template {
  return runTemplate(run, config, readings) ??
    { value: options.template, source: options.origins.template, ignored: [] };
}

function storageWarnings(run: FlowRun, config: EcsRun): readonly string[] {
  if (config.image === null || !isInDocker(run)) return [];
  return ["Ignored image of the run config: the flow is stored in an image of its own (Docker storage)"];
}
