/**
 * The arguments the Fargate agent keeps for itself: launch type, the two switches, external arguments, credentials.
 *
 * @module
 */

import { FailureError } from "../../schemas/failure/failure.ts";
import type { GivenKwarg } from "./kwargs.ts";
import { literal } from "./kwarg_value.ts";
import type { FieldSource } from "../../schemas/plan/field_source.ts";
import type { OptionRow } from "../../schemas/options/option.ts";
import { hasControl, scalarText } from "../../schemas/options/scalar_text.ts";
import { escaped } from "../../schemas/options/usage_error.ts";
import type { PyValue } from "../../schemas/python/value.ts";

/** What ECS runs tasks on; null: neither `launchType` nor `requiresCompatibilities` is sent. */
export type LaunchType = "FARGATE" | "EC2" | "EXTERNAL" | null;

/** The agent's own switches. */
export interface SwitchValues {
  readonly launchType: LaunchType;
  readonly launchTypeSource: FieldSource;
  readonly enableTaskRevisions: boolean;
  readonly useExternalKwargs: boolean;
  readonly externalKwargsS3Bucket: string;
  readonly externalKwargsS3Key: string;
  readonly runByFamily: boolean;
}

/** Arguments by name. */
export type Given = ReadonlyMap<string, GivenKwarg>;

const LAUNCH_TYPES = ["FARGATE", "EC2", "EXTERNAL"] as const;

/** Options of `fargate start` besides those both flavours share; each is understood as a pair with underscores as well. */
export const fargateOptionRows: readonly OptionRow[] = [
  {
    name: "launch-type",
    type: "choice",
    choices: LAUNCH_TYPES,
    default: "FARGATE",
    since: "0.11.0",
    description: "Launch type of tasks; an empty value sends none",
    note: "Upper or lower case; the original sent fargate unchanged and ignored --launch-type=EC2",
  },
  {
    name: "enable-task-revisions",
    type: "flag",
    default: "False",
    since: "0.11.0",
    description: "Name families by the flow's name, with one revision for each flow id, found by its tags",
    note: "enable_task_revisions=False switches it off; the original switched it on",
  },
  {
    name: "use-external-kwargs",
    type: "flag",
    default: "False",
    since: "0.11.0",
    description: "Read further arguments from S3 for each flow run",
    note: "use_external_kwargs=False switches it off; the original switched it on",
  },
  {
    name: "external-kwargs-s3-bucket",
    type: "text",
    metavar: "BUCKET",
    since: "0.11.0",
    description: "Bucket of the external arguments; needed with --use-external-kwargs",
  },
  {
    name: "external-kwargs-s3-key",
    type: "text",
    metavar: "PREFIX",
    default: "(empty)",
    since: "0.11.0",
    description: "Prefix of the external arguments: PREFIX/<flow slug>/<flow id, first 8>.json",
    note: "A missing prefix is an empty one; the original failed every run",
  },
  {
    name: "botocore-config",
    type: "structure",
    metavar: "OBJECT",
    since: "0.12.0",
    description:
      "Options of the Python SDK as a Python literal or JSON; a warning names those without a counterpart",
    note: "The original took it from Python only",
  },
  {
    name: "run-by-family",
    type: "flag",
    default: "False",
    since: "this agent",
    description: "Run tasks by bare family, as the original did, not by the exact revision",
  },
];

/** Pairs that carry AWS credentials and the region, with the variables that say the same. */
export const fargateClientRows: readonly OptionRow[] = [
  {
    name: "aws_access_key_id",
    variable: "AWS_ACCESS_KEY_ID",
    type: "text",
    since: "0.6.7",
    description: "Access key of the agent's AWS clients",
  },
  {
    name: "aws_secret_access_key",
    variable: "AWS_SECRET_ACCESS_KEY",
    type: "text",
    since: "0.6.7",
    description: "Secret that belongs to the access key",
  },
  {
    name: "aws_session_token",
    variable: "AWS_SESSION_TOKEN",
    type: "text",
    since: "0.6.7",
    description: "Session token that belongs to the access key",
  },
  {
    name: "region_name",
    variable: "REGION_NAME",
    type: "text",
    metavar: "REGION",
    since: "0.6.7",
    description: "Region of the agent's AWS clients; the SDK's own lookup when absent",
  },
];

