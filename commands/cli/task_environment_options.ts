/**
 * What `task-environment setup` and `task-environment execute` take.
 *
 * @module
 */

import { taskEnvironmentKwargRows } from "../../flavours/task_environment/kwarg_rows.ts";
import type { OptionRow } from "../../schemas/options/option.ts";
import { agentOptionRows } from "./common_options.ts";
import type { CommandRows } from "../../schemas/options/typed_options.ts";

const TASK_ENVIRONMENT_COMMON: ReadonlySet<string> = new Set([
  "key",
  "tenant-id",
  "token",
  "api",
  "log-level",
]);

/** Options of `task-environment setup` and `execute`; the class's own arguments are pairs. */
export const taskEnvironmentOptionRows: readonly OptionRow[] = [
  {
    name: "kwargs-file",
    type: "text",
    metavar: "PATH",
    since: "this agent",
    description: "YAML or JSON file with the arguments of the class; pairs override it",
  },
  {
    name: "flow-file",
    type: "text",
    metavar: "PATH",
    since: "this agent",
    description: "JSON file with the flow: name, storage, environment",
  },
  {
    name: "flow-run-id",
    type: "text",
    metavar: "ID",
    default: "`unknown`",
    since: "this agent",
    description: "Flow run that the task executes",
  },
  ...agentOptionRows.filter((row) => TASK_ENVIRONMENT_COMMON.has(row.name)),
];

/** Options, and the arguments of the class as pairs. */
export const taskEnvironmentRows: CommandRows = {
  options: taskEnvironmentOptionRows,
  pairs: taskEnvironmentKwargRows,
};
