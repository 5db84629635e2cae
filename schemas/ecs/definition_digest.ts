/**
 * When two task definitions are the same.
 *
 * @module
 */

import { canonicalJson, sha256Hex } from "../json/digest.ts";
import { isJsonObject, type Json, type JsonObject } from "../json/json.ts";
import { isList } from "../json/shape.ts";

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
