/**
 * Stable texts for requests: the same content gives the same text, digest and token in every process.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { isJsonObject, type Json, type JsonObject } from "./json.ts";

/** JSON text with sorted members and no blanks; members that are undefined are left out, list order is kept. */
export function canonicalJson(value: Json): string {
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members: string[] = [];
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    if (member !== undefined) members.push(`${JSON.stringify(name)}:${canonicalJson(member)}`);
  }
  return `{${members.join(",")}}`;
}

/** SHA-256 of a text's UTF-8, 64 hexadecimal digits. */
export function sha256Hex(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

// ECS keeps these lists as sets, so a template that orders them otherwise is the same definition.
const UNORDERED: ReadonlySet<string> = new Set(["environment", "secrets"]);

/**
 * What a task definition is, apart from its name and tags: two requests with the same digest may share one revision.
 *
 * @param request RegisterTaskDefinition; `family` and `tags`, the order of members and the order of every container's
 * `environment` and `secrets` make no difference
 * @returns 64 hexadecimal digits, which tell nothing about the values inside
 */
export function definitionDigest(request: JsonObject): string {
  const { family: _family, tags: _tags, ...rest } = request;
  return sha256Hex(
    canonicalJson({ ...rest, containerDefinitions: containers(rest["containerDefinitions"]) }),
  );
}

function containers(definitions: Json | undefined): Json | undefined {
  if (!isList(definitions)) return definitions;
  return definitions.map((each) => isJsonObject(each) ? withSortedLists(each) : each);
}

function withSortedLists(container: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(container).map(([name, list]) => [name, UNORDERED.has(name) ? sortedList(list) : list]),
  );
}

function sortedList(list: Json | undefined): Json | undefined {
  if (!isList(list)) return list;
  const texts = list.map((item) => ({ text: canonicalJson(item), item }));
  return texts.sort((left, right) => left.text < right.text ? -1 : 1).map(({ item }) => item);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
