/**
 * Checks a request before it is sent, so that the agent never sends a request that AWS is certain to refuse. The rules are
 * those of the service model, read from the schemas that the AWS SDK carries at run time.
 *
 * @module
 */

import { RegisterTaskDefinitionRequest$, RunTaskRequest$ } from "@aws-sdk/client-ecs";
import { NormalizedSchema } from "@smithy/core/schema";
import { BOUNDS } from "../../schemas/bounds/bounds.ts";
import { noWork, type Work } from "../../schemas/bounds/work.ts";
import { isJsonObject, type JsonObject } from "../../schemas/json/json.ts";
import { closeName, nearName, sameName, shortened } from "../../schemas/options/near_name.ts";

/** The requests that are checked. */
export type CheckedOperation = "RegisterTaskDefinition" | "RunTask";

type Shape =
  | { readonly kind: "text" | "integer" | "flag" | "any"; readonly min?: number }
  | { readonly kind: "list" | "map"; readonly of: () => Shape }
  | { readonly kind: "structure"; readonly required: readonly string[]; readonly members: Members };

type Members = ReadonlyMap<string, () => Shape>;

const SCHEMAS = { RegisterTaskDefinition: RegisterTaskDefinitionRequest$, RunTask: RunTaskRequest$ } as const;

/**
 * The only lower bounds of these two requests, which the SDK's schemas leave out.
 *
 * @see ECS service model 2014-11-13: TagKey, CapacityProviderStrategyItemWeight, CapacityProviderStrategyItemBase
 */
const LOWER_BOUNDS: Readonly<Record<string, number>> = {
  "Tag.key": 1,
  "CapacityProviderStrategyItem.weight": 0,
  "CapacityProviderStrategyItem.base": 0,
};

/** Names of kinds in messages. */
const KIND_NAMES = {
  text: "text",
  integer: "an integer",
  flag: "true or false",
  any: "anything",
  list: "a list",
  map: "a mapping",
  structure: "a mapping",
} as const;

/** How a request is checked. */
export interface CheckManner {
  /** Counts the values checked. */
  readonly work?: Work;
  /** Sentences hold names of AWS's own and places in lists, and none that the request brings along. @default false */
  readonly isDiscreet?: boolean;
}

/**
 * Lists the faults of a request: wrong types, missing and unknown members, values below their minimum. Enumerations and the
 * rules between members (Fargate sizes, for one) are left to AWS.
 *
 * @returns one sentence for each of the first 20 faults, with the path of the member and never its value, and one more
 * where the check ended early; empty when there is no fault
 * @see botocore 1.43 validate.py, which refuses the same
 */
export function checkRequest(
  operation: CheckedOperation,
  params: JsonObject,
  { work = noWork(), isDiscreet = false }: CheckManner = {},
): readonly string[] {
  const walk: Walk = { faults: [], told: new Set(), work, isDiscreet, steps: [], found: [] };
  check(params, shapeOf(NormalizedSchema.of(SCHEMAS[operation])), walk);
  return walk.faults;
}

/** Progress of a check. Paths are built only for faults, because nearly all requests have none. */
interface Walk {
  readonly faults: string[];
  /** Structures whose known members a sentence has listed. */
  readonly told: Set<Shape>;
  readonly work: Work;
  readonly isDiscreet: boolean;
  /** Names of members and places in lists, from the request down. */
  readonly steps: (string | number)[];
  /** What was found at each step. */
  readonly found: unknown[];
}

/** Adds a fault; beyond the limit, one last sentence says that the check ended early. */
function tell(walk: Walk, fault: string): void {
  if (hasEnded(walk)) return;
  walk.faults.push(walk.faults.length < BOUNDS.faults.most ? fault : "there are more faults");
}

function hasEnded({ faults }: Walk): boolean {
  return faults.length > BOUNDS.faults.most;
}

function check(value: unknown, shape: Shape, walk: Walk): void {
  walk.work.steps++;
  if (!hasKind(value, shape.kind)) {
    tell(walk, `${pathOf(walk) || "The request"} must be ${KIND_NAMES[shape.kind]}, not ${kindOf(value)}`);
  } else if (shape.kind === "list" && Array.isArray(value)) {
    for (let index = 0; index < value.length && !hasEnded(walk); index++) {
      step(index, value[index], shape.of(), walk);
    }
  } else if (shape.kind === "map" && isJsonObject(value)) {
    for (const key in value) {
      if (hasEnded(walk)) return;
      step(walk.isDiscreet ? "(a key)" : shortened(key), value[key], shape.of(), walk);
    }
  } else if (shape.kind === "structure" && isJsonObject(value)) {
    checkMembers(value, shape, walk);
  } else if ("min" in shape && shape.min !== undefined) {
    checkBound(value, shape.min, walk);
  }
}

function step(key: string | number, value: unknown, shape: Shape, walk: Walk): void {
  walk.steps.push(key);
  walk.found.push(value);
  check(value, shape, walk);
  walk.steps.pop();
  walk.found.pop();
}

function pathOf({ steps, found, isDiscreet }: Walk): string {
  return steps.reduce<string>(
    (path, key, index) =>
      typeof key === "number" ? `${path}[${key}]${isDiscreet ? "" : nameOf(found[index])}` : below(path, key),
    "",
  );
}

