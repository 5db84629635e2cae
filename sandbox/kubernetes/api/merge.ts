/**
 * Changes an object by a patch: JSON merge patch, strategic merge patch, JSON patch.
 *
 * @see RFC 7386, RFC 6902; "Update API Objects in Place Using kubectl patch" in the Kubernetes documentation
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { isList, mapping } from "../../../schemas/json/shape.ts";
import { Refusal } from "../objects/refusal.ts";

/** Applies a patch. @param type content type of the request @throws {Refusal} `UnsupportedMediaType`, `BadRequest`, `Invalid` */
export function patched(object: JsonObject, patch: Json, type: string): JsonObject {
  switch (type) {
    case "application/merge-patch+json":
      return mapping(merged(object, patch));
    case "application/strategic-merge-patch+json":
    case "application/apply-patch+yaml":
      return mapping(strategic(object, patch, ""));
    case "application/json-patch+json":
      return mapping(operated(object, patch));
    default: {
      const known = ["json-patch+json", "merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml"];
      const names = known.map((name) => `application/${name}`).join(", ");
      throw new Refusal(
        "UnsupportedMediaType",
        `the body of the request was in an unknown format - accepted media types include: ${names}`,
      );
    }
  }
}

/** Null takes a member away. */
function merged(object: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const result = new Map(Object.entries(mapping(object)));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else if (value !== undefined) result.set(name, merged(result.get(name), value));
  }
  return Object.fromEntries(result);
}

/** Lists whose items are told apart by a member, and are merged one by one. */
const KEYS: Readonly<Record<string, string>> = {
  containers: "name",
  initContainers: "name",
  env: "name",
  volumes: "name",
  imagePullSecrets: "name",
  secrets: "name",
  ports: "containerPort",
  volumeMounts: "mountPath",
  ownerReferences: "uid",
  conditions: "type",
};

function strategic(object: Json | undefined, patch: Json, member: string): Json {
  const key = KEYS[member];
  if (isList(patch)) {
    return key === undefined || !isList(object) ? plainItems(patch) : byKey(object, patch, key);
  }
  if (!isJsonObject(patch)) return patch;
  const { $patch: how, ...members } = patch;
  if (how === "replace") return members;
  const result = new Map(Object.entries(mapping(object)));
  for (const [name, value] of Object.entries(members)) {
    // Directives say in which order items stand, which is not kept here.
    if (name.startsWith("$") || value === undefined) continue;
    if (value === null) result.delete(name);
    else result.set(name, strategic(result.get(name), value, name));
  }
  return Object.fromEntries(result);
}

function plainItems(items: readonly Json[]): readonly Json[] {
  return items.filter((item) => mapping(item)["$patch"] === undefined);
}

function byKey(items: readonly Json[], patch: readonly Json[], key: string): readonly Json[] {
  const result = new Map(items.map((item) => [mapping(item)[key], item]));
  for (const change of patch) {
    const which = mapping(change)[key];
    if (mapping(change)["$patch"] === "delete") result.delete(which);
    else result.set(which, strategic(result.get(which), change, ""));
  }
  return [...result.values()];
}

/** One operation after the other. */
function operated(object: JsonObject, patch: Json): Json {
  if (!isList(patch)) throw new Refusal("BadRequest", "a JSON patch must be a list of operations");
  return patch.reduce<Json>((result, operation) => {
    const { op, path, value = null } = mapping(operation);
    const keys = String(path ?? "").split("/").slice(1).map((key) =>
      key.replaceAll("~1", "/").replaceAll("~0", "~")
    );
    if (op !== "add" && op !== "replace" && op !== "remove" && op !== "test") {
      throw new Refusal("BadRequest", `the operation ${String(op)} of a JSON patch is not supported`);
    }
    return at(result, keys, { op, value });
  }, object);
}

interface Operation {
  readonly op: "add" | "replace" | "remove" | "test";
  readonly value: Json;
}

function at(target: Json | undefined, keys: readonly string[], operation: Operation): Json {
  const [key, ...rest] = keys;
  if (key === undefined) return whole(target, operation);
  if (isList(target)) {
    const index = key === "-" ? target.length : Number(key);
    if (!Number.isInteger(index) || index < 0 || index > target.length) throw cannotApply(operation);
    const { op } = operation;
    if (rest.length === 0 && op === "remove") return target.toSpliced(index, 1);
    if (rest.length === 0 && op === "add") return target.toSpliced(index, 0, operation.value);
    return target.toSpliced(index, 1, at(target[index], rest, operation));
  }
  if (!isJsonObject(target)) throw cannotApply(operation);
  const members = new Map(Object.entries(target));
  if (rest.length === 0 && operation.op === "remove") {
    if (!members.delete(key)) throw cannotApply(operation);
  } else {
    members.set(key, at(target[key], rest, operation));
  }
  return Object.fromEntries(members);
}

function whole(target: Json | undefined, operation: Operation): Json {
  const { op, value } = operation;
  if (op === "add" || op === "replace") return value;
  if (target === undefined || JSON.stringify(target) !== JSON.stringify(value)) throw cannotApply(operation);
  return target;
}

function cannotApply({ op }: Operation): Refusal {
  return new Refusal(
    "Invalid",
    `the server rejected our request due to an error in our request: cannot ${op}`,
  );
}