/** Names of the arguments this module and `aws_credentials.ts` read, with underscores. */
export const switchNames: ReadonlySet<string> = new Set([
  ...fargateOptionRows.map((row) => underscored(row.name)),
  ...fargateClientRows.map((row) => row.name),
]);

/** Constructor arguments that are options on the command line: as pairs they are refused (F-CLI-CLASH, F-CLI-UNTYPED). */
export const agentOptionNames: ReadonlyMap<string, string> = new Map([
  ["name", "--name"],
  ["labels", "--label"],
  ["env_vars", "--env"],
  ["max_polls", "--max-polls"],
  ["agent_address", "--agent-address"],
  ["agent_config_id", "--agent-config-id"],
  ["no_cloud_logs", "--no-cloud-logs"],
]);

/** `launch-type` as `launch_type`. */
export function underscored(name: string): string {
  return name.replaceAll("-", "_");
}

/**
 * Reads the agent's own switches.
 *
 * @throws {FailureError} `configuration` with the accepted values
 */
export function readSwitches(given: Given): SwitchValues {
  const useExternalKwargs = readSwitch(given, "use_external_kwargs");
  const externalKwargsS3Bucket = readText(given, "external_kwargs_s3_bucket") ?? "";
  if (useExternalKwargs && externalKwargsS3Bucket === "") {
    throw refused("external_kwargs_s3_bucket", "use_external_kwargs is on, so it must name an S3 bucket");
  }
  return {
    launchType: readLaunchType(given.get("launch_type")),
    launchTypeSource: given.get("launch_type")?.source ?? { from: "default", name: "FARGATE" },
    enableTaskRevisions: readSwitch(given, "enable_task_revisions"),
    useExternalKwargs,
    externalKwargsS3Bucket,
    externalKwargsS3Key: readText(given, "external_kwargs_s3_key") ?? "",
    runByFamily: readSwitch(given, "run_by_family"),
  };
}

/**
 * Reads `launch_type`: FARGATE when it is not given, null when it is `None` or empty (F-LAUNCH-CASE).
 *
 * @throws {FailureError} `configuration` with the accepted values
 */
export function readLaunchType(given: GivenKwarg | undefined): LaunchType {
  if (given === undefined) return "FARGATE";
  const { value } = given;
  const text = value.kind === "str" ? scalarText(value.value) : "";
  if (value.kind === "none" || (value.kind === "str" && text === "")) return null;
  const wanted = text.toUpperCase();
  const found = LAUNCH_TYPES.find((type) => type === wanted);
  if (found !== undefined) return found;
  const shown = value.kind === "str" ? escaped(text) : "not text";
  throw refused("launch_type", `must be ${LAUNCH_TYPES.join(", ")} or empty: current value is ${shown}`);
}

const WORDS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["yes", true],
  ["on", true],
  ["1", true],
  ["false", false],
  ["no", false],
  ["off", false],
  ["0", false],
  ["", false],
]);

function readSwitch(given: Given, name: string): boolean {
  const value = given.get(name)?.value ?? { kind: "none" };
  const read = switchOf(literal(value));
  if (read !== undefined) return read;
  const shown = value.kind === "str" ? escaped(value.value) : "something else";
  throw refused(name, `must be True or False: current value is ${shown}`);
}

function switchOf(value: PyValue): boolean | undefined {
  if (value.kind === "none") return false;
  if (value.kind === "bool") return value.value;
  if (value.kind === "int") return WORDS.get(value.digits);
  return value.kind === "str" ? WORDS.get(value.value.toLowerCase()) : undefined;
}

/**
 * Text of an argument; undefined when it is absent, `None` or empty.
 *
 * @throws {FailureError} `configuration` when it is not text
 */
export function readText(given: Given, name: string): string | undefined {
  const value = given.get(name)?.value;
  if (value === undefined || value.kind === "none") return undefined;
  if (value.kind !== "str") throw refused(name, "must be text");
  const text = scalarText(value.value);
  if (hasControl(text)) throw refused(name, "must be text without control characters");
  return text === "" ? undefined : text;
}

function refused(name: string, problem: string): FailureError {
  return new FailureError({ tag: "configuration", field: name, message: `Cannot use ${name}: ${problem}` });
}
