/**
 * The container that runs the flow, among those of a task definition.
 *
 * @module
 */

import { badFlowRun } from "../../../schemas/flow_run/bad_flow_run.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { filledText, isList, mappings } from "../../../schemas/json/shape.ts";
import { shortened } from "../../../schemas/options/near_name.ts";
import type { Job } from "./job.ts";

/** Its name where none is given. */
const DEFAULT_NAME = "prefect";

/** The name that was given; else `prefect` where a container has it, else the name of the first container. */
export function flowContainerName({ configuration }: Job, definition: JsonObject): string {
  const names = mappings(definition["containerDefinitions"]).map(({ name }) => filledText(name));
  return configuration.containerName ??
    (names.includes(DEFAULT_NAME) ? DEFAULT_NAME : names[0]) ?? DEFAULT_NAME;
}

/**
 * Containers of a definition with the flow's among them: the one with its name, else the first without a name, else a new one.
 *
 * @param complete adds what the flow's container needs
 * @throws {FailureError} `badFlowRun` where the name that was given is the name of no container
 */
export function withFlowContainer(
  job: Job,
  definition: JsonObject,
  complete: (container: JsonObject) => JsonObject,
): readonly JsonObject[] {
  const stated = definition["containerDefinitions"] ?? [];
  const containers = mappings(stated);
  if (!isList(stated) || containers.length < stated.length) {
    throw badFlowRun(
      job.run,
      "task_definition.containerDefinitions",
      "must be a list of mappings, one for each container",
    );
  }
  const name = flowContainerName(job, definition);
  const named = containers.findIndex((container) => container["name"] === name);
  if (named < 0 && name !== DEFAULT_NAME) throw notFound(job, name, containers);
  const at = named < 0
    ? containers.findIndex((container) => filledText(container["name"]) === undefined)
    : named;
  if (at < 0) return [...containers, complete({ name })];
  return containers.map((container, index) => index === at ? complete({ ...container, name }) : container);
}

function notFound({ run }: Job, name: string, containers: readonly JsonObject[]): Error {
  const names = containers.map((container) => filledText(container["name"])).filter((known) =>
    known !== undefined
  );
  const known = names.length === 0
    ? "which has none with a name"
    : `which has ${names.map(shortened).join(", ")}`;
  return badFlowRun(
    run,
    "container_name",
    `${shortened(name)} is the name of no container of the task definition, ${known}`,
  );
}
