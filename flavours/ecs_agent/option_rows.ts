/**
 * The option table of the `ecs` flavour; what it shares with `fargate` is described elsewhere.
 *
 * @module
 */

import { LAUNCH_TYPES } from "./options.ts";
import type { OptionRow } from "../../schemas/options/option.ts";

/** Options of `ecs start` beyond the common ones. @see Prefect 1.4.1 `prefect/cli/agent.py` */
export const ecsOptionRows: readonly OptionRow[] = [
  {
    name: "cluster",
    type: "text",
    metavar: "NAME|ARN",
    default: "the `default` cluster",
    since: "0.14.0",
    description: "Cluster in which tasks run; overrides `cluster` in --run-task-kwargs.",
  },
  {
    name: "launch-type",
    type: "choice",
    choices: LAUNCH_TYPES,
    metavar: "TYPE",
    default: "FARGATE, unless --run-task-kwargs names a capacityProviderStrategy",
    since: "0.14.0",
    description: "Launch type of tasks; overrides `launchType` in --run-task-kwargs.",
    note: "A warning names a `launchType` in the file that is overridden.",
  },
  {
    name: "task-role-arn",
    type: "text",
    metavar: "ARN",
    since: "0.14.0",
    description: "IAM role that flow runs assume, unless run config or task definition name one.",
  },
  {
    name: "execution-role-arn",
    type: "text",
    metavar: "ARN",
    since: "0.14.0",
    description:
      "IAM role with which ECS pulls images and writes logs, unless run config or task definition name one.",
  },
  {
    name: "task-definition",
    type: "text",
    metavar: "PATH|URL",
    default: "built in: awsvpc, 1024 CPU units, 2048 MiB, one container `flow`",
    since: "0.14.0",
    description:
      "Template of task definitions (YAML 1.1 or JSON): a local path, s3://bucket/key or http(s)://.",
    note: "Refused at start: an empty file, a file without a mapping, an HTTP error; gs:// is not supported.",
  },
  {
    name: "run-task-kwargs",
    type: "text",
    metavar: "PATH|URL",
    since: "0.14.0",
    description:
      "Further arguments of RunTask (YAML 1.1 or JSON): a local path, s3://bucket/key or http(s)://.",
    note:
      "`taskDefinition` and `clientToken` in it are ignored with a warning; a `count` starts that many tasks for " +
      "each run, of which the first is followed.",
  },
  {
    name: "task-definition-per-run",
    type: "flag",
    default: "off: definitions are reused",
    since: "this agent",
    description:
      "Register a task definition for each flow run and deregister it afterwards, as the original does.",
  },
];
