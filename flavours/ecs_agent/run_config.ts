/**
 * The run config of a flow run, as the `ecs` flavour reads it.
 *
 * @module
 */

import * as v from "valibot";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { badFlowRun } from "../../schemas/flow_run/bad_flow_run.ts";
import { environmentText } from "../../schemas/prefect1/environment_text.ts";
import { filledText, kindOf, mapping } from "../../schemas/json/shape.ts";

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
  const config = run.runConfig ?? { type: "ECSRun" };
  const type = filledText(config.type);
  if (type === undefined) {
    throw badFlowRun(run, "run_config.type", "is missing; it must be ECSRun or UniversalRun");
  }
  if (type === "UniversalRun") return toEcsRun(run, universal(config));
  if (type === "ECSRun") return toEcsRun(run, config);
  throw badFlowRun(
    run,
    "run_config.type",
    "was refused",
    `Flow run ${run.id} has a \`run_config\` of type \`${type}\`, only \`ECSRun\` is supported`,
  );
}

/** Of a `UniversalRun` only these two fields are read. */
function universal({ env, labels }: JsonObject): JsonObject {
  return { ...(env === undefined ? {} : { env }), ...(labels === undefined ? {} : { labels }) };
}

function toEcsRun(run: FlowRun, config: JsonObject): EcsRun {
  const parsed = v.safeParse(stored, config);
  if (!parsed.success) throw wrongField(run, config, parsed.issues);
  const fields = parsed.output;
  const ecsRun: EcsRun = {
    env: environment(run, fields.env ?? {}),
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

function wrongField(run: FlowRun, config: JsonObject, issues: readonly v.BaseIssue<unknown>[]): Error {
  const path = issues[0]?.path?.[0]?.key;
  const name = typeof path === "string" ? path : "";
  const found = kindOf(config[name]);
  return badFlowRun(run, `run_config.${name}`, `must be ${WANTED[name] ?? "text"}, not ${found}`);
}

function environment(run: FlowRun, env: JsonObject): Readonly<Record<string, string>> {
  const pairs: [string, string][] = [];
  for (const [name, value] of Object.entries(env)) {
    const shown = environmentText(value);
    if ("problem" in shown) throw badFlowRun(run, `run_config.env.${name}`, shown.problem);
    if (shown.text !== undefined) pairs.push([name, shown.text]);
  }
  return Object.fromEntries(pairs);
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
