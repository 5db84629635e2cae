/**
 * What RunTask takes, what it refuses, and where a task goes.
 *
 * @see "RunTask", Amazon ECS API reference; "Amazon ECS service quotas"
 * @module
 */

import * as v from "valibot";
import { clientException, invalidParameter } from "./error.ts";
import { overridesSchema } from "./overrides.ts";
import { type Definition, tagSchema, type TaskRecord } from "./records.ts";
import { checkTags } from "./tags.ts";
import { cpuUnits, isFargateSize, memoryMiB } from "./fargate_sizes.ts";

const MAX_OVERRIDES = 8192;

/** RunTask: the members that are looked at. */
export const runTaskSchema = v.looseObject({
  taskDefinition: v.optional(v.string(), ""),
  cluster: v.optional(v.string()),
  clientToken: v.optional(v.string()),
  count: v.optional(v.number(), 1),
  group: v.optional(v.string()),
  startedBy: v.optional(v.string()),
  launchType: v.optional(v.string()),
  platformVersion: v.optional(v.string()),
  propagateTags: v.optional(v.string()),
  capacityProviderStrategy: v.optional(
    v.array(v.looseObject({ capacityProvider: v.string(), weight: v.optional(v.number(), 0) })),
    [],
  ),
  networkConfiguration: v.optional(v.looseObject({
    awsvpcConfiguration: v.optional(v.looseObject({
      subnets: v.optional(v.array(v.string()), []),
      securityGroups: v.optional(v.array(v.string()), []),
    })),
  })),
  overrides: v.optional(overridesSchema, {}),
  placementConstraints: v.optional(v.array(v.unknown()), []),
  placementStrategy: v.optional(v.array(v.unknown()), []),
  tags: v.optional(v.array(tagSchema), []),
});

/** A parsed RunTask request. */
export type RunTaskInput = v.InferOutput<typeof runTaskSchema>;

/** Where a task goes and how large it is. */
export type Placement = Pick<
  TaskRecord,
  "launchType" | "capacityProvider" | "platformVersion" | "cpu" | "memory"
>;

const text = v.optional(v.nullable(v.string()), null);
const sizesSchema = v.object({
  cpu: text,
  memory: text,
  networkMode: text,
  compatibilities: v.optional(v.array(v.string()), []),
});

/** The place that a request asks for. */
export function placementOf(input: RunTaskInput, definition: Definition): Placement {
  const sizes = v.parse(sizesSchema, definition.body);
  const [first] = input.capacityProviderStrategy.toSorted((one, other) => other.weight - one.weight);
  const provider = first?.capacityProvider ?? null;
  const onFargate = provider === null ? input.launchType === "FARGATE" : provider.startsWith("FARGATE");
  return {
    launchType: onFargate ? "FARGATE" : input.launchType ?? "EC2",
    capacityProvider: provider,
    platformVersion: onFargate ? (input.platformVersion ?? "LATEST").replace("LATEST", "1.4.0") : null,
    cpu: input.overrides.cpu ?? sizes.cpu,
    memory: input.overrides.memory ?? sizes.memory,
  };
}

function checkLimits(input: RunTaskInput): void {
  if (input.taskDefinition === "") throw clientException("TaskDefinition can not be blank.");
  const { count, startedBy, clientToken } = input;
  if (!Number.isInteger(count) || count < 1) throw invalidParameter("count must be at least 1.");
  if (count > 10) throw invalidParameter("count cannot be greater than 10.");
  if (startedBy !== undefined && !/^[A-Za-z0-9_/-]{0,128}$/.test(startedBy)) {
    throw invalidParameter(
      "startedBy must have at most 128 letters, digits, hyphens, slashes and underscores.",
    );
  }
  if (clientToken !== undefined && !/^[\x21-\x7e]{1,64}$/.test(clientToken)) {
    throw invalidParameter("clientToken must have 1 to 64 ASCII characters between 33 and 126.");
  }
  if (input.placementConstraints.length > 10) throw invalidParameter("Too many placement constraints.");
  if (input.placementStrategy.length > 5) throw invalidParameter("Too many placement strategies.");
  if (input.capacityProviderStrategy.length > 20) throw invalidParameter("Too many capacity providers.");
  checkTags(input.tags);
}

function checkOverrides({ overrides }: RunTaskInput, definition: Definition): void {
  if (JSON.stringify(overrides).length > MAX_OVERRIDES) {
    throw invalidParameter(`Container Overrides length must be at most ${MAX_OVERRIDES}`);
  }
  const names = definition.body.containerDefinitions.map((each) => each.name);
  for (const { name } of overrides.containerOverrides) {
    if (names.includes(name)) continue;
    throw invalidParameter(`Override for container named ${name} is not a container in the TaskDefinition.`);
  }
  if (overrides.cpu !== undefined && cpuUnits(overrides.cpu) === null) {
    throw invalidParameter("Invalid 'cpu' setting for task.");
  }
  if (overrides.memory !== undefined && memoryMiB(overrides.memory) === null) {
    throw invalidParameter("Invalid 'memory' setting for task.");
  }
}

function checkNetwork(input: RunTaskInput, networkMode: string | null): void {
  const network = input.networkConfiguration?.awsvpcConfiguration;
  if (networkMode === "awsvpc" && network === undefined) {
    throw invalidParameter(
      "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    );
  }
  if (networkMode !== "awsvpc" && network !== undefined) {
    throw invalidParameter(
      "Network Configuration is not valid for the given networkMode of this task definition.",
    );
  }
  if (network === undefined) return;
  if (network.subnets.length === 0) throw invalidParameter("subnets can not be empty.");
  if (network.subnets.length > 16) throw invalidParameter("subnets can have at most 16 items.");
  if (network.securityGroups.length > 5) throw invalidParameter("securityGroups can have at most 5 items.");
}

function checkFargate(placement: Placement, supported: readonly string[]): void {
  if (placement.launchType !== "FARGATE") return;
  if (!supported.includes("FARGATE")) {
    throw invalidParameter("Task definition does not support launch_type FARGATE.");
  }
  const cpu = cpuUnits(placement.cpu ?? "");
  const memory = memoryMiB(placement.memory ?? "");
  if (cpu === null || memory === null || !isFargateSize(cpu, memory)) {
    throw invalidParameter("No Fargate configuration exists for given values.");
  }
}

/** Checks a request against the rules of ECS. @throws {AwsError} */
export function checkRunTask(input: RunTaskInput, definition: Definition): void {
  checkLimits(input);
  if (input.launchType !== undefined && input.capacityProviderStrategy.length > 0) {
    throw invalidParameter("Specifying both a launch type and capacity provider strategy is not supported.");
  }
  const { networkMode, compatibilities } = v.parse(sizesSchema, definition.body);
  checkOverrides(input, definition);
  checkNetwork(input, networkMode);
  checkFargate(placementOf(input, definition), compatibilities);
}
