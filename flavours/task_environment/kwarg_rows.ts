/**
 * The arguments of the legacy `FargateTaskEnvironment`, as rows for parser, usage text and option tables.
 *
 * @module
 */

import { awsKwargs, type KwargRow, specType } from "../fargate_agent/kwarg_rows.ts";
import { fargateClientRows, fargateOptionRows } from "../fargate_agent/switches.ts";
import type { OptionRow } from "../../schemas/options/option.ts";

/** One argument that is passed on to AWS. */
export type TaskEnvironmentRow = KwargRow;

const FURTHER: readonly TaskEnvironmentRow[] = [
  {
    name: "family",
    kind: "text",
    groups: ["definition"],
    description: "Family of the task definition; that of taskDefinition when absent",
    note: "The original needed both, and did not check that they agree",
  },
  {
    name: "containerDefinitions",
    kind: "list",
    groups: ["definition"],
    description: "Containers; the first becomes the flow's, every one gets the Prefect variables",
  },
  {
    name: "requiresCompatibilities",
    kind: "list",
    groups: ["definition"],
    description: "Launch types the definition is checked for, such as ['FARGATE']",
  },
  {
    name: "taskDefinition",
    kind: "text",
    groups: ["run"],
    description: "Family, family:revision or ARN of the definition to run; the family when absent",
  },
];

/** Everything that is passed on, in the order in which differences are listed. @see Prefect 0.14.22 fargate_task.py */
export const taskEnvironmentKwargs: ReadonlyMap<string, TaskEnvironmentRow> = new Map(
  [...FURTHER, ...awsKwargs.values()].map((row) => [row.name, row]),
);

/** Members of a definition in the order in which the original lists differences. */
export const definitionMembers: readonly string[] = [
  "family",
  "taskRoleArn",
  "executionRoleArn",
  "networkMode",
  "containerDefinitions",
  "volumes",
  "placementConstraints",
  "requiresCompatibilities",
  "cpu",
  "memory",
  "tags",
  "pidMode",
  "ipcMode",
  "proxyConfiguration",
  "inferenceAccelerators",
];

const SINCE = "0.8.1";

/** Pairs of `task-environment`: the constructor's arguments. */
export const taskEnvironmentKwargRows: readonly OptionRow[] = [
  ...[...taskEnvironmentKwargs.values()].map((row) => ({
    name: row.name,
    since: SINCE,
    description: row.description,
    ...specType(row.kind),
    ...(row.note === undefined ? {} : { note: row.note }),
  })),
  { name: "metadata", type: "structure", since: SINCE, description: "Only `image` in it is used" },
  { name: "labels", type: "structure", since: SINCE, description: "Accepted, has no effect here" },
  ...fargateOptionRows.filter((row) => row.name === "launch-type"),
  ...fargateClientRows,
];
