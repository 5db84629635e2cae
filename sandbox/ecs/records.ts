/**
 * What the local ECS remembers, as schemas: records come back from the disk of an earlier start and are parsed there.
 *
 * @module
 */

import * as v from "valibot";

const text = v.string();
const nullableText = v.nullable(v.string());
const nullableNumber = v.nullable(v.number());

/** Tag of a resource. */
export const tagSchema = v.object({ key: v.string(), value: v.optional(v.string(), "") });

/** Tag of a resource. */
export type Tag = v.InferOutput<typeof tagSchema>;

/** Schema of a {@link Cluster}. */
export const clusterSchema = v.object({ arn: text, name: text, region: text, tags: v.array(tagSchema) });

/** A cluster. */
export type Cluster = Readonly<v.InferOutput<typeof clusterSchema>>;

/** A container of a definition: the fields that the local ECS itself needs, all others kept as sent. */
export const containerDefinitionSchema = v.looseObject({
  name: text,
  image: text,
  essential: v.optional(v.boolean(), true),
  entryPoint: v.optional(v.array(text), []),
  command: v.optional(v.array(text), []),
  environment: v.optional(
    v.array(v.object({ name: v.optional(text, ""), value: v.optional(text, "") })),
    [],
  ),
  secrets: v.optional(v.array(v.looseObject({ name: text, valueFrom: text })), []),
  stopTimeout: v.optional(v.number()),
});

/** A container of a definition. */
export type ContainerDefinition = Readonly<v.InferOutput<typeof containerDefinitionSchema>>;

/** Schema of a {@link Definition}. */
export const definitionSchema = v.object({
  arn: text,
  region: text,
  family: text,
  revision: v.number(),
  status: v.picklist(["ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS"]),
  /** Seconds since 1970. */
  registeredAt: v.number(),
  deregisteredAt: nullableNumber,
  tags: v.array(tagSchema),
  /** The request as it was sent, without family and tags. */
  body: v.looseObject({ containerDefinitions: v.array(containerDefinitionSchema) }),
});

/** A revision of a task definition. */
export type Definition = Readonly<v.InferOutput<typeof definitionSchema>>;

/** Schema of a {@link Family}. */
export const familySchema = v.object({ newest: v.number(), lastRegisteredAtMs: v.number() });

/** The counter of a family; it never goes back. */
export type Family = Readonly<v.InferOutput<typeof familySchema>>;

const containerSchema = v.object({
  name: text,
  image: text,
  runtimeId: text,
  essential: v.boolean(),
  lastStatus: text,
  exitCode: nullableNumber,
  reason: nullableText,
});

/** A container of a task. */
export type Container = Readonly<v.InferOutput<typeof containerSchema>>;

/** Life of a task, in order. */
export const TASK_STATUSES = [
  "PROVISIONING",
  "PENDING",
  "ACTIVATING",
  "RUNNING",
  "DEACTIVATING",
  "STOPPING",
  "DEPROVISIONING",
  "STOPPED",
] as const;

/** Schema of a {@link TaskRecord}; moments are milliseconds since 1970. */
export const taskSchema = v.object({
  arn: text,
  id: text,
  region: text,
  cluster: text,
  definitionArn: text,
  family: text,
  group: text,
  startedBy: nullableText,
  launchType: text,
  capacityProvider: nullableText,
  platformVersion: nullableText,
  cpu: nullableText,
  memory: nullableText,
  overrides: v.record(text, v.unknown()),
  tags: v.array(tagSchema),
  version: v.number(),
  lastStatus: v.picklist(TASK_STATUSES),
  desiredStatus: v.picklist(["RUNNING", "STOPPED"]),
  stopCode: nullableText,
  stoppedReason: nullableText,
  createdAt: v.number(),
  startedAt: nullableNumber,
  stoppingAt: nullableNumber,
  executionStoppedAt: nullableNumber,
  stoppedAt: nullableNumber,
  /** DescribeTasks and ListTasks do not know the task before this moment. */
  visibleAt: v.number(),
  containers: v.array(containerSchema),
});

/** A task. */
export type TaskRecord = Readonly<v.InferOutput<typeof taskSchema>>;

/** Status of a task. */
export type TaskStatus = TaskRecord["lastStatus"];

/** Schema of a {@link Launch}. */
export const launchSchema = v.object({
  /** The request in canonical form, without the token. */
  request: text,
  taskArns: v.array(text),
  failures: v.array(v.object({ arn: v.optional(text), reason: text, detail: v.optional(text) })),
  /** Milliseconds since 1970. */
  at: v.number(),
});

/** What RunTask answered to a token. */
export type Launch = Readonly<v.InferOutput<typeof launchSchema>>;
