/**
 * What was meant as configuration and has no effect.
 *
 * @module
 */

import type { RunWarning } from "../job_configuration.ts";
import { sha256Hex } from "../../../schemas/json/digest.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { nearName, shortened } from "../../../schemas/options/near_name.ts";
import { mapping } from "../../../schemas/json/shape.ts";
import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import type { Filling } from "./filling.ts";
import { placeholdersIn, variableOf } from "./placeholders.ts";

/** Members of `job_configuration` that are read. */
export const READ_MEMBERS: readonly string[] = [
  "command",
  "env",
  "labels",
  "name",
  "aws_credentials",
  "task_definition",
  "task_run_request",
  "configure_cloudwatch_logs",
  "cloudwatch_logs_options",
  "cloudwatch_logs_prefix",
  "network_configuration",
  "task_start_timeout_seconds",
  "auto_deregister_task_definition",
  "vpc_id",
  "container_name",
  "cluster",
  "match_latest_revision_in_family",
  "prefect_api_key_secret_arn",
  "prefect_api_auth_string_secret_arn",
  "execution_role_arn",
];

/** Members that older releases wrote, and newer ones write without a meaning: nobody chose them. */
const OLD_MEMBERS: readonly string[] = ["stream_output", "task_watch_poll_interval"];

/** Members of the two requests by which users name their variables. */
const REQUEST_MEMBERS: Readonly<Record<string, string>> = Object.fromEntries([
  ...[
    "containerDefinitions",
    "family",
    "taskRoleArn",
    "networkMode",
    "volumes",
    "placementConstraints",
    "requiresCompatibilities",
    "pidMode",
    "ipcMode",
    "proxyConfiguration",
    "inferenceAccelerators",
    "ephemeralStorage",
    "runtimePlatform",
    "enableFaultInjection",
  ].map((name) => [name, `task_definition.${name}`]),
  ...[
    "overrides",
    "launchType",
    "networkConfiguration",
    "placementStrategy",
    "platformVersion",
    "propagateTags",
    "enableExecuteCommand",
    "enableECSManagedTags",
    "group",
    "startedBy",
    "tags",
    "volumeConfigurations",
  ].map((name) => [name, `task_run_request.${name}`]),
]);

/** Names that one warning tells. */
const MOST_NAMES = 20;

/** The warnings of a configuration that was filled in. @param ignored members of `aws_credentials` without effect */
export function warningsOf(filling: Filling, ignored: readonly string[]): readonly RunWarning[] {
  const { run, variables, used, leftovers } = filling;
  const known = [...used];
  const named = namedElsewhere(variables.configuration);
  const unused = variables.given.filter((name) =>
    !used.has(name) && !named.has(name) && !isMergedEnv(filling, name)
  );
  const texts = [
    ...unused.slice(0, MOST_NAMES).map((name) => unusedText(run, name, known)),
    ...unknownMembers(variables.configuration).slice(0, MOST_NAMES).map((name) => unknownText(run, name)),
    ...[...leftovers].map(([placeholder, field]) =>
      `${field} holds ${shortened(placeholder)}, which a value brought along: it is sent as it is, ` +
      `since values are not filled in again. Write the value itself there`
    ),
    ...ignored.map((name) => `aws_credentials.${name} has no effect here: leave it out`),
  ];
  const scope = run.deploymentId ?? run.flowId;
  return texts.map((text) => ({ key: `${scope} ${sha256Hex(text).slice(0, 16)}`, text }));
}

/** Variables that placeholders in members name which nobody reads: templates of older releases have such members. */
function namedElsewhere(configuration: JsonObject): ReadonlySet<string> {
  const open: unknown[] = Object.keys(configuration).filter((name) => !READ_MEMBERS.includes(name))
    .map((name) => configuration[name]);
  const names = new Set<string>();
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (typeof one === "object" && one !== null) {
      for (const inner of Object.values(one)) open.push(inner ?? null);
    }
    if (typeof one !== "string") continue;
    for (const found of placeholdersIn(one)) if (found.kind === "job") names.add(variableOf(found));
  }
  return names;
}

/** `env` is merged without a placeholder where the template has a mapping of its own. */
function isMergedEnv({ variables }: Filling, name: string): boolean {
  return name === "env" && typeof variables.configuration.env === "object";
}

function unusedText(run: FlowRun, name: string, known: readonly string[]): string {
  const declared = Object.keys(mapping(mapping(run.pool.template.variables).properties));
  const near = nearName(name, known) ?? nearName(name, declared.filter((one) => one !== name));
  const place = REQUEST_MEMBERS[name];
  const meant = near === null ? "" : ` Did you mean ${near}?`;
  return `Job variable ${
    shortened(name)
  } has no effect: no placeholder in the base job template of work pool ` +
    `${shortened(run.pool.name)} uses it.${meant} To use it, add {{ ${
      shortened(name)
    } }} to its job_configuration` +
    `${place === undefined ? "" : `, as ${place}`}`;
}

function unknownMembers(configuration: JsonObject): readonly string[] {
  return Object.keys(configuration).filter((name) =>
    !READ_MEMBERS.includes(name) && !OLD_MEMBERS.includes(name)
  );
}

function unknownText(run: FlowRun, name: string): string {
  const near = nearName(name, READ_MEMBERS);
  return `Member ${shortened(name)} of job_configuration in the base job template of work pool ` +
    `${shortened(run.pool.name)} has no effect: it is not known.${
      near === null ? " Move it into task_definition or task_run_request" : ` Did you mean ${near}?`
    }`;
}
