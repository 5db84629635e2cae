/**
 * What AWS tells in the recorded cases of the Prefect 3 worker, and how their requests are compared.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { isList, listItems, mapping, mappings } from "../../../schemas/json/shape.ts";
import type { Reading, Readings, Source } from "../../../schemas/plan/source.ts";
import { isEcsSource } from "../../../schemas/ecs/source.ts";
import type { GoldenCase } from "./golden_run.ts";

/** What reading sources from AWS gives in a case; sources of other kinds are left out. */
export function awsReadings({ aws_before: before }: GoldenCase, sources: readonly Source[]): Readings {
  const readings: Record<string, Reading> = {};
  for (const source of sources.filter(isEcsSource)) {
    if (source.kind === "taskDefinition") readings[source.key] = describedDefinition(before, source.name);
    if (source.kind === "vpcNetwork") readings[source.key] = vpc(before, source.vpcId);
    if (source.kind === "awsRegion") {
      readings[source.key] = { kind: "json", value: { region: before.region ?? "" } };
    }
  }
  return readings;
}

function describedDefinition(before: JsonObject, name: string): Reading {
  const found = mappings(before.task_definitions).findLast(({ taskDefinitionArn, family, revision }) =>
    [taskDefinitionArn, family, `${family}:${revision}`].includes(name)
  );
  return found === undefined
    ? { kind: "absent", message: "ECS: ClientException: Unable to describe task definition." }
    : { kind: "json", value: found };
}

function vpc(before: JsonObject, id: string | null): Reading {
  const found = mappings(before.vpcs).find(({ VpcId, IsDefault }) => id === null ? IsDefault : VpcId === id);
  if (found === undefined || before.empty_vpcs === true) {
    return { kind: "absent", message: `EC2: InvalidVpcID.NotFound: The vpc ID '${id}' does not exist` };
  }
  const subnets = mappings(before.subnets).filter(({ VpcId }) => VpcId === found.VpcId);
  return {
    kind: "json",
    value: { vpcId: found.VpcId ?? "", subnets: subnets.map(({ SubnetId }) => SubnetId ?? "") },
  };
}

/** AWS sees null and what is empty as absent. */
function withoutEmpty(value: Json | undefined): Json | undefined {
  if (isList(value)) return value.map((item) => withoutEmpty(item) ?? null);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).flatMap(([name, member]) => {
    const kept = withoutEmpty(member);
    const isEmpty = kept === undefined || kept === null ||
      (typeof kept === "object" && Object.keys(kept).length === 0);
    return isEmpty ? [] : [[name, kept] as const];
  });
  return Object.fromEntries(entries);
}

/** The original adds it for Prefect Cloud's addresses; the runner takes both. */
const CLOUD_ONLY = "PREFECT_LOGGING_TO_API_MAX_LOG_SIZE=25000";

function rows(list: Json | undefined, key: string, value: string): readonly string[] {
  return mappings(list).map((row) => `${row[key]}=${row[value] ?? ""}`).filter((row) => row !== CLOUD_ONLY)
    .sort();
}

/** A registration as the runner of the recorded cases compares it. */
export function comparableDefinition(request: JsonObject): JsonObject {
  const { tags, containerDefinitions, ...rest } = mapping(withoutEmpty(request));
  const containers = mappings(containerDefinitions).map((container) => ({
    ...container,
    ...(container.environment === undefined
      ? {}
      : { environment: rows(container.environment, "name", "value") }),
    ...(container.secrets === undefined ? {} : { secrets: rows(container.secrets, "name", "valueFrom") }),
    image: /^prefecthq\/prefect:3[.\w-]*$/.test(String(container.image))
      ? "prefecthq/prefect:3…"
      : container.image,
  }));
  return {
    ...rest,
    containerDefinitions: containers,
    ...(tags === undefined ? {} : { tags: rows(tags, "key", "value") }),
  };
}

/** RunTask likewise. */
export function comparableRunTask(request: JsonObject): JsonObject {
  const { clientToken: _token, taskDefinition: _definition, tags, overrides, ...rest } = mapping(
    withoutEmpty(request),
  );
  const { count, cluster, capacityProviderStrategy, ...others } = rest;
  const { containerOverrides, ...sizes } = mapping(overrides);
  const containers = mappings(containerOverrides).map((container) => ({
    ...container,
    ...(container.environment === undefined
      ? {}
      : { environment: rows(container.environment, "name", "value") }),
  }));
  const strategy = listItems(capacityProviderStrategy).map((item) =>
    Object.fromEntries(Object.entries(mapping(item)).filter(([, value]) => value !== 0))
  );
  return {
    ...others,
    ...(count === undefined || count === 1 ? {} : { count }),
    ...(cluster === undefined || cluster === "default" ? {} : { cluster }),
    ...(strategy.length === 0 ? {} : { capacityProviderStrategy: strategy }),
    overrides: { ...sizes, ...(containers.length === 0 ? {} : { containerOverrides: containers }) },
    tags: rows(tags, "key", "value").map((tag) => tag.replace(/^(prefect\.io\/version)=.+$/, "$1=…")),
  };
}
