/**
 * Where the fields of both requests came from.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { isFilled, mapping, mappings } from "../../../schemas/json/shape.ts";
import type { FieldSource } from "../../../schemas/plan/field_source.ts";
import type { FieldSources } from "../../../schemas/plan/sourced_request.ts";
import type { StatedSources, Step } from "../stated_sources.ts";
import { wordsOf } from "../values/origins.ts";
import { flowContainerName } from "./flow_container.ts";
import type { Job } from "./job.ts";
import type { StatedRunTask } from "./run_task_request.ts";
import { sourceRows } from "./source_rows.ts";
import { taskTags } from "./tags.ts";

/** What the worker decides where nobody states it. */
const DEFAULT: FieldSource = { from: "default", name: "worker" };
const BY_TYPE: FieldSource = { from: "default", name: "launch type" };
const BY_OWNER: FieldSource = { from: "default", name: "work pool and deployment" };

/** The requests as they are planned. */
interface Planned {
  readonly stated: StatedRunTask;
  readonly definition: JsonObject;
  readonly runTask: JsonObject;
}

/** What the rules below look at. */
interface Look {
  readonly job: Job;
  readonly planned: Planned;
  readonly sources: StatedSources;
  /** Of the container that runs the flow. */
  readonly container: string;
}

/** Worked out when it is asked for: only an explanation asks. */
export function planSources(job: Job, planned: Planned): FieldSources {
  return () => {
    const { definition, runTask } = planned;
    const container = flowContainerName(job, definition);
    const look: Look = { job, planned, container, sources: job.configuration.sources() };
    return {
      "/registerTaskDefinition": DEFAULT,
      "/runTask": DEFAULT,
      ...sourceRows(definition, "/registerTaskDefinition", (steps) => ofDefinition(look, steps)),
      ...sourceRows(runTask, "/runTask", (steps) => ofRunTask(look, steps)),
      ...tagRows(look),
      ...namedRow(look),
    };
  };
}

function ofDefinition(look: Look, steps: readonly Step[]): FieldSource {
  const [first, second, ...inner] = steps;
  const { sources } = look;
  const name = memberOf(first);
  if (name === "containerDefinitions" && isFlow(look, second)) {
    const own = ofFlowContainer(look, inner);
    if (own !== null) return own;
  }
  const stated = sources.at("task_definition", steps);
  if (stated !== null) return stated;
  if (name === "family") return BY_OWNER;
  return name === "networkMode" || name === "requiresCompatibilities" ? BY_TYPE : DEFAULT;
}

/** Null: as it was stated. */
function ofFlowContainer(look: Look, inner: readonly Step[]): FieldSource | null {
  const { sources, job: { configuration }, planned: { definition } } = look;
  const [first, second] = inner;
  switch (memberOf(first)) {
    case "name":
      return sources.at("task_definition", containerSteps(look, inner)) ?? sources.at("container_name", []);
    case "cpu":
    case "memory":
      // On EC2 the size of the task is that of the container.
      return sources.at("task_definition", containerSteps(look, inner)) ??
        sources.at("task_definition", inner);
    case "logConfiguration":
      if (configuration.configureCloudwatchLogs !== true) return null;
      return ofLogs(look, inner);
    case "secrets":
      return secretSource(look, second, mappings(mapping(flowContainer(look, definition))["secrets"]));
    default:
      return null;
  }
}

function containerSteps({ container }: Look, inner: readonly Step[]): readonly Step[] {
  return [{ member: "containerDefinitions" }, { index: 0, id: container }, ...inner];
}

function flowContainer({ container }: Look, definition: JsonObject): JsonObject {
  return mappings(definition["containerDefinitions"]).find(({ name }) => name === container) ?? {};
}

function ofLogs({ sources, job }: Look, [, second, third]: readonly Step[]): FieldSource {
  const switched = sources.at("configure_cloudwatch_logs", []) ?? DEFAULT;
  const option = memberOf(third);
  if (memberOf(second) !== "options" || option === null) return switched;
  const options = { member: "options" };
  const own = { member: option };
  const stated = sources.at("cloudwatch_logs_options", [own]) ??
    sources.at("cloudwatch_logs_options", [options, own]) ??
    sources.at("cloudwatch_logs_options", [{ member: "logConfiguration" }, options, own]);
  if (stated !== null) return stated;
  if (option === "awslogs-stream-prefix") return sources.at("cloudwatch_logs_prefix", []) ?? BY_OWNER;
  if (option !== "awslogs-region") return switched;
  return (job.configuration.account?.region ?? null) === null
    ? { from: "platform", name: "region" }
    : sources.at("aws_credentials", []) ?? DEFAULT;
}

