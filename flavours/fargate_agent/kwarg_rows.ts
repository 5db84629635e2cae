/**
 * The `key=value` pairs of the Fargate agent, one row each: which AWS call takes them and what kind of value they hold.
 * Parser, usage text and option tables are made from these rows.
 *
 * @module
 */

import type { OptionRow } from "../../schemas/options/option.ts";

/** What a parameter of RegisterTaskDefinition, RunTask or a container holds. */
export type KwargKind =
  | "text"
  /** `cpu` and `memory`: text that is never read as a Python literal; integers become text. */
  | "size"
  | "integer"
  | "flag"
  | "list"
  | "mapping";

/** The three places a keyword argument may go to. */
export type KwargGroup = "definition" | "run" | "container";

/** One parameter that is passed on to AWS. */
export interface KwargRow {
  /** As AWS spells it; for a container the bare member name. */
  readonly name: string;
  readonly kind: KwargKind;
  readonly groups: readonly KwargGroup[];
  readonly description: string;
  readonly metavar?: string;
  readonly unit?: string;
  readonly note?: string;
}

const DEFINITION: readonly KwargGroup[] = ["definition"];
const RUN: readonly KwargGroup[] = ["run"];
const BOTH: readonly KwargGroup[] = ["definition", "run"];
const CONTAINER: readonly KwargGroup[] = ["container"];

const AWS_ROWS: readonly KwargRow[] = [
  {
    name: "taskRoleArn",
    kind: "text",
    groups: DEFINITION,
    metavar: "ARN",
    description: "Role the flow's own code uses",
  },
  {
    name: "executionRoleArn",
    kind: "text",
    groups: DEFINITION,
    metavar: "ARN",
    description: "Role ECS uses to pull the image, read secrets and write logs",
  },
  {
    name: "networkMode",
    kind: "text",
    groups: DEFINITION,
    description: "Docker network mode of the task",
    note: "awsvpc if absent, also for EC2",
  },
  { name: "volumes", kind: "list", groups: DEFINITION, description: "Volumes containers may mount" },
  {
    name: "placementConstraints",
    kind: "list",
    groups: BOTH,
    description: "Where tasks may be placed",
    note: "Sent with both calls",
  },
  {
    name: "cpu",
    kind: "size",
    groups: DEFINITION,
    unit: "CPU units",
    description: "CPU of the task; AWS also accepts `1 vCPU`",
    note: "Sent as typed; true, false and fractions are refused",
  },
  {
    name: "memory",
    kind: "size",
    groups: DEFINITION,
    unit: "MiB",
    description: "Memory of the task; AWS also accepts `2 GB`",
    note: "Sent as typed; true, false and fractions are refused",
  },
  {
    name: "tags",
    kind: "list",
    groups: BOTH,
    description: "Tags, a list of {key, value}",
    note: "Sent with both calls; checked at start",
  },
  {
    name: "pidMode",
    kind: "text",
    groups: DEFINITION,
    description: "Process namespace: host or task",
  },
  {
    name: "ipcMode",
    kind: "text",
    groups: DEFINITION,
    description: "Inter-process namespace: host, task or none",
  },
  {
    name: "proxyConfiguration",
    kind: "mapping",
    groups: DEFINITION,
    description: "App Mesh proxy of the task",
  },
  {
    name: "inferenceAccelerators",
    kind: "list",
    groups: DEFINITION,
    description: "Elastic Inference accelerators",
  },
  {
    name: "cluster",
    kind: "text",
    groups: RUN,
    metavar: "NAME|ARN",
    description: "Cluster in which tasks run; AWS uses `default` if absent",
  },
  {
    name: "count",
    kind: "integer",
    groups: RUN,
    unit: "tasks",
    description: "Tasks per flow run, 1 when absent; only the first is reported",
  },
  {
    name: "startedBy",
    kind: "text",
    groups: RUN,
    description: "Text to find the tasks by",
    note: "The flow run's id when absent",
  },
  { name: "group", kind: "text", groups: RUN, description: "Task group" },
  { name: "placementStrategy", kind: "list", groups: RUN, description: "How tasks are placed" },
  {
    name: "platformVersion",
    kind: "text",
    groups: RUN,
    description: "Fargate platform version, such as 1.4.0 or LATEST",
  },
  {
    name: "networkConfiguration",
    kind: "mapping",
    groups: RUN,
    description: "Subnets, security groups and public address of the task",
  },
  {
    name: "enableECSManagedTags",
    kind: "flag",
    groups: RUN,
    description: "Whether ECS adds its own tags to the task",
  },
  {
    name: "propagateTags",
    kind: "text",
    groups: RUN,
    description: "From where tags are copied to the task: TASK_DEFINITION, SERVICE or NONE",
  },
];

const CONTAINER_ROWS: readonly KwargRow[] = [
  {
    name: "environment",
    kind: "list",
    groups: CONTAINER,
    description:
      "Further variables, a list of {name, value}; they do not override names that are set already",
  },
  {
    name: "secrets",
    kind: "list",
    groups: CONTAINER,
    description: "Variables read from Secrets Manager or Parameter Store, a list of {name, valueFrom}",
  },
  { name: "mountPoints", kind: "list", groups: CONTAINER, description: "Where volumes are mounted" },
  { name: "logConfiguration", kind: "mapping", groups: CONTAINER, description: "Log driver and its options" },
  {
    name: "repositoryCredentials",
    kind: "mapping",
    groups: CONTAINER,
    description: "Secret with the user and password of a private registry",
  },
];

/** Parameters of RegisterTaskDefinition and RunTask, by name. @see Prefect 0.15.13 agent/fargate/agent.py; tests/golden/fargate */
export const awsKwargs: ReadonlyMap<string, KwargRow> = new Map(AWS_ROWS.map((row) => [row.name, row]));

/** Members of the one container definition, by name. */
export const containerKwargs: ReadonlyMap<string, KwargRow> = new Map(
  CONTAINER_ROWS.map((row) => [row.name, row]),
);

/** Environment variable of a container member, spelled exactly so. */
export function containerVariable(member: string): string {
  return `containerDefinitions_${member}`;
}

/** Pair of a container member. */
export function containerPair(member: string): string {
  return `containerDefinitions[0].${member}`;
}

const CONTAINER_SPEC: OptionRow = {
  name: "containerDefinitions",
  type: "structure",
  since: "0.6.7",
  description: "A list with one object that holds the members below",
  note: "Its environment variables are those of the members",
};

/** Every pair that is passed on to AWS, as rows for usage text and option tables. */
export const awsKwargRows: readonly OptionRow[] = [
  ...AWS_ROWS.map((row) => toSpec(row, row.name)),
  CONTAINER_SPEC,
  ...CONTAINER_ROWS.map((row) => ({
    ...toSpec(row, containerVariable(row.name)),
    name: containerPair(row.name),
  })),
];

function toSpec(row: KwargRow, variable: string): OptionRow {
  return {
    name: row.name,
    variable,
    since: "0.7.0",
    description: row.description,
    ...specType(row.kind),
    ...(row.metavar === undefined ? {} : { metavar: row.metavar }),
    ...(row.unit === undefined ? {} : { unit: row.unit }),
    ...(row.note === undefined ? {} : { note: row.note }),
  };
}

/** How a kind is called in option tables. */
export function specType(kind: KwargKind): Pick<OptionRow, "type" | "choices"> {
  if (kind === "flag") return { type: "choice", choices: ["True", "False"] };
  if (kind === "integer") return { type: "integer" };
  return { type: kind === "list" || kind === "mapping" ? "structure" : "text" };
}
