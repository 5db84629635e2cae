/**
 * Where the tasks of a run are in ECS, packed into the place that the agent keeps without reading it.
 *
 * @module
 */

import type { TaskPlace, TasksOfRun } from "../contracts/platform.ts";
import { isJsonObject, type Json } from "../json/json.ts";
import type { LaunchPlan } from "./launch_plan.ts";
import { type LogSource, logSources } from "./log_places.ts";

/** What a place holds for ECS. */
type EcsDetail = {
  /** Null: the account's cluster named `default`. */
  readonly cluster: string | null;
  readonly logs: readonly LogSource[];
};

/** Where the task of a planned run is. A `startedBy` of the user's own is common to many runs and tells none apart. */
export function taskPlace(
  { definition, runTask, taskLabel, clusterText }: LaunchPlan,
  runId: string,
): TaskPlace {
  const cluster = runTask["cluster"];
  const detail: EcsDetail = {
    cluster: typeof cluster === "string" && cluster !== "" ? cluster : null,
    logs: logSources(definition),
  };
  const place = { canList: (runTask["startedBy"] ?? runId) === runId, label: taskLabel, detail };
  return clusterText === undefined ? place : { ...place, scope: clusterText };
}

/** Where the task of a run that cannot be planned most likely is. @param cluster null: `default` */
export function unplannedPlace(cluster: string | null): TaskPlace {
  const detail: EcsDetail = { cluster, logs: [] };
  return { canList: true, label: "Task", detail };
}

/** Where a task is that nobody here has launched. */
export function strayPlace(cluster: string | null, logs: readonly LogSource[]): TaskPlace {
  const detail: EcsDetail = { cluster, logs };
  return { canList: false, label: "Task", detail };
}

/**
 * Cluster of a run's tasks; null: `default`. New task ARNs name their cluster, old ones do not.
 *
 * @see "ECS account settings", long ARN format
 */
export function clusterOfTasks({ taskId, place }: Pick<TasksOfRun, "taskId" | "place">): string | null {
  return (taskId === null ? undefined : LONG_ARN.exec(taskId)?.[1]) ?? clusterOf(place);
}

const LONG_ARN = /^(?:[^:]*:){5}task\/([^/]*)\//;

function clusterOf({ detail }: TaskPlace): string | null {
  const cluster = isJsonObject(detail) ? detail["cluster"] : null;
  return typeof cluster === "string" ? cluster : null;
}

/** Where containers of a place log. */
export function logSourcesOf({ detail }: TaskPlace): readonly LogSource[] {
  const logs = isJsonObject(detail) ? detail["logs"] : null;
  return Array.isArray(logs) ? logs.flatMap(readSource) : [];
}

function readSource(source: Json): readonly LogSource[] {
  if (!isJsonObject(source)) return [];
  const { container, group, prefix, region = null } = source;
  const isWhole = typeof container === "string" && typeof group === "string" && typeof prefix === "string";
  if (!isWhole) return [];
  return [{ container, group, prefix, region: typeof region === "string" ? region : null }];
}
