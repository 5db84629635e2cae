/**
 * The Job of one flow run, as the `kubernetes` flavour plans it.
 *
 * @module
 */

import type { Json, JsonObject } from "../../schemas/json/json.ts";
import { escapedName } from "../../schemas/json/pointer.ts";
import { filledText, isFilled, listItems, mapping, mappings } from "../../schemas/json/shape.ts";
import {
  CONTAINER_ANNOTATION,
  FLOW_LABEL,
  FLOW_RUN_LABEL,
  IDENTIFIER_LABEL,
} from "../../schemas/kubernetes/labels.ts";
import { MOST_PREFIX } from "../../schemas/kubernetes/plan.ts";
import type { FieldSource } from "../../schemas/plan/field_source.ts";
import type { FieldSources } from "../../schemas/plan/sourced_request.ts";
import { type ImageChoice, publishedImage, storageImage } from "../../schemas/prefect1/docker_image.ts";
import { flowCommand } from "../../schemas/prefect1/flow_command.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import { flowArguments, replacedArguments } from "./flow_arguments.ts";
import type { KubernetesOptions } from "./options.ts";
import type { KubernetesRun } from "./run_config.ts";
import type { JobTemplate } from "./template.ts";
import { flowVariables } from "./variables.ts";

/** What a Job is made from. */
export interface JobInput {
  readonly run: FlowRun;
  readonly config: KubernetesRun;
  readonly options: KubernetesOptions;
  readonly template: JobTemplate;
}

/** A Job without what only its launch knows. */
export interface PlannedJob {
  readonly job: JsonObject;
  readonly namePrefix: string;
  readonly flowContainer: string;
  readonly sources: FieldSources;
  /** What is told of arguments of the template that are replaced. */
  readonly replaced: string | undefined;
}

/** Place of the pod in the pointers of a plan's sources. */
const POD = "/job/spec/template/spec";

/**
 * Completes a template: name, labels, account, pull secrets, policies, and in its first container image, arguments,
 * amounts and variables; everything else stays.
 *
 * @throws {FailureError} `badFlowRun` when the image of Docker storage is incomplete
 * @see Prefect 1.4.1 `KubernetesAgent.generate_job_spec_from_run_config`; recorded: groups `template` and `accounts`
 */
export function runJob(input: JobInput): PlannedJob {
  const { template } = input;
  const metadata = mapping(template.value.metadata);
  const spec = mapping(template.value.spec);
  const pod = mapping(spec.template);
  const podSpec = mapping(pod.spec);
  const container = flowContainer(input, mappings(podSpec.containers)[0] ?? {});
  const own = podMembers(input, podSpec);
  const labels = flowLabels(input.run);
  const annotations = { [CONTAINER_ANNOTATION]: container.name };
  const podLabels = { ...agentLabels(input, mapping(mapping(pod.metadata).labels)), ...labels };
  const others = listItems(podSpec.containers).slice(1);
  return {
    job: {
      apiVersion: "batch/v1",
      kind: "Job",
      ...template.value,
      metadata: withMarks(metadata, labels, annotations),
      spec: {
        ...spec,
        ...retryMembers(spec, podSpec.restartPolicy),
        template: {
          ...pod,
          metadata: withMarks(mapping(pod.metadata), podLabels, annotations),
          spec: { ...podSpec, ...own.members, containers: [container.value, ...others] },
        },
      },
    },
    namePrefix: namePrefix(filledText(metadata.name)),
    flowContainer: container.name,
    replaced: container.replaced,
    sources: () => ({
      "/job": template.source,
      ...markSources("/job/metadata", labels, RUN),
      [`/job/metadata/annotations/${OWN_MARK}`]: MARK,
      [`/job/spec/template/metadata/annotations/${OWN_MARK}`]: MARK,
      ...markSources("/job/spec/template/metadata", input.options.podLabels, POD_LABELS),
      ...markSources("/job/spec/template/metadata", labels, RUN),
      ...((spec.backoffLimit ?? null) === null && podSpec.restartPolicy !== "OnFailure"
        ? { "/job/spec/backoffLimit": ONCE }
        : {}),
      ...own.sources,
      ...container.sources(),
    }),
  };
}

const RUN: FieldSource = { from: "flow run", name: "id" };
const OWN_MARK = escapedName(CONTAINER_ANNOTATION);
const MARK: FieldSource = { from: "default", name: "which container runs the flow" };
const POD_LABELS: FieldSource = { from: "flag", name: "--pod-label" };
const ONCE: FieldSource = { from: "default", name: "a flow run is executed once" };

/** Labels by which Jobs and pods of a run are found; the launch adds the identifier. */
export function flowLabels(run: FlowRun): Readonly<Record<string, string>> {
  return { [FLOW_RUN_LABEL]: run.id, [FLOW_LABEL]: run.flow.id };
}

/** The agent's labels for pods; a template that a run brings along says its own. */
function agentLabels({ options: { podLabels }, template }: JobInput, given: JsonObject): JsonObject {
  if (template.of === "agent") return podLabels;
  return Object.fromEntries(Object.entries(podLabels).filter(([name]) => given[name] === undefined));
}

/** Labels and annotations in place of the template's; the identifier of a template says nothing about this Job. */
export function withMarks(metadata: JsonObject, labels: JsonObject, annotations: JsonObject): JsonObject {
  const { [IDENTIFIER_LABEL]: _, ...kept } = mapping(metadata.labels);
  const { name: __, ...members } = metadata;
  return {
    ...members,
    labels: { ...kept, ...labels },
    annotations: { ...mapping(metadata.annotations), ...annotations },
  };
}

