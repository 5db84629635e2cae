/**
 * How the `run_task` arguments of a run config go over those of the agent.
 *
 * @module
 */

import type { Json, JsonObject } from "../../schemas/json/json.ts";
import { isFilled, isList, mapping, mappings } from "../../schemas/json/shape.ts";

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

function mergeContainers(base: Json | undefined, over: Json | undefined): Json {
  const merged = isList(base) ? [...mappings(base)] : [];
  for (const container of mappings(over)) {
    const at = merged.findIndex((known) => sameName(known, container));
    if (at < 0) merged.push(container);
    else merged[at] = { ...merged[at], ...container };
  }
  return merged;
}

/** Two nameless containers pair as well. */
function sameName(one: JsonObject, other: JsonObject): boolean {
  return (one.name ?? null) === (other.name ?? null);
}
