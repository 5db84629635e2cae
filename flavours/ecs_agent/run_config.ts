/**
 * The run config of a flow run, as the `ecs` flavour reads it.
 *
 * @module
 */

import * as v from "valibot";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { badFlowRun } from "../../schemas/flow_run/bad_flow_run.ts";
import { runConfigMembers, runConfigVariables, wrongMember } from "../../schemas/prefect1/run_config.ts";
import { mapping } from "../../schemas/json/shape.ts";

/** An `ECSRun` with its empty values taken as absent. */
export interface EcsRun {
  /** Variables as text, in order. */
  readonly env: Readonly<Record<string, string>>;
  readonly taskDefinition: JsonObject | null;
  readonly taskDefinitionPath: string | null;
  readonly taskDefinitionArn: string | null;
  readonly image: string | null;
  readonly cpu: string | null;
  readonly memory: string | null;
  readonly taskRoleArn: string | null;
  readonly executionRoleArn: string | null;
  readonly runTaskKwargs: JsonObject;
}

const text = v.nullish(v.string());

/** A value of any type that Python treats as false counts as an empty mapping. */
const emptyOrMapping = v.nullish(
  v.custom<Json>((value) => isJsonObject(value) || !value || isEmptyList(value)),
);

const stored = v.object({
  env: v.nullish(v.custom<JsonObject>(isJsonObject)),
  // Unlike the others, this one may be absent but not null.
  labels: v.optional(v.array(v.string())),
  task_definition: emptyOrMapping,
  task_definition_path: text,
  task_definition_arn: text,
  image: text,
  cpu: text,
  memory: text,
  task_role_arn: text,
  execution_role_arn: text,
  run_task_kwargs: emptyOrMapping,
});

/** What each field must be, for messages. */
const WANTED: Readonly<Record<string, string>> = {
  env: "a mapping of names to values",
  labels: "a list of text",
  task_definition: "a mapping",
  run_task_kwargs: "a mapping",
};

/**
 * Reads the run config of a flow run: an `ECSRun`, the environment of a `UniversalRun`, or none.
 *
 * Unknown fields are ignored, absent ones are null, empty text is absent (Q-ARN-EMPTY, Q-PATH-EMPTY, Q-IMAGE-EMPTY).
 *
 * @throws {FailureError} `badFlowRun`, naming the field and what it must be
 * @see Prefect 1.4.1 `prefect.run_configs.ecs`; recorded: groups `failures`, `arn` and `env`
 */
export function readEcsRun(run: FlowRun): EcsRun {
  return toEcsRun(run, runConfigMembers(run, "ECSRun"));
}

function toEcsRun(run: FlowRun, config: JsonObject): EcsRun {
  const parsed = v.safeParse(stored, config);
  if (!parsed.success) throw wrongMember(run, config, parsed.issues, WANTED);
  const fields = parsed.output;
  const ecsRun: EcsRun = {
    env: runConfigVariables(run, fields.env ?? {}),
    taskDefinition: isNothing(fields.task_definition) ? null : mapping(fields.task_definition),
    taskDefinitionPath: fields.task_definition_path || null,
    taskDefinitionArn: fields.task_definition_arn || null,
    image: fields.image || null,
    cpu: fields.cpu || null,
    memory: fields.memory || null,
    taskRoleArn: fields.task_role_arn || null,
    executionRoleArn: fields.execution_role_arn || null,
    runTaskKwargs: mapping(fields.run_task_kwargs),
  };
  checkTogether(run, ecsRun);
  return ecsRun;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function isNothing(value: Json | undefined): value is null | undefined {
  return value === null || value === undefined;
}

function checkTogether(run: FlowRun, config: EcsRun): void {
  const definitions = [config.taskDefinition, config.taskDefinitionPath, config.taskDefinitionArn];
  if (definitions.filter((definition) => definition !== null).length > 1) {
    const message =
      "Can only provide one of `task_definition`, `task_definition_path`, or `task_definition_arn`";
    throw badFlowRun(run, "run_config", "is contradictory", message);
  }
  if (config.taskDefinitionArn === null || config.image === null) return;
  const message =
    "Cannot provide both `task_definition_arn` and `image`, since an ECS task's `image` can only be " +
    "configured as part of the task definition";
  throw badFlowRun(run, "run_config.image", "is contradictory", message);
}
