/**
 * The allow-lists: which roles, clusters and images a flow run may ask for beyond those that the operator's own options and
 * templates name. Without a list everything of its kind is allowed.
 *
 * @module
 */

import type { Json, JsonObject } from "../../json/json.ts";
import { filledText, mapping, mappings } from "../../json/shape.ts";
import type { OptionRow, OptionValues } from "../../options/option.ts";
import { listOf } from "../../options/option_value.ts";
import { refusedOption } from "../../options/read_options.ts";
import { type AllowKind, type AllowPattern, allowPattern, isAllowed } from "./allow_pattern.ts";

/** What a run can ask for. */
export type AllowedPart = "taskRoleArn" | "executionRoleArn" | "cluster" | "image";

/** Patterns of each part; null: everything is allowed. */
export type AllowLists = Readonly<Record<AllowedPart, readonly AllowPattern[] | null>>;

interface Part {
  readonly option: string;
  readonly kind: AllowKind;
  /** Words for messages. */
  readonly what: string;
}

const PARTS: Readonly<Record<AllowedPart, Part>> = {
  taskRoleArn: { option: "allow-task-role-arn", kind: "role", what: "the task role" },
  executionRoleArn: { option: "allow-execution-role-arn", kind: "role", what: "the execution role" },
  cluster: { option: "allow-cluster", kind: "cluster", what: "the cluster" },
  image: { option: "allow-image", kind: "image", what: "the image" },
};

const PART_NAMES = ["taskRoleArn", "executionRoleArn", "cluster", "image"] as const;

/** No lists. */
export const ALLOW_ALL: AllowLists = {
  taskRoleArn: null,
  executionRoleArn: null,
  cluster: null,
  image: null,
};

function row(part: AllowedPart, metavar: string, description: string): OptionRow {
  const [type, since] = ["list", "this agent"] as const;
  return { name: PARTS[part].option, type, metavar, default: "all are allowed", since, description };
}

const BESIDES =
  "may ask for, besides those of the agent's own options and templates; `*` stands for any text";

/** Rows of the options. */
export const allowOptionRows: readonly OptionRow[] = [
  row("taskRoleArn", "NAME|ARN", `Task role that flow runs ${BESIDES}`),
  row("executionRoleArn", "NAME|ARN", `Execution role that flow runs ${BESIDES}`),
  row("cluster", "NAME|ARN", `Cluster that flow runs ${BESIDES}`),
  row("image", "IMAGE", `Image that containers of flow runs ${BESIDES}`),
];

/**
 * Reads the options.
 *
 * @throws {FailureError} `configuration` for an empty value
 */
export function allowLists(values: OptionValues): AllowLists {
  return {
    taskRoleArn: patternsOf(values, PARTS.taskRoleArn),
    executionRoleArn: patternsOf(values, PARTS.executionRoleArn),
    cluster: patternsOf(values, PARTS.cluster),
    image: patternsOf(values, PARTS.image),
  };
}

function patternsOf(values: OptionValues, { option, kind }: Part): readonly AllowPattern[] | null {
  const given = listOf(values, option);
  if (given.includes("")) throw refusedOption(option, "", "a value that is not empty; * allows all");
  return given.length === 0 ? null : given.map((text) => allowPattern(kind, text));
}

/** Whether anything is restricted. */
export function isRestricted(lists: AllowLists): boolean {
  return PART_NAMES.some((part) => lists[part] !== null);
}

/** What a task would be started with. */
export interface AskedTask {
  /** As it is registered or was described. */
  readonly definition: JsonObject;
  /** RunTask. */
  readonly runTask: JsonObject;
}

/** What is not allowed. */
export interface NotAllowed {
  /** With its dashes. */
  readonly option: string;
  /** Words such as `the image of container flow`. */
  readonly what: string;
  /** The same without a name of the definition: `the image of container number 1`. */
  readonly place: string;
  /** The value; null: the definition does not say it, so it cannot be judged. */
  readonly value: string | null;
  /** Whether the definition holds it, rather than RunTask. */
  readonly isOfDefinition: boolean;
}

/** One value that a task would be started with. */
interface Asked extends Omit<NotAllowed, "option"> {
  readonly part: AllowedPart;
}

/**
 * The first part of a task that neither a list nor the operator's own requests allow.
 *
 * @param own what the operator's options and templates say: the values in them are allowed anyway
 */
export function notAllowed(
  lists: AllowLists,
  asked: AskedTask,
  own: readonly AskedTask[],
): NotAllowed | undefined {
  if (!isRestricted(lists)) return undefined;
  const owned = Map.groupBy(own.flatMap(askedOf), ({ part }) => part);
  const patterns = new Map(PART_NAMES.flatMap((part) => {
    const list = lists[part];
    return list === null ? [] : [[part, [...list, ...(owned.get(part) ?? []).flatMap(literally)]] as const];
  }));
  const found = askedOf(asked).find(({ part, value }) => {
    const listed = patterns.get(part);
    return listed !== undefined && (value === null || !listed.some((pattern) => isAllowed(value, pattern)));
  });
  if (found === undefined) return undefined;
  const { part, ...what } = found;
  return { ...what, option: `--${PARTS[part].option}` };
}

/** The operator's own value is meant as it stands. */
function literally({ part, value }: Asked): readonly AllowPattern[] {
  return value === null ? [] : [allowPattern(PARTS[part].kind, value, null)];
}

function askedOf({ definition, runTask }: AskedTask): readonly Asked[] {
  const overrides = mapping(runTask.overrides);
  return [
    ...one("taskRoleArn", overrides.taskRoleArn, false),
    ...one("executionRoleArn", overrides.executionRoleArn, false),
    ...one("taskRoleArn", definition.taskRoleArn, true),
    ...one("executionRoleArn", definition.executionRoleArn, true),
    // Without a name, or with an empty one, ECS takes the cluster `default`.
    ...one("cluster", filledText(runTask.cluster) ?? "default", false),
    ...imagesOf(definition),
  ];
}

/** What is no text or empty is left to AWS's own check. */
function one(part: AllowedPart, given: Json | undefined, isOfDefinition: boolean): readonly Asked[] {
  const value = filledText(given);
  return value === undefined
    ? []
    : [{ part, what: PARTS[part].what, place: PARTS[part].what, value, isOfDefinition }];
}

function imagesOf({ containerDefinitions }: JsonObject): readonly Asked[] {
  const containers = mappings(containerDefinitions);
  const [part, isOfDefinition] = ["image", true] as const;
  if (containers.length === 0) {
    const what = "the image of any container";
    return [{ part, what, place: what, value: null, isOfDefinition }];
  }
  return containers.flatMap(({ name, image }, at) => {
    const place = `the image of container number ${at + 1}`;
    const container = filledText(name);
    return one(part, image, isOfDefinition).map((asked) => ({
      ...asked,
      what: container === undefined ? place : `the image of container ${container}`,
      place,
    }));
  });
}
