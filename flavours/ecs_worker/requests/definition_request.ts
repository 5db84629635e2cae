/**
 * RegisterTaskDefinition of a run.
 *
 * @module
 */

import { badFlowRun } from "../../../schemas/flow_run/bad_flow_run.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { filledText, isFilled, listItems, mappings } from "../../../schemas/json/shape.ts";
import { PREFECT_RELEASE } from "../../../schemas/prefect3/release.ts";
import { fitRequest } from "../../../schemas/ecs/shapes/fit_request.ts";
import { type RegionSource, regionSource } from "../../../schemas/ecs/source.ts";
import { familyOf } from "./family.ts";
import { withFlowContainer } from "./flow_container.ts";
import { type Job, ownerId } from "./job.ts";
import { isOnFargate } from "./launch_type.ts";
import { splitWords } from "./split_words.ts";
import { definitionTags } from "./tags.ts";
import type { Hint } from "../../../schemas/plan/run_plan.ts";

/** Of a container whose template names none. @see https://hub.docker.com/r/prefecthq/prefect */
export const DEFAULT_IMAGE = `prefecthq/prefect:${PREFECT_RELEASE}-python3.11`;

/** Units of CPU and MiB of a task for which no size is given. */
const DEFAULT_SIZE = { cpu: "1024", memory: "2048" } as const;

/** Tags that the platform adds to a definition: the one by which it is found again. */
const KEPT_TAGS = 1;

/** A registration, and what the user should know of it. */
export interface PlannedDefinition {
  readonly request: JsonObject;
  readonly hints: readonly Hint[];
}

/**
 * Completes the definition of the template: image, family, size, logs and secrets.
 *
 * @param launchType as RunTask states it; undefined: it states none
 * @throws {FailureError} `badFlowRun`, naming the member and the accepted values
 */
export function definitionRequest(job: Job, launchType: string | undefined): PlannedDefinition {
  const { run, configuration } = job;
  const { request: given, faults } = fitRequest(
    "RegisterTaskDefinitionRequest",
    configuration.taskDefinition,
    splitWords,
  );
  const [fault] = faults;
  if (fault !== undefined) throw refused(job, "task_definition", faults);
  const size = {
    cpu: filledText(given["cpu"]) ?? DEFAULT_SIZE.cpu,
    memory: filledText(given["memory"]) ?? DEFAULT_SIZE.memory,
  };
  const onFargate = isOnFargate(launchType);
  const containerDefinitions = withFlowContainer(job, given, (container) => {
    const sized = onFargate ? container : { ...numbers(size), ...container };
    return withSecrets(job, withLogs(job, { ...sized, image: container["image"] ?? DEFAULT_IMAGE }));
  });
  const { tags: stated, ...members } = given;
  const { tags, hints } = definitionTags(stated, KEPT_TAGS);
  const request = {
    ...members,
    ...(onFargate ? fargateMembers(given, size) : {}),
    family: familyOf(run, filledText(given["family"])),
    containerDefinitions,
    ...(tags.length === 0 ? {} : { tags: tags.map(({ key, value }) => ({ key, value })) }),
  };
  return { request, hints };
}

/** Faults of one request as the failure of the run. */
export function refused({ run }: Job, request: string, faults: readonly string[]): Error {
  const [first = ""] = faults;
  const at = first.indexOf(" ");
  return badFlowRun(
    run,
    `${request}.${first.slice(0, at)}`,
    [first.slice(at + 1), ...faults.slice(1)].join("; "),
  );
}

function numbers({ cpu, memory }: typeof DEFAULT_SIZE | { cpu: string; memory: string }): JsonObject {
  return { cpu: Number(cpu), memory: Number(memory) };
}

/** Fargate takes sizes of the task, and knows no network mode but `awsvpc`; another one that is stated is refused later. */
function fargateMembers(given: JsonObject, size: JsonObject): JsonObject {
  const compatibilities = listItems(given["requiresCompatibilities"]);
  return {
    ...size,
    networkMode: given["networkMode"] ?? "awsvpc",
    requiresCompatibilities: compatibilities.includes("FARGATE")
      ? compatibilities
      : [...compatibilities, "FARGATE"],
  };
}

function withLogs(job: Job, container: JsonObject): JsonObject {
  const { configuration, run } = job;
  if (configuration.configureCloudwatchLogs !== true) return container;
  const prefix = configuration.cloudwatchLogsPrefix ?? `prefect-logs_${run.pool.name}_${ownerId(run)}`;
  const options = {
    "awslogs-create-group": "true",
    "awslogs-group": "prefect",
    "awslogs-region": regionOf(job),
    "awslogs-stream-prefix": prefix,
    ...optionTexts(configuration.cloudwatchLogsOptions),
  };
  return { ...container, logConfiguration: { logDriver: "awslogs", options } };
}

/** The source that tells the region of the logs; null: it is known, or nothing needs it. */
export function neededRegion(
  { configuration: { account, configureCloudwatchLogs } }: Job,
): RegionSource | null {
  return configureCloudwatchLogs === true && (account === null || account.region === null)
    ? regionSource(account)
    : null;
}

/** Before it was read, it is not known. */
function regionOf(job: Job): string {
  const source = neededRegion(job);
  const reading = source === null ? undefined : job.readings[source.key];
  return job.configuration.account?.region ??
    (reading?.kind === "json" ? filledText(reading.value["region"]) ?? "" : "");
}

/** Options of the log driver as AWS takes them; what is no text, number or switch stays, and the check names it. */
function optionTexts(options: JsonObject): JsonObject {
  const entries = Object.entries(options).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      typeof value === "number" || typeof value === "boolean" ? String(value) : value,
    ]),
  );
}

/** What comes from a secret takes the place of a variable or secret of the same name. */
function withSecrets({ configuration }: Job, container: JsonObject): JsonObject {
  const arns: readonly (readonly [string, string | null])[] = [
    ["PREFECT_API_KEY", configuration.apiKeySecretArn],
    ["PREFECT_API_AUTH_STRING", configuration.authStringSecretArn],
  ];
  const secrets = arns.flatMap(([name, valueFrom]) => valueFrom === null ? [] : [{ name, valueFrom }]);
  if (secrets.length === 0) return container;
  const names = new Set<Json | undefined>(secrets.map(({ name }) => name));
  const without = (list: Json | undefined) => mappings(list).filter(({ name }) => !names.has(name));
  const environment = without(container["environment"]);
  const { environment: _given, ...rest } = container;
  return {
    ...rest,
    ...(isFilled(environment) ? { environment } : {}),
    secrets: [...without(container["secrets"]), ...secrets],
  };
}
