/**
 * Whether a task definition that exists is the one that is wanted, told as the legacy task environment told it.
 *
 * @module
 */

import type { ExistingDefinition } from "../../schemas/ecs/existing_definition.ts";
import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { listItems, mapping, mappings } from "../../schemas/json/shape.ts";
import { pythonRepr } from "../../schemas/python/repr.ts";
import { definitionMembers } from "./kwarg_rows.ts";

/** Lists of objects whose order means nothing, with their key and what is compared (null: the whole object). */
const UNORDERED: readonly (readonly [list: string, key: string, value: string | null])[] = [
  ["environment", "name", "value"],
  ["secrets", "name", "valueFrom"],
  ["mountPoints", "sourceVolume", null],
  ["extraHosts", "hostname", "ipAddress"],
  ["volumesFrom", "sourceContainer", null],
  ["ulimits", "name", null],
  ["portMappings", "containerPort", null],
];

/**
 * One line for each difference, in the order container, ARN, other; only what is given is compared. Values of variables are
 * not shown, only the names of those that differ. Numbers of containers (F-TE-CONTAINER-COUNT) and tags as they are on the
 * definition (F-TE-TAGS-COMPARE) are compared as well.
 *
 * @see Prefect 0.14.22 fargate_task.py; recorded: task_environment/existing-*
 */
export function definitionDifferences(given: JsonObject, existing: ExistingDefinition): readonly string[] {
  const { definition } = existing;
  const members = definitionMembers.filter((name) =>
    given[name] !== undefined && name !== "containerDefinitions"
  );
  const arns = members.filter((name) => name.endsWith("Arn"));
  const others = members.filter((name) => !name.endsWith("Arn") && name !== "tags");
  return [
    ...containerDifferences(given, definition),
    ...arns.filter((name) => !sameArn(given[name], definition[name]))
      .map((name) => line(name, given[name], definition[name])),
    ...others.filter((name) => !isDeepStrictEqual(given[name], definition[name]))
      .map((name) => line(name, given[name], definition[name])),
    ...tagDifferences(given, existing.tags),
  ];
}

/** The refusal as users know it. */
export function mismatchMessage(family: string, differences: readonly string[]): string {
  return [
    `The given taskDefinition does not match the existing taskDefinition ${family}.`,
    "Detail: ",
    `\t${differences.join("\n\t")}`,
    "",
    "If the given configuration is desired, deregister the existing",
    "taskDefinition and re-run the flow. Alternatively, you can",
    "change the family/taskDefinition name in the FargateTaskEnvironment",
    "for this flow.",
  ].join("\n");
}

function containerDifferences(given: JsonObject, existing: JsonObject): readonly string[] {
  const wanted = comparable(given.containerDefinitions);
  const found = comparable(existing.containerDefinitions);
  const count = wanted.length === found.length
    ? []
    : [`containerDefinitions -> Given: ${wanted.length} containers, Expected: ${found.length}`];
  const pairs = wanted.slice(0, found.length).map((container, index) =>
    [container, found[index] ?? {}] as const
  );
  return [...count, ...pairs.flatMap(([container, other]) => memberDifferences(container, other))];
}

function memberDifferences(given: JsonObject, existing: JsonObject): readonly string[] {
  const at = `containerDefinition.${given.name}`;
  return Object.keys(given)
    .filter((name) => !isDeepStrictEqual(given[name], existing[name]))
    .map((name) =>
      name === "environment"
        ? variableLine(`${at}.${name}`, mapping(given[name]), mapping(existing[name]))
        : line(`${at}.${name}`, given[name], existing[name])
    );
}

function variableLine(at: string, given: JsonObject, existing: JsonObject): string {
  const differing = [...new Set([...Object.keys(given), ...Object.keys(existing)])]
    .filter((name) => given[name] !== existing[name]).sort();
  const names = (side: JsonObject) =>
    differing.filter((name) => side[name] !== undefined).join(", ") || "none";
  return `${at} -> Given: other values or names of ${names(given)}, Expected: ${names(existing)}`;
}

function comparable(containers: Json | undefined): readonly JsonObject[] {
  const shaped = mappings(containers).map(comparableContainer);
  return shaped.sort((one, other) => compareText(String(one.name), String(other.name)));
}

function comparableContainer(container: JsonObject): JsonObject {
  const lists = UNORDERED.map(([list, key, value]) => [list, byKey(container[list], key, value)] as const);
  const log = mapping(container.logConfiguration);
  const secretOptions = byKey(log.secretOptions, "name", "valueFrom");
  return { ...container, ...Object.fromEntries(lists), logConfiguration: { ...log, secretOptions } };
}

function byKey(list: Json | undefined, key: string, value: string | null): JsonObject {
  const entries = listItems(list).filter(isJsonObject)
    .map((item) => [String(item[key]), value === null ? item : item[value] ?? null] as const);
  return Object.fromEntries(entries);
}

// What was given may be the bare role name, AWS answers the whole ARN.
function sameArn(given: Json | undefined, existing: Json | undefined): boolean {
  return given === existing || (typeof existing === "string" && existing.split("/").at(-1) === given);
}

function tagDifferences(given: JsonObject, tags: Readonly<Record<string, string>>): readonly string[] {
  const wanted = mappings(given.tags);
  const found = wanted.every((tag) => tags[String(tag.key)] === (tag.value ?? ""));
  const existing = Object.entries(tags).map(([key, value]) => ({ key, value }));
  return found ? [] : [line("tags", given.tags, existing)];
}

function line(at: string, given: Json | undefined, existing: Json | undefined): string {
  return `${at} -> Given: ${shown(given)}, Expected: ${shown(existing)}`;
}

function shown(value: Json | undefined): string {
  return typeof value === "string" ? value : pythonRepr(value ?? null);
}

function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
