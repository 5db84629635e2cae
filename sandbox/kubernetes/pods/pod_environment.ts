/**
 * What a container is started with: its variables, with what they refer to, and its words. Pure.
 *
 * @see "Define Environment Variables for a Container", "Define Dependent Environment Variables" in the Kubernetes documentation
 * @module
 */

import { Buffer } from "node:buffer";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { listItems, mapping, mappings } from "../../../schemas/json/shape.ts";

/** Finds an object of the pod's namespace. */
export type FindObject = (plural: "secrets" | "configmaps", name: string) => JsonObject | undefined;

/** What a container is started with. */
export interface ContainerCommand {
  readonly environment: Readonly<Record<string, string>>;
  /** Entry point and arguments; empty: those of the image. */
  readonly argv: readonly string[];
}

/** Why a container cannot be started now, in the words of the kubelet. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Puts it together. @throws {ConfigError} for a reference to what is not there */
export function commandOf(pod: JsonObject, container: JsonObject, find: FindObject): ContainerCommand {
  const environment = new Map<string, string>();
  for (const source of mappings(container["envFrom"])) {
    for (const [name, value] of allOf(source, find)) environment.set(name, value);
  }
  for (const entry of mappings(container["env"])) {
    const value = valueOf(entry, { pod, container, find, environment });
    if (value !== null) environment.set(String(entry["name"]), value);
  }
  const words = [...listItems(container["command"]), ...listItems(container["args"])];
  return {
    environment: Object.fromEntries(environment),
    argv: words.map((word) => expanded(String(word), environment)),
  };
}

interface Context {
  readonly pod: JsonObject;
  readonly container: JsonObject;
  readonly find: FindObject;
  readonly environment: ReadonlyMap<string, string>;
}

/** Null: an optional reference to what is not there. */
function valueOf(entry: JsonObject, { pod, container, find, environment }: Context): string | null {
  const { secretKeyRef, configMapKeyRef, fieldRef, resourceFieldRef } = mapping(entry["valueFrom"]);
  if (secretKeyRef !== undefined) return keyOf("secrets", mapping(secretKeyRef), find);
  if (configMapKeyRef !== undefined) return keyOf("configmaps", mapping(configMapKeyRef), find);
  if (fieldRef !== undefined) return fieldOf(pod, String(mapping(fieldRef)["fieldPath"]));
  if (resourceFieldRef !== undefined) {
    return resourceOf(container, String(mapping(resourceFieldRef)["resource"]));
  }
  return expanded(String(entry["value"] ?? ""), environment);
}

type Kind = Parameters<FindObject>[0];

const SINGULAR: Readonly<Record<Kind, string>> = { secrets: "secret", configmaps: "configmap" };

/** Data of a Secret is in base 64. */
function dataOf(kind: Kind, object: JsonObject): ReadonlyMap<string, string> {
  const entries = Object.entries(mapping(object["data"]));
  const read = (value: string) => kind === "secrets" ? Buffer.from(value, "base64").toString("utf8") : value;
  return new Map(entries.map(([name, value]) => [name, read(String(value))]));
}

function keyOf(kind: Kind, { name, key, optional }: JsonObject, find: FindObject): string | null {
  const object = find(kind, String(name));
  const value = object === undefined ? undefined : dataOf(kind, object).get(String(key));
  if (value !== undefined) return value;
  if (optional === true) return null;
  throw new ConfigError(
    object === undefined
      ? `${SINGULAR[kind]} "${String(name)}" not found`
      : `couldn't find key ${String(key)} in ${SINGULAR[kind]} ${String(name)}`,
  );
}

function allOf(
  { prefix = "", secretRef, configMapRef }: JsonObject,
  find: FindObject,
): readonly (readonly [string, string])[] {
  const kind = secretRef === undefined ? "configmaps" : "secrets";
  const { name, optional } = mapping(secretRef ?? configMapRef);
  const object = find(kind, String(name));
  if (object === undefined && optional !== true) {
    throw new ConfigError(`${SINGULAR[kind]} "${String(name)}" not found`);
  }
  return [...dataOf(kind, object ?? {})].map(([key, value]) => [`${String(prefix)}${key}`, value]);
}

/** A member of the pod, such as `metadata.name` or `metadata.labels['app']`. */
function fieldOf(pod: JsonObject, path: string): string {
  const [, map = "", key = ""] = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path) ?? [];
  if (map !== "") return String(mapping(mapping(pod["metadata"])[map])[key] ?? "");
  const [first = "", second = ""] = path.split(".");
  const value = mapping(pod[first])[second];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function resourceOf(container: JsonObject, path: string): string {
  const [side = "", name = ""] = path.split(".");
  return String(mapping(mapping(container["resources"])[side])[name] ?? "");
}

/** `$(NAME)` is replaced where the variable is known; `$$(NAME)` stands for `$(NAME)`. */
function expanded(text: string, environment: ReadonlyMap<string, string>): string {
  return text.replace(
    /\$\$|\$\(([^()]+)\)/g,
    (found, name?: string) => name === undefined ? "$" : environment.get(name) ?? found,
  );
}
