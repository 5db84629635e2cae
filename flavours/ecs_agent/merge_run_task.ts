/**
 * How the `run_task` arguments of a run config go over those of the agent.
 *
 * @module
 */

import type { Json, JsonObject } from "../../schemas/json/json.ts";
import { isFilled, mapping, mappings } from "../../schemas/json/shape.ts";

/**
 * Merges RunTask arguments, the second over the first.
 *
 * Top-level members and members of `overrides` replace whole; `containerOverrides` pair by `name` and replace member by
 * member; `launchType` and `capacityProviderStrategy` drop each other. Null or empty `overrides` and
 * `containerOverrides` count as absent.
 *
 * @see Prefect 1.4.1 `prefect.agent.ecs.agent.merge_run_task_kwargs`; recorded: group `merge`
 */
export function mergeRunTask(base: JsonObject, over: JsonObject): JsonObject {
  const { overrides, ...members } = over;
  const merged: JsonObject = { ...without(base, dropped(over)), ...members };
  if (!isFilled(overrides)) return merged;
  return { ...merged, overrides: mergeOverrides(mapping(base.overrides), mapping(overrides)) };
}

/** Presence counts, not truth: an empty strategy removes the launch type (Q-CAP-PRESENCE). */
function dropped(over: JsonObject): readonly string[] {
  const names = [];
  if ("capacityProviderStrategy" in over) names.push("launchType");
  if ("launchType" in over) names.push("capacityProviderStrategy");
  return names;
}

function without(value: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

function mergeOverrides(base: JsonObject, over: JsonObject): JsonObject {
  const { containerOverrides, ...members } = over;
  const merged: JsonObject = { ...base, ...members };
  if (!isFilled(containerOverrides)) return merged;
  return { ...merged, containerOverrides: mergeContainers(base.containerOverrides, containerOverrides) };
}

/** Members of a container, in order. */
type Members = Map<string, Json | undefined>;

/** Indexed by name: work grows with the number of containers and members, not with their product. */
function mergeContainers(base: Json | undefined, over: Json | undefined): Json {
  const merged: Members[] = [];
  const firstOfName = new Map<Json, Members>();
  const add = (container: JsonObject) => {
    const members: Members = new Map(Object.entries(container));
    merged.push(members);
    if (!firstOfName.has(nameOf(container))) firstOfName.set(nameOf(container), members);
  };
  for (const container of mappings(base)) add(container);
  for (const container of mappings(over)) {
    const known = firstOfName.get(nameOf(container));
    if (known === undefined) add(container);
    else for (const [name, member] of Object.entries(container)) known.set(name, member);
  }
  return merged.map((members) => Object.fromEntries(members));
}

/** Two nameless containers pair as well. */
function nameOf({ name }: JsonObject): Json {
  return name ?? null;
}
