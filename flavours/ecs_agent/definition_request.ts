/**
 * The RegisterTaskDefinition request of the `ecs` flavour.
 *
 * @module
 */

import { taskSizes } from "../../schemas/ecs/task_size.ts";
import { type ImageChoice, publishedImage, storageImage } from "../../schemas/prefect1/docker_image.ts";
import { dropNulls } from "./drop_nulls.ts";
import type { EcsOptions } from "./options.ts";
import type { EcsRun } from "./run_config.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import type { Json, JsonObject } from "../../schemas/json/json.ts";
import { filledText, mappings } from "../../schemas/json/shape.ts";
import { FLOW_CONTAINER } from "../../schemas/ecs/flow_container.ts";
import type { FieldSource } from "../../schemas/plan/field_source.ts";
import type { FieldSources, SourcedRequest } from "../../schemas/plan/sourced_request.ts";

/** A template and where it came from. */
export interface Template {
  readonly value: JsonObject;
  readonly source: FieldSource;
  /** It lies where the run says: no message may quote it. */
  readonly namedBy?: "run";
  /** Members that were left out, see `answer_members.ts`. */
  readonly ignored: readonly string[];
}

/** What a definition is made from. */
export interface DefinitionInput {
  readonly run: FlowRun;
  readonly config: EcsRun;
  readonly options: EcsOptions;
  readonly template: Template;
  readonly family: string;
}

/** Tag with the id of the flow. */
export const FLOW_ID_TAG = "prefect:flow-id";

/** Tag with the version of the flow. */
export const FLOW_VERSION_TAG = "prefect:flow-version";

const IMAGE_VARIABLE = "PREFECT__CONTEXT__IMAGE";

const AT = "/registerTaskDefinition";

/**
 * Completes a template: family, tags, the container `flow` with image and environment, amounts as text, execution role
 * and compatibility where the template is silent.
 *
 * @throws {FailureError} `badFlowRun` when the image of Docker storage is incomplete
 * @see Prefect 1.4.1 `ECSAgent.generate_task_definition`; recorded: groups `template`, `image`, `roles`
 */
export function definitionRequest(input: DefinitionInput): SourcedRequest {
  const { template, family, run } = input;
  const containers = flowContainer(input);
  const added = addedMembers(input);
  const tags = flowTags(dropNulls(template.value).tags, run);
  const request = dropNulls({
    ...template.value,
    ...taskSizes(template.value),
    ...added.request,
    family,
    tags: tags.list,
    containerDefinitions: containers.list,
  });
  return {
    request,
    sources: () => ({
      [AT]: template.source,
      [`${AT}/family`]: { from: "flow run", name: "flow" },
      ...tags.sources(),
      ...containers.sources(),
      ...added.sources(),
    }),
  };
}

/** A template as far as it goes without a flow run, for checks at start. */
export function sampleDefinition({ template }: { readonly template: JsonObject }): JsonObject {
  const containerDefinitions = template.containerDefinitions ?? [];
  return dropNulls({ ...template, ...taskSizes(template), family: "sample", containerDefinitions });
}

interface SourcedList {
  readonly list: readonly Json[];
  readonly sources: FieldSources;
}

/** The template's own tags first; those of the same key are replaced, since ECS refuses duplicates (Q-TAG-DUP). */
function flowTags(tags: Json | undefined, run: FlowRun): SourcedList {
  const ours = [{ key: FLOW_ID_TAG, value: run.flow.id }];
  if (run.flow.version !== null) ours.push({ key: FLOW_VERSION_TAG, value: String(run.flow.version) });
  const theirs = mappings(tags).filter((tag) => tag.key !== FLOW_ID_TAG && tag.key !== FLOW_VERSION_TAG);
  const source: FieldSource = { from: "flow run", name: "flow" };
  const sources = () => ours.map((_, index) => [`${AT}/tags/${theirs.length + index}`, source] as const);
  return { list: [...theirs, ...ours], sources: () => Object.fromEntries(sources()) };
}

/** The first container of that exact name is completed; where there is none, a new one follows the others. */
function flowContainer(input: DefinitionInput): SourcedList {
  const containers = [...mappings(input.template.value.containerDefinitions)];
  const found = containers.findIndex(({ name }) => name === FLOW_CONTAINER);
  const at = found < 0 ? containers.length : found;
  const container = containers[at] ?? { name: FLOW_CONTAINER };
  const { image, source } = chooseImage(input, container);
  const environment = [
    { name: IMAGE_VARIABLE, value: image },
    ...mappings(container.environment).filter(({ name }) => name !== IMAGE_VARIABLE),
  ];
  containers[at] = { ...container, image, environment };
  const place = `${AT}/containerDefinitions/${at}`;
  return {
    list: containers,
    sources: () => ({ [`${place}/image`]: source, [`${place}/environment/0`]: source }),
  };
}

function chooseImage({ run, config, template }: DefinitionInput, container: JsonObject): ImageChoice {
  const stored = storageImage(run);
  if (stored !== undefined) return stored;
  if (config.image !== null) return { image: config.image, source: { from: "run config", name: "image" } };
  const image = filledText(container.image);
  return image === undefined ? publishedImage(run) : { image, source: template.source };
}

/** A role that is there, even empty or null, is left alone (Q-EXEC-TEMPLATE; recorded: roles/template-role-null). */
function addedMembers({ template, config, options }: DefinitionInput): SourcedRequest {
  const request: Record<string, Json> = {};
  const sources: Record<string, FieldSource> = {};
  const role = config.executionRoleArn ?? options.executionRoleArn;
  if (!("executionRoleArn" in template.value) && role !== null) {
    request.executionRoleArn = role;
    sources[`${AT}/executionRoleArn`] = config.executionRoleArn === null
      ? options.origins.executionRoleArn
      : { from: "run config", name: "execution_role_arn" };
  }
  if ((template.value.requiresCompatibilities ?? null) === null && options.launchType !== null) {
    request.requiresCompatibilities = [options.launchType];
    sources[`${AT}/requiresCompatibilities`] = options.origins.launchType;
  }
  return { request, sources: () => sources };
}