type Structure = Extract<Shape, { kind: "structure" }>;

function checkMembers(value: JsonObject, structure: Structure, walk: Walk): void {
  for (const name of structure.required) {
    if (value[name] === undefined) tell(walk, `${below(pathOf(walk), name)} is missing`);
  }
  for (const name in value) {
    if (hasEnded(walk)) return;
    if (value[name] === undefined) continue;
    const shape = structure.members.get(name);
    if (shape === undefined) tellUnknown(name, structure, walk);
    else step(name, value[name], shape(), walk);
  }
}

/** Longest list of known members that is told; longer ones are in AWS's documentation. */
const LONGEST_LIST = 120;

/** The name that was meant; else the known members, where they are few, once for each structure. */
function tellUnknown(name: string, structure: Structure, walk: Walk): void {
  walk.work.steps++;
  const known = [...structure.members.keys()];
  const near = closeName(name, known) ?? placeOf(name, structure, 2) ?? nearName(name, known);
  const [shown, hint] = walk.isDiscreet
    ? ["(a member)", `, AWS calls it ${near}`]
    : [shortened(name), `; did you mean ${near}`];
  const right = near === null ? listed(known, structure, walk) : hint;
  tell(walk, `${below(pathOf(walk), shown)} is unknown${right}`);
}

function listed(known: readonly string[], structure: Structure, { told }: Walk): string {
  const list = known.join(", ");
  if (told.has(structure) || list.length > LONGEST_LIST) return "";
  told.add(structure);
  return `; known are ${list}`;
}

/** Where a name belongs that stands too high; null where it is known nowhere below, down to `depth` structures. */
function placeOf(name: string, { members }: Structure, depth: number): string | null {
  if (depth === 0) return null;
  for (const [member, shape] of members) {
    const within = structureWithin(shape());
    if (within === null) continue;
    const { structure, index } = within;
    const place = sameName(name, [...structure.members.keys()]) ?? placeOf(name, structure, depth - 1);
    if (place !== null) return `${member}${index}.${place}`;
  }
  return null;
}

function structureWithin(shape: Shape): { readonly structure: Structure; readonly index: string } | null {
  if (shape.kind === "structure") return { structure: shape, index: "" };
  if (shape.kind !== "list") return null;
  const item = shape.of();
  return item.kind === "structure" ? { structure: item, index: "[0]" } : null;
}

function checkBound(value: unknown, min: number, walk: Walk): void {
  if (typeof value === "string" && value.length < min) tell(walk, `${pathOf(walk)} must not be empty`);
  if (typeof value === "number" && value < min) tell(walk, `${pathOf(walk)} must be at least ${min}`);
}

/** Booleans pass as numbers, as they do in Python. */
function hasKind(value: unknown, kind: Shape["kind"]): boolean {
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "integer":
      return Number.isInteger(value) || typeof value === "boolean";
    case "flag":
      return typeof value === "boolean";
    case "list":
      return Array.isArray(value);
    case "map":
    case "structure":
      return isJsonObject(value);
    case "any":
      return true;
  }
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "text";
  if (typeof value === "number") return "a number";
  return typeof value === "boolean" ? "true or false" : "a mapping";
}

/** Entries of environment, containers, secrets are known by their names rather than by their place. */
function nameOf(item: unknown): string {
  return isJsonObject(item) && typeof item["name"] === "string" ? ` (${shortened(item["name"])})` : "";
}

function below(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

const SHAPES = new WeakMap<object, Shape>();

/** Shapes are made when they are first needed: the schemas are big, and some refer to themselves. */
function shapeOf(schema: NormalizedSchema, min?: number): Shape {
  if (schema.isStructSchema()) return structureOf(schema);
  if (schema.isListSchema()) return { kind: "list", of: once(() => shapeOf(schema.getValueSchema())) };
  if (schema.isMapSchema()) return { kind: "map", of: once(() => shapeOf(schema.getValueSchema())) };
  const bound = min === undefined ? {} : { min };
  if (schema.isStringSchema()) return { kind: "text", ...bound };
  if (schema.isBooleanSchema()) return { kind: "flag" };
  // ECS has no fractional numbers in these two requests.
  return schema.isNumericSchema() ? { kind: "integer", ...bound } : { kind: "any" };
}

function structureOf(schema: NormalizedSchema): Shape {
  const described = schema.getSchema();
  if (!Array.isArray(described) || (described[0] !== 3 && described[0] !== 4)) return { kind: "any" };
  const known = SHAPES.get(described);
  if (known !== undefined) return known;
  const [, , structure, , names] = described;
  const members = new Map<string, () => Shape>();
  for (const name of names) {
    const min = LOWER_BOUNDS[`${structure}.${name}`];
    members.set(name, once(() => shapeOf(schema.getMemberSchema(name), min)));
  }
  // The schema lists required members first and says how many they are.
  const required = described[0] === 3 ? names.slice(0, described[6] ?? 0) : [];
  const shape: Shape = { kind: "structure", required, members };
  SHAPES.set(described, shape);
  return shape;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
