/**
 * The options of `sandbox` and the settings they give.
 *
 * @module
 */

import { resolve } from "node:path";
import type { OptionRow, OptionValues } from "../../schemas/options/option.ts";
import { listOf, pathOf, textOf } from "../../schemas/options/option_value.ts";
import { usageError } from "../../schemas/options/usage_error.ts";

const since = "this agent";

function port(name: string, of: string): OptionRow {
  return {
    name,
    type: "port",
    metavar: "PORT",
    default: "0, a free port",
    since,
    description: `Port of the ${of}`,
  };
}

/** Rows of the options. */
export const sandboxOptionRows: readonly OptionRow[] = [
  port("api-port", "Prefect 1 API"),
  port("prefect3-port", "Prefect 3 API"),
  port("ecs-port", "local ECS"),
  port("kubernetes-port", "Kubernetes API"),
  {
    name: "data",
    type: "text",
    metavar: "DIR",
    default: ".sandbox",
    since,
    description: "Folder that keeps flows, runs and tasks",
  },
  {
    name: "image-exec",
    type: "list",
    metavar: "PATTERN=PREFIX",
    since,
    description:
      "Run the command of containers whose image matches PATTERN (* ? [..]) behind PREFIX, as a subprocess with " +
      "the container's environment; the first PATTERN that matches counts, demo/flow is built in; such as " +
      "'prefecthq/*=env PATH=/opt/venv/bin:/usr/bin:/bin'",
  },
  {
    name: "aws-limits",
    type: "choice",
    choices: ["documented", "none"],
    metavar: "CHOICE",
    default: "documented",
    since,
    description: "Throttle requests as AWS documents it, or not at all",
  },
  {
    name: "faults",
    type: "text",
    metavar: "FILE",
    since,
    description: 'JSON file with faults to inject: {"seed": 1, "rates": {"throttle": 0.1}, "rules": [...]}',
  },
];

/** The settings of `sandbox`. */
export interface SandboxSettings {
  /** 0: a free port. */
  readonly apiPort: number;
  /** 0: a free port. */
  readonly prefect3Port: number;
  /** 0: a free port. */
  readonly ecsPort: number;
  /** 0: a free port. */
  readonly kubernetesPort: number;
  /** As typed; absolute where it was not. */
  readonly dataDir: string;
  /** PATTERN=PREFIX, as typed. */
  readonly imageExec: readonly string[];
  readonly limits: "documented" | "none";
  /** Null: no faults are injected. */
  readonly faultsFile: string | null;
}

/**
 * Reads the options.
 *
 * @param values checked against {@link sandboxOptionRows}
 * @throws {FailureError} `usage` for an empty `--data`
 */
export function sandboxSettings(values: OptionValues): SandboxSettings {
  if (values["data"] === "") throw usageError("Invalid value for '--data': it must name a folder");
  return {
    apiPort: Number(textOf(values, "api-port") ?? 0),
    prefect3Port: Number(textOf(values, "prefect3-port") ?? 0),
    ecsPort: Number(textOf(values, "ecs-port") ?? 0),
    kubernetesPort: Number(textOf(values, "kubernetes-port") ?? 0),
    dataDir: textOf(values, "data") ?? resolve(".sandbox"),
    imageExec: listOf(values, "image-exec"),
    limits: values["aws-limits"] === "none" ? "none" : "documented",
    faultsFile: pathOf(values, "faults"),
  };
}
