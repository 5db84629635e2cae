/**
 * The Job of a flow of Prefect 0.x that has an environment and no run config: the same one for every kind of environment,
 * whose flow process then does what its environment says.
 *
 * @module
 */

import type { Json, JsonObject } from "../../schemas/json/json.ts";
import { isFilled, listItems, mapping, mappings } from "../../schemas/json/shape.ts";
import { CONTAINER_ANNOTATION } from "../../schemas/kubernetes/labels.ts";
import type { FieldSource } from "../../schemas/plan/field_source.ts";
import type { FieldSources } from "../../schemas/plan/sourced_request.ts";
import { environmentImage } from "../../schemas/prefect1/environment_image.ts";
import { flowCommand } from "../../schemas/prefect1/flow_command.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import { checkStorage } from "../../schemas/prefect1/storage_check.ts";
import { pythonRepr } from "../../schemas/python/repr.ts";
import { flowLabels, type PlannedJob, retryMembers, withMarks } from "./job.ts";
import type { KubernetesOptions } from "./options.ts";
import type { JobTemplate } from "./template.ts";

/** What such a Job is made from. */
export interface OldJobInput {
  readonly run: FlowRun;
  readonly environment: JsonObject;
  readonly options: KubernetesOptions;
  readonly template: JobTemplate;
}

/**
 * Fills in the template.
 *
 * @throws {FailureError} `badFlowRun` for an environment or storage that cannot be read, and without an image
 * @see Prefect 0.15.13 `KubernetesAgent.generate_job_spec_from_environment`; recorded: group `environments`
 */
export function oldJob({ run, environment, options, template }: OldJobInput): PlannedJob {
  checkStorage(run);
  const spec = mapping(template.value.spec);
  const pod = mapping(spec.template);
  const podSpec = mapping(pod.spec);
  const [first = {}, ...others] = listItems(podSpec.containers);
  const container = flowContainer({ run, environment, options, template }, mapping(first));
  const labels = flowLabels(run);
  const annotations = { [CONTAINER_ANNOTATION]: container.name };
  return {
    job: {
      ...template.value,
      metadata: withMarks(mapping(template.value.metadata), labels, annotations),
      spec: {
        ...spec,
        ...retryMembers(spec, podSpec.restartPolicy),
        template: {
          ...pod,
          metadata: withMarks(mapping(pod.metadata), { ...options.podLabels, ...labels }, annotations),
          spec: {
            ...withoutPlaceholders(podSpec),
            ...accountMembers(options),
            restartPolicy: podSpec.restartPolicy ?? "Never",
            containers: [container.value, ...others],
          },
        },
      },
    },
    namePrefix: "prefect-job-",
    flowContainer: container.name,
    replaced: undefined,
    sources: () => ({ "/job": template.source, ...accountSources(options), ...container.sources() }),
  };
}

const POD = "/job/spec/template/spec";

/** Old templates held places for what the agent fills in: entries with an empty name. */
function withoutPlaceholders(pod: JsonObject): JsonObject {
  const kept = Object.entries(pod).flatMap(([name, value = null]): (readonly [string, Json])[] => {
    if (name !== "volumes" && name !== "imagePullSecrets") return [[name, value]];
    const items = named(value);
    return items.length === 0 ? [] : [[name, items]];
  });
  return Object.fromEntries(kept);
}

function named(value: Json): readonly Json[] {
  return listItems(value).filter((item) => isFilled(mapping(item).name));
}

