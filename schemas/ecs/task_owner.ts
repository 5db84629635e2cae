/**
 * Whose task a task is. `startedBy` proves nothing: everyone who may start tasks chooses it. What counts is the flow run
 * that the task was started to execute, as its variables or its tag name it.
 *
 * @module
 */

import type { Json, JsonObject } from "../json/json.ts";
import { listItems, mapping, mappings } from "../json/shape.ts";
import { FLOW_CONTAINER } from "./flow_container.ts";

/** The variable that tells a flow's container which flow run it executes. */
export const FLOW_RUN_VARIABLE = "PREFECT__CONTEXT__FLOW_RUN_ID";

/** The same variable in tasks of Prefect 3, where the flow's container has a name of the user's choice. */
export const WORKER_RUN_VARIABLE = "PREFECT__FLOW_RUN_ID";

/** The tag with the id of the flow run, on tasks whose `startedBy` is of the run's own choice. */
export const FLOW_RUN_TAG = "prefect-agent:flow-run";

/** The tag that workers of Prefect 3 give every task. @see recorded: tests/golden/prefect3, tags of RunTask */
export const WORKER_RUN_TAG = "prefect.io/flow-run-id";

/** What DescribeTasks tells of a task's origin. */
export interface TaskOrigin {
  readonly overrides: Json | undefined;
  /** A list of `{ key, value }`. */
  readonly tags: Json | undefined;
}

/**
 * The flow run that a task executes: by the variable in the override of the container `flow`, or Prefect 3's
 * variable in that of any container, else by the tag.
 *
 * @returns null when neither names a flow run, or when the variable is there with several values
 */
export function flowRunOf({ overrides, tags }: TaskOrigin): string | null {
  const named = new Set(mappings(mapping(overrides).containerOverrides).flatMap(namedByContainer));
  if (named.size > 1) return null;
  const [byVariable] = named;
  return byVariable ?? namedByTag(tags);
}

function namedByContainer({ name, environment }: JsonObject): readonly string[] {
  const variables = name === FLOW_CONTAINER
    ? [FLOW_RUN_VARIABLE, WORKER_RUN_VARIABLE]
    : [WORKER_RUN_VARIABLE];
  return mappings(environment).flatMap(({ name, value }) =>
    typeof name === "string" && variables.includes(name) && typeof value === "string" ? [value] : []
  );
}

function namedByTag(tags: Json | undefined): string | null {
  const named = (wanted: string) => mappings(tags).find(({ key }) => key === wanted)?.value;
  const value = named(FLOW_RUN_TAG) ?? named(WORKER_RUN_TAG);
  return typeof value === "string" && value !== "" ? value : null;
}

/** Tags with the one of the flow run in place of one that has its key. @param tags the user's; absent: none */
export function withFlowRunTag(tags: Json | undefined, runId: string): readonly Json[] {
  const kept = listItems(tags).filter((tag) => mapping(tag).key !== FLOW_RUN_TAG);
  return [...kept, { key: FLOW_RUN_TAG, value: runId }];
}
