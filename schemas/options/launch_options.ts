/**
 * How persistently the agent launches, watches and paces, as its options say.
 *
 * @module
 */

import { type AwsLimits, DOCUMENTED_LIMITS, NO_LIMITS, parseAwsLimits } from "../ecs/aws_limits.ts";
import { FailureError } from "../failure/failure.ts";
import { defaultLaunchPolicy, type LaunchPolicy, type RelaunchPolicy } from "../flow_run/launch_policy.ts";
import { launchOptionSpecs } from "./launch_option_rows.ts";
import type { OptionSpec, OptionValues } from "./option.ts";

/** The options, read. */
export interface LaunchOptions {
  readonly policy: LaunchPolicy;
  /** Null: tasks are not watched. */
  readonly watchPeriodMs: number | null;
  readonly reconcilePeriodMs: number;
  readonly cancelGraceMs: number;
  /** 0: logs are not asked for. */
  readonly failureLogLines: number;
  readonly awsLimits: AwsLimits;
  /** Above 0, up to 1. */
  readonly awsQuotaShare: number;
}

/** Where options come from besides the command line. */
export interface LaunchOptionSources {
  /** Reads a file for an option; null: there is none. */
  readonly readText: ReadText;
  readonly env: Readonly<Record<string, string>>;
}

type ReadText = (path: string) => string | null;

/** What nobody has said otherwise. */
export const defaultLaunchOptions: LaunchOptions = {
  policy: defaultLaunchPolicy,
  watchPeriodMs: 5000,
  reconcilePeriodMs: 60_000,
  cancelGraceMs: 30_000,
  failureLogLines: 0,
  awsLimits: DOCUMENTED_LIMITS,
  awsQuotaShare: 1,
};

/** GetLogEvents gives no more in one page. @see "GetLogEvents", CloudWatch Logs API reference */
const MOST_LOG_LINES = 10_000;

/**
 * Reads the options: what is typed counts before the variable of the same name.
 *
 * @throws {FailureError} `configuration` that names the option, its value and what is accepted
 */
export function parseLaunchOptions(
  typed: OptionValues,
  { readText, env }: LaunchOptionSources,
): LaunchOptions {
  try {
    return optionsOf({ ...fromVariables(env), ...typed }, readText);
  } catch (thrown) {
    throw namingVariable(thrown, typed);
  }
}

/** Who set a variable looks for its name. */
function namingVariable(thrown: unknown, typed: OptionValues): unknown {
  const failure = thrown instanceof FailureError ? thrown.failure : null;
  if (failure?.tag !== "configuration") return thrown;
  const spec = launchOptionSpecs.find(({ name }) => `--${name}` === failure.field);
  if (spec?.variable === undefined || typed[spec.name] !== undefined) return thrown;
  const message = failure.message.replace(failure.field, `${spec.variable} (${failure.field})`);
  return new FailureError({ ...failure, message });
}

function optionsOf(values: OptionValues, readText: LaunchOptionSources["readText"]): LaunchOptions {
  const base = defaultLaunchOptions;
  return {
    policy: policyOf(values),
    watchPeriodMs: values["no-watch"] === true ? null : seconds(values, "watch-period", 5000),
    reconcilePeriodMs: seconds(values, "reconcile-period", base.reconcilePeriodMs),
    cancelGraceMs: number(values, "cancel-grace", { least: 0, otherwise: base.cancelGraceMs / 1000 }) * 1000,
    failureLogLines: number(values, "failure-log-lines", {
      least: 0,
      most: MOST_LOG_LINES,
      otherwise: base.failureLogLines,
    }),
    awsLimits: limitsOf(values, readText),
    awsQuotaShare: shareOf(values),
  };
}

/** Options that are said by variables; those that say nothing are left out. */
function fromVariables(env: LaunchOptionSources["env"]): OptionValues {
  const said = launchOptionSpecs.flatMap((spec): [string, string | boolean][] => {
    const value = env[spec.variable ?? ""] ?? "";
    return value === "" ? [] : [[spec.name, valueOf(spec, value)]];
  });
  return Object.fromEntries(said);
}

function valueOf({ name, type, choices }: OptionSpec, given: string): string | boolean {
  const lower = given.toLowerCase();
  if (type === "flag") {
    if (["1", "true", "yes"].includes(lower)) return true;
    if (["0", "false", "no"].includes(lower)) return false;
    throw refused(name, given, "true or false");
  }
  if (choices === undefined) return given;
  if (choices.includes(lower)) return lower;
  throw refused(name, given, choices.join(", "));
}

function policyOf(values: OptionValues): LaunchPolicy {
  const { deadlineMs, maxAttempts, placementRetries, relaunch } = defaultLaunchPolicy;
  const stage = (name: "claim" | "definition" | "launch" | "start" | "stop") =>
    seconds(values, `${name}-deadline`, deadlineMs[name]);
  return {
    maxAttempts: number(values, "launch-attempts", { least: 1, otherwise: maxAttempts }),
    placementRetries: number(values, "placement-retries", { least: 0, otherwise: placementRetries }),
    relaunch: relaunchOf(values) ?? relaunch,
    deadlineMs: {
      ...deadlineMs,
      claim: stage("claim"),
      definition: stage("definition"),
      launch: stage("launch"),
      placement: seconds(values, "placement-window", deadlineMs.placement),
      start: stage("start"),
      stop: stage("stop"),
    },
  };
}

function relaunchOf(values: OptionValues): RelaunchPolicy | null {
  const given = text(values, "relaunch");
  return given === "never" || given === "start" || given === "infrastructure" ? given : null;
}

/** A tenth of a second at least: nothing is gained by asking more often. */
function seconds(values: OptionValues, name: string, otherwiseMs: number): number {
  return number(values, name, { least: 0.1, otherwise: otherwiseMs / 1000 }) * 1000;
}

interface Range {
  readonly least: number;
  readonly most?: number;
  readonly otherwise: number;
}

function number(values: OptionValues, name: string, { least, most = Infinity, otherwise }: Range): number {
  const given = text(values, name);
  if (given === null) return otherwise;
  const value = Number(given.replaceAll("_", ""));
  if (Number.isFinite(value) && value >= least && value <= most) return value;
  const range = most === Infinity ? `${least} or more` : `from ${least} to ${most}`;
  throw refused(name, given, `a number ${range}`);
}

function shareOf(values: OptionValues): number {
  const share = number(values, "aws-quota-share", { least: 0, most: 1, otherwise: 1 });
  if (share > 0) return share;
  throw refused("aws-quota-share", text(values, "aws-quota-share") ?? "", "a number above 0 and up to 1");
}

function limitsOf(values: OptionValues, readText: ReadText): AwsLimits {
  const given = text(values, "aws-limits") ?? "documented";
  if (given === "documented") return DOCUMENTED_LIMITS;
  if (given === "none") return NO_LIMITS;
  const content = readText(given);
  if (content === null) throw refused("aws-limits", given, "documented, none or the path of a JSON file");
  return parseAwsLimits(jsonOf(content, given), given);
}

function jsonOf(content: string, path: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    // The parser's message quotes the text, which adds nothing to the name of the file.
    throw refused("aws-limits", path, "a file that holds JSON");
  }
}

function text(values: OptionValues, name: string): string | null {
  const value = values[name];
  return typeof value === "string" && value !== "" ? value : null;
}

function refused(name: string, given: string, accepted: string): FailureError {
  const message = `Cannot use --${name} '${given}': expected ${accepted}`;
  return new FailureError({ tag: "configuration", field: `--${name}`, message });
}
