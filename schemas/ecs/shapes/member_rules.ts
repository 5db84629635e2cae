/**
 * What is special about single members of the requests, by structure and name: `ContainerDefinition.cpu`.
 *
 * @module
 */

import type { SizeKind } from "./size_words.ts";

/** A member that is a size. */
export interface SizeMember {
  readonly size: SizeKind;
  /** It belongs to the task: AWS takes it as text, and 0 is no size. */
  readonly isOfTask: boolean;
}

const SIZES: ReadonlyMap<string, SizeMember> = new Map([
  ...["RegisterTaskDefinitionRequest", "TaskOverride"].flatMap((owner) => sizesOf(owner, true)),
  ...["ContainerDefinition", "ContainerOverride"].flatMap((owner) => sizesOf(owner, false)),
]);

function sizesOf(owner: string, isOfTask: boolean): readonly (readonly [string, SizeMember])[] {
  return [
    [`${owner}.cpu`, { size: "cpu", isOfTask }],
    [`${owner}.memory`, { size: "memory", isOfTask }],
    [`${owner}.memoryReservation`, { size: "memory", isOfTask }],
  ];
}

/** Null: it is no size. */
export function sizeMember(owner: string): SizeMember | null {
  return SIZES.get(owner) ?? null;
}

/** Texts whose blanks and emptiness mean something: values of variables and tags, words of commands, options. */
const FREE_TEXTS: ReadonlySet<string> = new Set([
  "KeyValuePair.value",
  "Tag.value",
  "SystemControl.value",
  "ContainerDefinition.command[]",
  "ContainerDefinition.entryPoint[]",
  "ContainerOverride.command[]",
  "HealthCheck.command[]",
]);

/** Whether a text is sent as it stands. */
export function isFreeText(owner: string): boolean {
  return FREE_TEXTS.has(owner);
}

/** Whether it is the value of an environment variable. */
export function isVariable(owner: string): boolean {
  return owner === "KeyValuePair.value";
}

/** How a list of words is written as one text: a command line, or a health check that a shell runs. */
export function wordsMember(owner: string): "command" | "healthCheck" | null {
  if (owner === "HealthCheck.command") return "healthCheck";
  return owner.endsWith(".command") || owner.endsWith(".entryPoint") ? "command" : null;
}

/** Words that AWS compares with their case. Others are left to AWS, which may learn new ones. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  "AwsVpcConfiguration.assignPublicIp": ["ENABLED", "DISABLED"],
  "RunTaskRequest.launchType": ["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES", "FARGATE_SPOT"],
  "RunTaskRequest.propagateTags": ["TASK_DEFINITION", "SERVICE", "NONE"],
  "RegisterTaskDefinitionRequest.networkMode": ["bridge", "host", "awsvpc", "none"],
  "RegisterTaskDefinitionRequest.requiresCompatibilities[]": [
    "EC2",
    "FARGATE",
    "EXTERNAL",
    "MANAGED_INSTANCES",
  ],
};

/** AWS's word for one that is written in another case, or for a switch; null: it has none. */
export function meantWord(owner: string, given: string | boolean): string | null {
  const words = WORDS[owner];
  if (words === undefined) return null;
  if (typeof given === "boolean") return words[0] === "ENABLED" ? (given ? "ENABLED" : "DISABLED") : null;
  return words.find((word) => word.toLowerCase() === given.toLowerCase()) ?? null;
}
