/**
 * When a registered task definition means what is to be registered, whoever registered it.
 *
 * @module
 */

import { canonicalJson } from "../../json/digest.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json/json.ts";
import { isList } from "../../json/shape.ts";

/** What AWS adds to a definition when it registers it, and tags, which belong to the revision. */
const NOT_COMPARED: ReadonlySet<string> = new Set([
  "taskDefinitionArn",
  "revision",
  "status",
  "requiresAttributes",
  "compatibilities",
  "registeredAt",
  "registeredBy",
  "deregisteredAt",
  "deleteRequestedAt",
  "tags",
]);

/** Lists that ECS keeps as sets. */
const UNORDERED: ReadonlySet<string> = new Set([
  "containerDefinitions",
  "environment",
  "secrets",
  "environmentFiles",
  "requiresCompatibilities",
]);

/**
 * Whether two definitions mean the same: what AWS fills in by default, the order of sets, empty members, 0 and false make no
 * difference.
 *
 * @param registered as DescribeTaskDefinition answers
 * @param wanted RegisterTaskDefinition
 */
export function sameMeaning(registered: JsonObject, wanted: JsonObject): boolean {
  return meaningOf(registered) === meaningOf(wanted);
}

function meaningOf(definition: JsonObject): string {
  const { networkMode, containerDefinitions, ...rest } = definition;
  const members = Object.fromEntries(Object.entries(rest).filter(([name]) => !NOT_COMPARED.has(name)));
  const containers = isList(containerDefinitions) ? containerDefinitions.map(containerOf) : [];
  // Without a mode ECS takes `bridge` where it does not need another.
  const mode = networkMode === "bridge" ? undefined : networkMode;
  return canonicalJson(plain({ ...members, networkMode: mode, containerDefinitions: containers }) ?? {});
}

function containerOf(container: Json): Json {
  if (!isJsonObject(container)) return container;
  const { essential, portMappings, ...rest } = container;
  const ports = isList(portMappings) ? portMappings.map(portOf) : [];
  return { ...rest, essential: essential === false ? "no" : "yes", portMappings: ports };
}

/** ECS fills in `tcp`, and with `awsvpc` the host's port. */
function portOf(mapping: Json): Json {
  if (!isJsonObject(mapping)) return mapping;
  const { protocol, hostPort, ...rest } = mapping;
  return {
    ...rest,
    protocol: protocol === "tcp" ? undefined : protocol,
    hostPort: hostPort === rest["containerPort"] ? undefined : hostPort,
  };
}

/** Without what means the same as its absence; undefined: nothing is left. */
function plain(value: Json | undefined, name = ""): Json | undefined {
  if (isList(value)) {
    const items = value.map((item) => plain(item) ?? null);
    if (items.length === 0) return undefined;
    return UNORDERED.has(name) ? sorted(items) : items;
  }
  if (!isJsonObject(value)) {
    return value === null || value === false || value === 0 || value === "" ? undefined : value;
  }
  const entries = Object.entries(value).flatMap(([key, inner]) => {
    const left = plain(inner, key);
    return left === undefined ? [] : [[key, left] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function sorted(items: readonly Json[]): readonly Json[] {
  const texts = items.map((item) => ({ text: canonicalJson(item), item }));
  return texts.sort((left, right) => left.text < right.text ? -1 : 1).map(({ item }) => item);
}