/** @see recorded: template/named-long, template/named-cut-at-dash */
function namePrefix(name = "prefect-job"): string {
  // A dot before a dash would end a part of the name with nothing.
  return `${name.slice(0, MOST_PREFIX - 1).replace(/\.+$/, "")}-`;
}

/** A flow run is executed once, unless the template wants more; restarts in place need more than 0 to mean anything. */
export function retryMembers(
  { backoffLimit = null }: JsonObject,
  restartPolicy: Json | undefined,
): JsonObject {
  return backoffLimit !== null || restartPolicy === "OnFailure" ? {} : { backoffLimit: 0 };
}

interface PodMembers {
  readonly members: JsonObject;
  readonly sources: Readonly<Record<string, FieldSource>>;
}

/** Account and pull secrets: the run config's, those of a run's template, the agent's, those of the agent's template. */
function podMembers({ config, options, template }: JobInput, pod: JsonObject): PodMembers {
  const members: Record<string, Json> = { restartPolicy: pod.restartPolicy ?? "Never" };
  const sources: Record<string, FieldSource> = {};
  const isOwn = (name: string) => template.of === "run" && isFilled(pod[name]);
  if (config.serviceAccountName !== null) {
    members.serviceAccountName = config.serviceAccountName;
    sources[`${POD}/serviceAccountName`] = { from: "run config", name: "service_account_name" };
  } else if (!isOwn("serviceAccountName") && options.serviceAccountName !== null) {
    members.serviceAccountName = options.serviceAccountName;
    sources[`${POD}/serviceAccountName`] = options.origins.serviceAccountName;
  }
  const named = (names: readonly string[]) => names.map((name) => ({ name }));
  if (config.imagePullSecrets.length > 0) {
    members.imagePullSecrets = named(config.imagePullSecrets);
    sources[`${POD}/imagePullSecrets`] = { from: "run config", name: "image_pull_secrets" };
  } else if (!isOwn("imagePullSecrets") && options.imagePullSecrets.length > 0) {
    members.imagePullSecrets = named(options.imagePullSecrets);
    sources[`${POD}/imagePullSecrets`] = options.origins.imagePullSecrets;
  }
  return { members, sources };
}

interface FlowContainer {
  readonly name: string;
  readonly value: JsonObject;
  readonly replaced: string | undefined;
  readonly sources: FieldSources;
}

function flowContainer(input: JobInput, given: JsonObject): FlowContainer {
  const { run, config, options: { settings }, template } = input;
  const { image, source } = chooseImage(input, given);
  const args = flowArguments(given, flowCommand(run.flow.coreVersion));
  const resources = withAmounts(mapping(given.resources), config);
  const variables = flowVariables({
    run,
    config,
    settings,
    image,
    template: mappings(given.env),
    templateSource: template.source,
  });
  const policy = config.imagePullPolicy === null ? {} : { imagePullPolicy: config.imagePullPolicy };
  const at = `${POD}/containers/0`;
  return {
    name: String(given.name),
    value: { ...given, image, ...policy, args, env: variables.map(({ entry }) => entry), resources },
    replaced: replacedArguments(given, args),
    sources: () => ({
      [`${at}/image`]: source,
      [`${at}/args`]: argumentsSource(args, given),
      ...(config.imagePullPolicy === null
        ? {}
        : { [`${at}/imagePullPolicy`]: { from: "run config", name: "image_pull_policy" } }),
      ...amountSources(config, `${at}/resources`),
      ...Object.fromEntries(variables.map((one, index) => [`${at}/env/${index}`, one.source])),
    }),
  };
}

function argumentsSource(args: readonly string[], { command }: JsonObject): FieldSource {
  if (!isFilled(command)) return { from: "flow run", name: "core_version" };
  const form = args.length === 1
    ? "one text, since the command ends in a shell's -c"
    : "words, since the command does not end in a shell's -c";
  return { from: "flow run", name: `core_version; ${form}` };
}

function chooseImage({ run, config, template }: JobInput, container: JsonObject): ImageChoice {
  const stored = storageImage(run);
  if (stored !== undefined) return stored;
  if (config.image !== null) return { image: config.image, source: { from: "run config", name: "image" } };
  const image = filledText(container.image);
  return image === undefined ? publishedImage(run) : { image, source: template.source };
}

const SIDES = ["requests", "limits"] as const;

function withAmounts(given: JsonObject, { resources }: KubernetesRun): JsonObject {
  const sides = SIDES.map((side) => [side, { ...mapping(given[side]), ...resources[side] }] as const);
  return { ...given, ...Object.fromEntries(sides) };
}

function amountSources({ resources }: KubernetesRun, at: string): Readonly<Record<string, FieldSource>> {
  const rows = SIDES.flatMap((side) =>
    Object.keys(resources[side]).map((name): readonly [string, FieldSource] => [
      `${at}/${side}/${name}`,
      { from: "run config", name: `${name}_${side.slice(0, -1)}` },
    ])
  );
  return Object.fromEntries(rows);
}

function markSources(
  at: string,
  labels: Readonly<Record<string, string>>,
  source: FieldSource,
): Readonly<Record<string, FieldSource>> {
  return Object.fromEntries(Object.keys(labels).map((name) => [`${at}/labels/${escapedName(name)}`, source]));
}
