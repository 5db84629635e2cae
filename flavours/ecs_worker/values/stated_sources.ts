/**
 * Where the members of a filled job configuration came from.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { escapedName } from "../../../schemas/json/pointer.ts";
import { isList, mapping } from "../../../schemas/json/shape.ts";
import type { FieldSource } from "../../../schemas/plan/field_source.ts";
import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import type { StatedSources, Step } from "../stated_sources.ts";
import { ownVariables, passedSettings } from "./environment.ts";
import type { Filling } from "./filling.ts";
import { follow, idOf } from "./follow_steps.ts";
import { ownLabels } from "./labels.ts";
import { parsedObject } from "./members.ts";
import { type Origins, together } from "./origins.ts";
import { deploymentOf } from "./variables.ts";

/** A configuration that was filled in with its origins noted. */
export interface NotedFilling {
  readonly filling: Filling;
  readonly values: JsonObject;
  readonly origins: Origins;
}

/** Sources by what is asked for. */
export function statedSources(noted: NotedFilling): StatedSources {
  const { filling: { run, worker }, values } = noted;
  const sourceAt = sourceByPointer(noted);
  const at = (member: string, steps: readonly Step[]): FieldSource | null => {
    const found = follow(values[member], steps);
    return found === null || (found.value === "" && !isValue(steps))
      ? null
      : sourceAt(`/${member}${found.pointer}`);
  };
  const own = new Map(ownVariables(run, worker).map(([name]) => [name, ownSource(run, name)]));
  const passed = new Map(passedSettings(worker).map(({ name, from }) => [name, `${name} (${from})`]));
  const labels = ownLabels(run, worker);
  return {
    at,
    variable: (name) => {
      const pointer = variablePointer(values["env"], name);
      if (pointer !== null) return sourceAt(pointer);
      const setting = passed.get(name);
      return own.get(name) ?? (setting === undefined ? null : { from: "setting", name: setting });
    },
    label: (name) =>
      at("labels", [{ member: name }]) ?? (Object.hasOwn(labels, name) ? ownSource(run, name) : null),
  };
}

/** An empty text states nothing, but for values of tags and variables. */
function isValue(steps: readonly Step[]): boolean {
  const last = steps.at(-1);
  return last !== undefined && "member" in last && last.member === "value";
}

/** Where `env` has a variable: a mapping, a list of pairs, or either as JSON text. Null: it has none. */
function variablePointer(env: Json | undefined, name: string): string | null {
  const value = typeof env === "string" ? parsedObject(env) : env;
  const key = isList(value)
    ? value.findIndex((item) => idOf(item) === name)
    : isJsonObject(value) && Object.hasOwn(value, name)
    ? name
    : -1;
  if (key === -1) return null;
  return typeof env === "string" ? "/env" : `/env/${escapedName(String(key))}`;
}

/** The innermost place that was noted, together with all that was noted below it; else the template. */
function sourceByPointer({ filling, origins: { rows } }: NotedFilling): (pointer: string) => FieldSource {
  const { run } = filling;
  const template: FieldSource = {
    from: "template",
    name: `base job template of work pool ${run.pool.name}`,
  };
  const merged = mergedVariables(filling);
  const notedAt = (pointer: string) => {
    const sources = [...merged.get(pointer) ?? [], ...rows.get(pointer) ?? []];
    return sources.length === 0 ? undefined : sources;
  };
  return (pointer) => {
    const within = [...rows].filter(([at]) => at.startsWith(`${pointer}/`)).flatMap(([, sources]) => sources);
    for (let at = pointer; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
      const sources = notedAt(at);
      if (sources !== undefined) return together([...sources, ...within]) ?? template;
    }
    return together(within) ?? template;
  };
}

/** Variables of an `env` that is merged without a placeholder are each stated somewhere else. */
function mergedVariables({ variables, run }: Filling): ReadonlyMap<string, readonly FieldSource[]> {
  const env = mapping(variables.configuration["env"]);
  const own = mapping(mapping(run.pool.template["job_configuration"])["env"]);
  const given = mapping(variables.values["env"]);
  const names = Object.keys(env).filter((name) => Object.hasOwn(given, name) || !Object.hasOwn(own, name));
  return new Map(names.map((name) => [`/env/${escapedName(name)}`, [variables.sourceOf(["env", name])]]));
}

/** Names of labels and variables that the worker makes, by what they tell. */
function ownSource(run: FlowRun, name: string): FieldSource {
  const plain = name.toLowerCase().replaceAll("_", "-");
  if (plain.includes("flow-run")) return { from: "flow run", name: plain.endsWith("-id") ? "id" : "name" };
  if (plain.includes("deployment")) {
    return { from: "deployment", name: deploymentOf(run)?.name ?? "" };
  }
  if (plain.includes("work-pool")) return { from: "setting", name: "--pool" };
  if (plain.includes("worker")) return { from: "setting", name: "--name" };
  return plain.includes("flow") ? { from: "flow run", name: "flow" } : { from: "default", name: "worker" };
}
