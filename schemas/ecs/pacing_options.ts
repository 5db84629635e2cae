/**
 * The options that say how much of an AWS account the agent uses: the pace of its calls, and log lines that it reads.
 *
 * @module
 */

import { toFailure } from "../failure/failure.ts";
import type { OptionRow, OptionValues } from "../options/option.ts";
import type { Locate } from "../options/typed_path.ts";
import { textOf } from "../options/option_value.ts";
import {
  numberOption,
  type OptionSources,
  readOptions,
  refusedOption,
  withVariables,
} from "../options/read_options.ts";
import { type AwsLimits, DOCUMENTED_LIMITS, NO_LIMITS, parseAwsLimits } from "./aws_limits.ts";

const since = "this agent";

/** Rows of the options. */
export const pacingOptionRows: readonly OptionRow[] = withVariables([
  {
    name: "failure-log-lines",
    type: "integer",
    metavar: "N",
    unit: "lines",
    default: "0",
    since,
    description:
      "Number of lines of a lost task's CloudWatch log that its explanation quotes (needs logs:GetLogEvents)",
  },
  {
    name: "aws-quota-share",
    type: "number",
    metavar: "PART",
    default: "1",
    since,
    description: "Part of the account's request rates that this agent uses, above 0 and up to 1",
  },
  {
    name: "aws-limits",
    type: "text",
    metavar: "documented|none|FILE",
    default: "documented",
    since,
    description:
      "Request rates of the account: `documented` by AWS, `none` until AWS throttles, or read from a JSON file",
  },
]);

/** How much of the account is used. */
export interface PacingSettings {
  readonly limits: AwsLimits;
  /** Part of the limits, above 0, up to 1. */
  readonly quotaShare: number;
  /** Lines of a lost task's log that its explanation quotes; 0: logs are not read. */
  readonly failureLogLines: number;
}

/** Settings of an agent that was given no option. */
export const defaultPacingSettings: PacingSettings = {
  limits: DOCUMENTED_LIMITS,
  quotaShare: 1,
  failureLogLines: 0,
};

/** Where the settings come from. */
export interface PacingSources extends OptionSources {
  /** Reads the file of `--aws-limits`; null: it does not exist. */
  readonly readText: (path: string) => string | null;
  /** Absolute path of what was typed, for messages. */
  readonly locate?: Locate | undefined;
}

/** GetLogEvents gives no more in one page. @see "GetLogEvents", CloudWatch Logs API reference */
const MOST_LOG_LINES = 10_000;

/**
 * Reads the options.
 *
 * @throws {FailureError} `configuration` that names the option, its value and what is accepted
 */
export function pacingSettings(sources: PacingSources): PacingSettings {
  return readOptions(pacingOptionRows, sources, (values) => ({
    limits: limitsOf(values, sources),
    quotaShare: shareOf(values),
    failureLogLines: numberOption(values, "failure-log-lines", {
      least: 0,
      most: MOST_LOG_LINES,
      otherwise: defaultPacingSettings.failureLogLines,
    }),
  }));
}

function shareOf(values: OptionValues): number {
  const share = numberOption(values, "aws-quota-share", { least: 0, most: 1, otherwise: 1 });
  if (share > 0) return share;
  const given = textOf(values, "aws-quota-share") ?? "";
  throw refusedOption("aws-quota-share", given, "a number above 0 and up to 1");
}

function limitsOf(values: OptionValues, { readText, locate }: PacingSources): AwsLimits {
  const given = textOf(values, "aws-limits") ?? "documented";
  if (given === "documented") return DOCUMENTED_LIMITS;
  if (given === "none") return NO_LIMITS;
  const content = contentOf(given, readText);
  if (content === null) {
    const looked = locate === undefined ? "" : `; there is no file ${locate(given)}`;
    throw refusedOption("aws-limits", given, `documented, none or the path of a JSON file${looked}`);
  }
  return parseAwsLimits(jsonOf(content, given), given);
}

/** A file that is there and cannot be used is told with the option that names it. */
function contentOf(path: string, readText: PacingSources["readText"]): string | null {
  try {
    return readText(path);
  } catch (thrown) {
    throw refusedOption("aws-limits", path, `a JSON file: ${toFailure(thrown).message}`);
  }
}

function jsonOf(content: string, path: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    // The parser's message quotes the text, which adds nothing to the name of the file.
    throw refusedOption("aws-limits", path, "a file that holds JSON");
  }
}
