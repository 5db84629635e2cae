/**
 * The options of the `ecs` flavour.
 *
 * @module
 */

import { type AllowLists, allowLists } from "../../schemas/ecs/allow/allow_lists.ts";
import { FLOW_CONTAINER } from "../../schemas/ecs/flow_container.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import type { FieldSource } from "../../schemas/plan/field_source.ts";
import type { RawOptions } from "../../schemas/options/option.ts";
import { textOf } from "../../schemas/options/option_value.ts";
import { shownPath } from "../../schemas/templates/source_path.ts";
import type { AgentRelease } from "../../schemas/prefect1/agent_release.ts";
import type { Prefect1Settings } from "../../schemas/prefect1/config/settings.ts";

/** What the options say where they came from, by field. */
export interface EcsOrigins {
  readonly cluster: FieldSource;
  readonly launchType: FieldSource;
  readonly taskRoleArn: FieldSource;
  readonly executionRoleArn: FieldSource;
  readonly template: FieldSource;
  readonly runTaskKwargs: FieldSource;
}

/** Options of `ecs start`; complete after `prepare`. */
export interface EcsOptions {
  readonly settings: Prefect1Settings;
  /** Name or ARN; null: the `default` cluster, unless the arguments name one. */
  readonly cluster: string | null;
  /** Upper case. Null before `prepare`, and after it when a capacity provider strategy decides. */
  readonly launchType: string | null;
  readonly taskRoleArn: string | null;
  readonly executionRoleArn: string | null;
  /** Path or URL of the task definition template, null: the one built in. */
  readonly taskDefinitionPath: string | null;
  /** Path or URL of further RunTask arguments, null: none. */
  readonly runTaskKwargsPath: string | null;
  /** The template that was read, or the one built in. */
  readonly template: JsonObject;
  /** RunTask arguments that were read, with the default network where it was needed. */
  readonly runTaskKwargs: JsonObject;
  /** Whether the network in {@link EcsOptions.runTaskKwargs} is the default VPC's. */
  readonly networkInferred: boolean;
  /** Whether the files were read, so that it is known if a default network is needed. */
  readonly prepared: boolean;
  /** Register and deregister one definition for each run, as the original does. */
  readonly perRun: boolean;
  /** What runs may ask for beyond what the options and templates say. */
  readonly allow: AllowLists;
  /** To be said once at start. */
  readonly warnings: readonly string[];
  readonly origins: EcsOrigins;
}

/**
 * The template that is used where nothing else is given: 1 vCPU and 2 GiB in an `awsvpc` network.
 *
 * @see Prefect 1.4.1 `prefect/agent/ecs/task_definition.yaml`; recorded: init/defaults
 */
export const BUILT_IN_TEMPLATE: JsonObject = {
  networkMode: "awsvpc",
  cpu: 1024,
  memory: 2048,
  containerDefinitions: [{ name: FLOW_CONTAINER }],
};

/** The agent that this flavour stands in for. */
export const ecsRelease: AgentRelease = {
  agentType: "ECSAgent",
  coreVersion: "1.4.1",
  settingsRules: { tenantIsUuid: true, envVarNames: "lowered" },
};

/** Launch types that the command line accepts. */
export const LAUNCH_TYPES = ["FARGATE", "EC2"] as const;

/**
 * Parses the options of `ecs start`. An empty text counts as not given.
 *
 * @throws {FailureError} `usage` for an unknown launch type, `configuration` for an empty value of an allow-list
 */
export function parseEcsOptions(raw: RawOptions, settings: Prefect1Settings): EcsOptions {
  const { values } = raw;
  const taskDefinitionPath = textOf(values, "task-definition");
  const runTaskKwargsPath = textOf(values, "run-task-kwargs");
  const launchType = parseLaunchType(textOf(values, "launch-type"));
  return {
    settings,
    cluster: textOf(values, "cluster"),
    launchType,
    taskRoleArn: textOf(values, "task-role-arn"),
    executionRoleArn: textOf(values, "execution-role-arn"),
    taskDefinitionPath,
    runTaskKwargsPath,
    template: BUILT_IN_TEMPLATE,
    runTaskKwargs: {},
    networkInferred: false,
    prepared: false,
    perRun: values["task-definition-per-run"] === true,
    allow: allowLists(values),
    warnings: [],
    origins: {
      cluster: flag("--cluster"),
      launchType: launchType === null ? { from: "default", name: "launch type" } : flag("--launch-type"),
      taskRoleArn: flag("--task-role-arn"),
      executionRoleArn: flag("--execution-role-arn"),
      template: fileOrigin(taskDefinitionPath, "--task-definition", "built-in template"),
      runTaskKwargs: fileOrigin(runTaskKwargsPath, "--run-task-kwargs", "RunTask arguments"),
    },
  };
}

function parseLaunchType(text: string | null): string | null {
  if (text === null) return null;
  const launchType = text.toUpperCase();
  if (LAUNCH_TYPES.some((known) => known === launchType)) return launchType;
  const message = `Invalid value for --launch-type: ${text}; it must be one of ${LAUNCH_TYPES.join(", ")}`;
  throw new FailureError({ tag: "usage", message });
}

function flag(name: string): FieldSource {
  return { from: "flag", name };
}

function fileOrigin(path: string | null, option: string, otherwise: string): FieldSource {
  return path === null
    ? { from: "default", name: otherwise }
    : { from: "file", name: `${option} ${shownPath(path)}` };
}
