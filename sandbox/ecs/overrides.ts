/**
 * Overrides of a task, and what its containers start with.
 *
 * @module
 */

import * as v from "valibot";
import type { ContainerStart } from "../containers/launcher.ts";
import type { ContainerDefinition, TaskRecord } from "./records.ts";

const pair = v.object({ name: v.optional(v.string(), ""), value: v.optional(v.string(), "") });

/** `overrides` of RunTask: the members that are looked at. */
export const overridesSchema = v.looseObject({
  cpu: v.optional(v.string()),
  memory: v.optional(v.string()),
  containerOverrides: v.optional(
    v.array(
      v.looseObject({
        name: v.optional(v.string(), ""),
        command: v.optional(v.array(v.string())),
        environment: v.optional(v.array(pair), []),
      }),
    ),
    [],
  ),
});

/** Parsed overrides. */
export type Overrides = v.InferOutput<typeof overridesSchema>;

/** What ECS puts into every container by itself. */
function platformEnvironment(task: TaskRecord): [string, string][] {
  const kind = task.launchType === "FARGATE" ? "AWS_ECS_FARGATE" : "AWS_ECS_EC2";
  return [
    ["AWS_EXECUTION_ENV", kind],
    ["AWS_REGION", task.region],
    ["AWS_DEFAULT_REGION", task.region],
  ];
}

/** Command and environment of a container: those of the definition, under the overrides. */
export function containerStart(task: TaskRecord, definition: ContainerDefinition): ContainerStart {
  const { containerOverrides } = v.parse(overridesSchema, task.overrides);
  const override = containerOverrides.find((each) => each.name === definition.name);
  const environment = [...definition.environment, ...override?.environment ?? []]
    .map(({ name, value }): [string, string] => [name, value]);
  return {
    taskId: task.id,
    name: definition.name,
    image: definition.image,
    argv: [...definition.entryPoint, ...override?.command ?? definition.command],
    environment: Object.fromEntries([...platformEnvironment(task), ...environment]),
  };
}
