/**
 * The two AWS requests of a flow run of the Fargate agent, each with the origin of its fields.
 *
 * @module
 */

import type { FargateOptions } from "./options.ts";
import { shortFlowId } from "./family.ts";
import { fargateCommand, fargateImage } from "./image.ts";
import type { Kwargs } from "./kwargs.ts";
import { containerVariable } from "./kwarg_rows.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import type { Json, JsonObject } from "../../schemas/json/json.ts";
import { isFilled } from "../../schemas/json/shape.ts";
import { FLOW_CONTAINER } from "../../schemas/ecs/flow_container.ts";
import { isRevisionTag, revisionTags } from "../../schemas/ecs/revision_tags.ts";
import type { FieldSource } from "../../schemas/plan/field_source.ts";
import type { SourcedRequest } from "../../schemas/plan/sourced_request.ts";
import { definitionEnvironment, type EnvironmentEntry, runEnvironment } from "./environment.ts";

/** What both requests are made from. */
export interface RequestInput {
  readonly run: FlowRun;
  readonly options: FargateOptions;
  /** The agent's arguments with those of the external file over them. */
  readonly kwargs: Kwargs;
}

const CONTAINER_AT = "/registerTaskDefinition/containerDefinitions/0";
const OVERRIDE_AT = "/runTask/overrides/containerOverrides/0";
const AGENT: FieldSource = { from: "agent", name: "fixed" };

/**
 * RegisterTaskDefinition of a flow run.
 *
 * @throws {FailureError} `badFlowRun` when the run has no usable image
 * @see Prefect 0.15.13 agent/fargate/agent.py; recorded: agent_init, task_revisions
 */
export function definitionRequest(input: RequestInput, family: string): SourcedRequest {
  const { options, kwargs, run } = input;
  const container = containerOf(input);
  const request = definitionOf(options, kwargs, { family, container: container.request });
  const tagged = options.enableTaskRevisions
    ? {
      ...request,
      tags: revisionTags(kwargs.definition.tags, { id: shortFlowId(run.flow), version: run.flow.version }),
    }
    : request;
  const named: FieldSource = {
    from: "flow run",
    name: options.enableTaskRevisions ? "flow.name" : "flow.id",
  };
  return {
    request: tagged,
    sources: () => ({
      ...kwargSources("/registerTaskDefinition", Object.keys(tagged), kwargs),
      ...(options.enableTaskRevisions ? tagSources(tagged.tags, kwargs) : {}),
      "/registerTaskDefinition/family": named,
      ...launchSource(options, "/registerTaskDefinition/requiresCompatibilities"),
      ...container.sources(),
    }),
  };
}

/** The definition around a container; used by `validate` as well. */
export function definitionOf(
  options: FargateOptions,
  kwargs: Kwargs,
  { family, container }: { readonly family: string; readonly container: JsonObject },
): JsonObject {
  return {
    family,
    networkMode: "awsvpc",
    ...kwargs.definition,
    containerDefinitions: [container],
    ...(options.launchType === null ? {} : { requiresCompatibilities: [options.launchType] }),
  };
}

/** RunTask without `taskDefinition` and `clientToken`. */
export function runRequest({ run, options, kwargs }: RequestInput): SourcedRequest {
  const environment = runEnvironment(run, options, kwargs);
  const override = { name: FLOW_CONTAINER, environment: environment.map(({ entry }) => entry) };
  return {
    request: runOf(options, kwargs, [override]),
    sources: () => ({
      ...kwargSources("/runTask", Object.keys(kwargs.run), kwargs),
      ...launchSource(options, "/runTask/launchType"),
      [`${OVERRIDE_AT}/name`]: AGENT,
      ...entrySources(OVERRIDE_AT, environment),
    }),
  };
}

/** RunTask with the given overrides; used by `validate` as well. */
export function runOf(
  options: FargateOptions,
  kwargs: Kwargs,
  containerOverrides: readonly Json[],
): JsonObject {
  const launch = options.launchType === null ? {} : { launchType: options.launchType };
  return { overrides: { containerOverrides }, ...kwargs.run, ...launch };
}

/** Members of the container that are set only where they are not empty. */
export function filledMembers(container: JsonObject): JsonObject {
  const members = ["secrets", "mountPoints", "logConfiguration", "repositoryCredentials"];
  return Object.fromEntries(
    members.filter((name) => isFilled(container[name])).map((name) => [name, container[name]]),
  );
}

function containerOf({ run, options, kwargs }: RequestInput): SourcedRequest {
  const { image, source } = fargateImage(run);
  const environment = definitionEnvironment(options, kwargs);
  const own = filledMembers(kwargs.container);
  const ownSources = () =>
    Object.keys(own).map((name) =>
      [`${CONTAINER_AT}/${name}`, kwargs.sources[containerVariable(name)] ?? AGENT] as const
    );
  return {
    request: {
      name: FLOW_CONTAINER,
      image,
      command: ["/bin/sh", "-c", fargateCommand(run.flow.coreVersion)],
      environment: environment.map(({ entry }) => entry),
      essential: true,
      ...own,
    },
    sources: () => ({
      [`${CONTAINER_AT}/name`]: AGENT,
      [`${CONTAINER_AT}/image`]: source,
      [`${CONTAINER_AT}/command`]: { from: "flow run", name: "flow.core_version" },
      [`${CONTAINER_AT}/essential`]: AGENT,
      ...entrySources(CONTAINER_AT, environment),
      ...Object.fromEntries(ownSources()),
    }),
  };
}

function entrySources(at: string, entries: readonly EnvironmentEntry[]): Record<string, FieldSource> {
  return Object.fromEntries(entries.map(({ source }, index) => [`${at}/environment/${index}`, source]));
}

function kwargSources(at: string, names: readonly string[], kwargs: Kwargs): Record<string, FieldSource> {
  const fallback: FieldSource = { from: "default", name: "Fargate agent" };
  const shown = names.filter((name) => name !== "containerDefinitions");
  return Object.fromEntries(shown.map((name) => [`${at}/${name}`, kwargs.sources[name] ?? fallback]));
}

function tagSources(tags: Json | undefined, kwargs: Kwargs): Record<string, FieldSource> {
  const own: FieldSource = { from: "flow run", name: "flow" };
  const given = kwargs.sources.tags ?? own;
  if (!Array.isArray(tags)) return {};
  return Object.fromEntries(
    tags.map((
      tag: Json,
      index,
    ) => [`/registerTaskDefinition/tags/${index}`, isRevisionTag(tag) ? own : given]),
  );
}

function launchSource(options: FargateOptions, at: string): Record<string, FieldSource> {
  return options.launchType === null ? {} : { [at]: options.launchTypeSource };
}