function secretSource(
  { sources, job: { configuration } }: Look,
  step: Step | undefined,
  secrets: readonly JsonObject[],
): FieldSource | null {
  const name = step !== undefined && "index" in step ? secrets[step.index]?.["name"] : null;
  if (name === "PREFECT_API_KEY" && configuration.apiKeySecretArn !== null) {
    return sources.at("prefect_api_key_secret_arn", []);
  }
  return name === "PREFECT_API_AUTH_STRING" && configuration.authStringSecretArn !== null
    ? sources.at("prefect_api_auth_string_secret_arn", [])
    : null;
}

function ofRunTask(look: Look, steps: readonly Step[]): FieldSource {
  const { sources } = look;
  const [first, second, third, ...inner] = steps;
  const stated = sources.at("task_run_request", steps);
  switch (memberOf(first)) {
    case "networkConfiguration":
      return ofNetwork(look, steps);
    case "cluster":
      return stated ?? sources.at("cluster", []) ?? DEFAULT;
    case "launchType":
      return stated ?? DEFAULT;
    case "capacityProviderStrategy":
      return stated ?? sources.at("task_run_request", [{ member: "launchType" }]) ?? DEFAULT;
    case "overrides":
      return memberOf(second) === "containerOverrides" && isFlow(look, third)
        ? ofFlowOverride(look, inner) ?? stated ?? DEFAULT
        : stated ?? DEFAULT;
    default:
      return stated ?? DEFAULT;
  }
}

/** Null: as it was stated. */
function ofFlowOverride(
  { sources, job }: Look,
  [first, second, third]: readonly Step[],
): FieldSource | null {
  switch (memberOf(first)) {
    case "command":
      return job.configuration.command === null ? DEFAULT : sources.at("command", []);
    case "environment": {
      const name = second !== undefined && "index" in second ? second.id : null;
      if (name === null || !Object.hasOwn(job.configuration.env, name)) return null;
      const source = sources.variable(name);
      return source !== null && memberOf(third) === "name" ? shownAs(source) : source;
    }
    default:
      return null;
  }
}

/** Stated in the configuration, or in the request, or read of a VPC. */
function ofNetwork({ sources, job: { configuration }, planned }: Look, steps: readonly Step[]): FieldSource {
  const [outer, wrapping, ...inner] = steps;
  if (isFilled(configuration.networkConfiguration)) {
    const stated = sources.at("network_configuration", inner) ??
      sources.at("network_configuration", steps.slice(1)) ?? sources.at("network_configuration", steps);
    if (stated !== null) return stated;
  }
  if (outer !== undefined && isFilled(planned.stated.request["networkConfiguration"])) {
    const bare = [outer, ...inner];
    const whole = [outer, ...wrapping === undefined ? [] : [wrapping], ...inner];
    const stated = sources.at("task_run_request", whole) ?? sources.at("task_run_request", bare);
    if (stated !== null) return stated;
  }
  if (memberOf(inner[0]) !== "subnets") return DEFAULT;
  const named = configuration.vpcId === null ? null : sources.at("vpc_id", []);
  if (named === null) return { from: "platform", name: "default VPC" };
  return { ...named, from: "platform", name: `VPC of ${wordsOf(named)}` };
}

/** Labels come from where they were given, under names that AWS does not take. */
function tagRows({ job: { configuration }, planned: { stated, runTask }, sources }: Look) {
  const kept = configuration.autoDeregisterTaskDefinition ? 1 : 0;
  const { tags } = taskTags({ labels: configuration.labels, tags: stated.request["tags"], kept });
  const rows = mappings(runTask["tags"]).flatMap(({ key }, index): [string, FieldSource][] => {
    const given = tags.find((tag) => tag.key === key)?.given ?? "";
    const isLabel = Object.hasOwn(configuration.labels, given);
    const source = isLabel
      ? sources.label(given)
      : sources.at("task_run_request", [{ member: "tags" }, { index, id: given }]);
    if (source === null) return [];
    const pointer = `/runTask/tags/${index}`;
    return [[pointer, source], [`${pointer}/key`, shownAs(source)], [`${pointer}/value`, source]];
  });
  return Object.fromEntries(rows);
}

/** Names of labels and variables are no secrets, wherever their values come from. */
function shownAs({ from, name }: FieldSource): FieldSource {
  return { from, name };
}

/** The definition that RunTask names stands beside the request. */
function namedRow({ sources, planned: { stated } }: Look): Record<string, FieldSource> {
  const source = stated.taskDefinition === undefined
    ? null
    : sources.at("task_run_request", [{ member: "taskDefinition" }]);
  return source === null ? {} : { "/runTask/taskDefinition": source };
}

function memberOf(step: Step | undefined): string | null {
  return step !== undefined && "member" in step ? step.member : null;
}

function isFlow({ container }: Look, step: Step | undefined): boolean {
  return step !== undefined && "index" in step && step.id === container;
}
