/**
 * The legacy `FargateTaskEnvironment` of Prefect 0.x: what its constructor took.
 *
 * @module
 */

import { FailureError } from "../../schemas/failure/failure.ts";
import { type GivenCredentials, readCredentials, readRegion } from "../fargate_agent/aws_credentials.ts";
import type { KwargProblem } from "../fargate_agent/kwargs.ts";
import { fargateClientRows, type Given, type LaunchType, readLaunchType } from "../fargate_agent/switches.ts";
import type { GivenKwarg } from "../fargate_agent/kwargs.ts";
import { literal } from "../fargate_agent/kwarg_value.ts";
import { nearName, shortened } from "../../schemas/options/near_name.ts";
import type { Json, JsonObject } from "../../schemas/json/json.ts";
import { mapping } from "../../schemas/json/shape.ts";
import { toJson } from "../../schemas/python/value.ts";
import { taskEnvironmentKwargs, type TaskEnvironmentRow } from "./kwarg_rows.ts";
import { readTaskEnvironmentValue } from "./kwarg_value.ts";

/** A Fargate task environment, parsed. */
export interface TaskEnvironment {
  /** Arguments of RegisterTaskDefinition as they were given, `family` included. */
  readonly definition: JsonObject;
  /** Arguments of RunTask as they were given, `taskDefinition` included. */
  readonly run: JsonObject;
  readonly launchType: LaunchType;
  /** `metadata.image`; undefined where the metadata has none. */
  readonly image: Json | undefined;
  /** Null: the SDK's own chain. */
  readonly credentials: GivenCredentials | null;
  /** Null: the SDK's own lookup. */
  readonly regionName: string | null;
  /** Arguments that are ignored, without their values. */
  readonly warnings: readonly string[];
}

/** One argument of the class, and where it was given. */
export type GivenArgument = GivenKwarg;

/** What a task environment is made from. */
export interface TaskEnvironmentInput {
  readonly given: Given;
  /** Only AWS credentials and REGION_NAME are read from it. */
  readonly env: Readonly<Record<string, string>>;
}

/** Constructor arguments that are not passed to AWS. */
const OWN: ReadonlySet<string> = new Set([
  "launch_type",
  "labels",
  "metadata",
  ...fargateClientRows.map((row) => row.name),
]);

interface Groups {
  readonly definition: Record<string, Json>;
  readonly run: Record<string, Json>;
}

/**
 * Parses the constructor's arguments. Of `family` and `taskDefinition` one is enough (F-TE-FAMILY); integers for `cpu` and
 * `memory` become text (F-CPU-TYPE).
 *
 * @throws {FailureError} `configuration`, naming every argument that cannot be used
 * @see Prefect 0.14.22 environments/execution/fargate/fargate_task.py; recorded: task_environment
 */
export function parseTaskEnvironment({ given, env }: TaskEnvironmentInput): TaskEnvironment {
  const groups: Groups = { definition: {}, run: {} };
  const problems: KwargProblem[] = [];
  for (const row of taskEnvironmentKwargs.values()) take(row, given, { groups, problems });
  const [first] = problems;
  if (first !== undefined) throw refused(first.field, problems.map((problem) => problem.message).join("; "));
  const { definition, run } = named(groups);
  return {
    definition,
    run,
    launchType: readLaunchType(given.get("launch_type")),
    image: metadataImage(given),
    credentials: readCredentials(given, env),
    regionName: readRegion(given, env) ?? null,
    warnings: unknownNames(given),
  };
}

function take(
  row: TaskEnvironmentRow,
  given: Given,
  into: { readonly groups: Groups; readonly problems: KwargProblem[] },
): void {
  const kwarg = given.get(row.name);
  if (kwarg === undefined) return;
  const read = readTaskEnvironmentValue(row, kwarg);
  if (read.outcome === "problem") {
    into.problems.push({ field: row.name, message: `Cannot use ${row.name}: ${read.problem}` });
  }
  if (read.outcome !== "value") return;
  for (const group of row.groups) {
    if (group !== "container") into.groups[group][row.name] = read.value;
  }
}

function named({ definition, run }: Groups): { readonly definition: JsonObject; readonly run: JsonObject } {
  const { family } = definition;
  const { taskDefinition } = run;
  if (family === undefined && taskDefinition === undefined) {
    throw refused("family", "Cannot tell the task definition's name: give family, taskDefinition or both");
  }
  const familyOfRun = familyOf(taskDefinition);
  if (family !== undefined && familyOfRun !== undefined && family !== familyOfRun) {
    const message =
      `Cannot register ${family} and run ${familyOfRun}: family and taskDefinition must name the same family`;
    throw refused("taskDefinition", message);
  }
  return {
    definition: { ...definition, family: family ?? familyOfRun ?? "" },
    run: { ...run, taskDefinition: taskDefinition ?? family ?? "" },
  };
}

// A task definition may be named by family, family:revision or ARN.
function familyOf(taskDefinition: Json | undefined): string | undefined {
  if (typeof taskDefinition !== "string") return undefined;
  return (taskDefinition.split("/").at(-1) ?? "").split(":")[0];
}

function metadataImage(given: Given): Json | undefined {
  const metadata = given.get("metadata");
  return metadata === undefined ? undefined : mapping(toJson(literal(metadata.value))).image;
}

function unknownNames(given: Given): readonly string[] {
  const known = [...taskEnvironmentKwargs.keys(), ...OWN];
  return [...given.keys()]
    .filter((name) => !OWN.has(name) && !taskEnvironmentKwargs.has(name))
    .map((name) => {
      const near = nearName(name, known);
      const hint = near === null ? "" : `; did you mean ${near}`;
      return `Ignored ${shortened(name)}: the task environment passes no such parameter to AWS${hint}`;
    });
}

function refused(field: string, message: string): FailureError {
  return new FailureError({ tag: "configuration", field, message });
}