function accountMembers({ serviceAccountName, imagePullSecrets }: KubernetesOptions): JsonObject {
  return {
    ...(serviceAccountName === null ? {} : { serviceAccountName }),
    ...(imagePullSecrets.length === 0
      ? {}
      : { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
  };
}

function accountSources(options: KubernetesOptions): Readonly<Record<string, FieldSource>> {
  const given = Object.keys(accountMembers(options));
  const { serviceAccountName, imagePullSecrets } = options.origins;
  return {
    ...(given.includes("serviceAccountName") ? { [`${POD}/serviceAccountName`]: serviceAccountName } : {}),
    ...(given.includes("imagePullSecrets") ? { [`${POD}/imagePullSecrets`]: imagePullSecrets } : {}),
  };
}

interface OldContainer {
  readonly name: string;
  readonly value: JsonObject;
  readonly sources: FieldSources;
}

function flowContainer(input: OldJobInput, given: JsonObject): OldContainer {
  const { run, environment, options, template } = input;
  const { image, source } = environmentImage(run, environment);
  const { pullPolicy, amounts } = options.oldJobs;
  const { volumeMounts, ...kept } = given;
  const mounts = named(volumeMounts ?? null);
  const env = filledVariables(input, mappings(given.env));
  const resources = mapping(given.resources);
  const at = `${POD}/containers/0`;
  return {
    name: String(given.name),
    value: {
      ...kept,
      ...(mounts.length === 0 ? {} : { volumeMounts: mounts }),
      image,
      ...(pullPolicy === null ? {} : { imagePullPolicy: pullPolicy }),
      command: ["/bin/sh", "-c"],
      args: [flowCommand(run.flow.coreVersion)],
      env: env.map(({ entry }) => entry),
      resources: {
        ...resources,
        requests: { ...mapping(resources.requests), ...amounts.requests },
        limits: { ...mapping(resources.limits), ...amounts.limits },
      },
    },
    sources: () => ({
      [at]: template.source,
      [`${at}/image`]: source,
      [`${at}/command`]: { from: "default", name: "fixed by Prefect" },
      [`${at}/args`]: { from: "flow run", name: "core_version" },
      ...(pullPolicy === null
        ? {}
        : { [`${at}/imagePullPolicy`]: { from: "variable", name: "IMAGE_PULL_POLICY" } }),
      ...amountSources(amounts, `${at}/resources`),
      ...Object.fromEntries(env.map((one, index) => [`${at}/env/${index}`, one.source])),
    }),
  };
}

function amountSources(
  amounts: KubernetesOptions["oldJobs"]["amounts"],
  at: string,
): Readonly<Record<string, FieldSource>> {
  const rows = (["requests", "limits"] as const).flatMap((side) =>
    Object.keys(amounts[side]).map((name): readonly [string, FieldSource] => {
      const variable = `JOB_${name === "memory" ? "MEM" : "CPU"}_${side === "limits" ? "LIMIT" : "REQUEST"}`;
      return [`${at}/${side}/${name}`, { from: "variable", name: variable }];
    })
  );
  return Object.fromEntries(rows);
}

interface FilledVariable {
  readonly entry: JsonObject;
  readonly source: FieldSource;
}

/** The first eight by position, the others as they are; of the agent's own variables each stands once (K-ENV-APPENDED). */
function filledVariables(
  { run, options, template }: OldJobInput,
  env: readonly JsonObject[],
): readonly FilledVariable[] {
  const values = positionValues(run, options);
  const filled = env.map((entry, index): FilledVariable => {
    const value = values[index];
    if (value === undefined) return { entry, source: template.source };
    // A reference to a Secret in the place of the token stays.
    if (index === TOKEN_AT && isFilled(entry.valueFrom)) return { entry, source: template.source };
    const { valueFrom: _, ...others } = entry;
    return {
      entry: { ...others, value },
      source: { from: "agent", name: `variable ${index + 1} by position` },
    };
  });
  const own = Object.entries(options.settings.envVars);
  const names = new Set(own.map(([name]) => name));
  return [
    ...filled.filter(({ entry }) => !names.has(String(entry.name))),
    ...own.map(([name, value]): FilledVariable => ({
      entry: { name, value },
      source: { from: "agent", name: "cloud.agent.env_vars" },
    })),
  ];
}

const TOKEN_AT = 1;

function positionValues(run: FlowRun, { settings, cluster }: KubernetesOptions): readonly string[] {
  const { agentToken, credential } = settings;
  const token = agentToken ?? (credential.kind === "token" ? credential.token : null) ??
    (credential.kind === "key" ? credential.key : null);
  return [
    settings.apiUrl,
    token?.reveal() ?? "",
    run.id,
    run.flow.id,
    cluster.namespace,
    pythonRepr(settings.labels),
    String(settings.sendFlowRunLogs),
    settings.runLogLevel,
  ];
}
