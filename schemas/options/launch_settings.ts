/**
 * How persistently the agent launches and watches, on any platform.
 *
 * @module
 */

import { CLAIM_TIMES } from "../flow_run/claim_times.ts";
import { defaultLaunchPolicy, type LaunchPolicy, type RelaunchPolicy } from "../flow_run/launch_policy.ts";
import type { OptionRow, OptionValues } from "./option.ts";
import { textOf } from "./option_value.ts";
import { numberOption, type OptionSources, readOptions } from "./read_options.ts";

/** Settings of launching and watching. */
export interface LaunchSettings {
  readonly policy: LaunchPolicy;
  /** Null: tasks are not watched. */
  readonly watchPeriodMs: number | null;
  readonly reconcilePeriodMs: number;
  readonly cancelGraceMs: number;
}

/** Settings of an agent that was given no option. */
export const defaultLaunchSettings: LaunchSettings = {
  policy: defaultLaunchPolicy,
  watchPeriodMs: 5000,
  reconcilePeriodMs: CLAIM_TIMES.searchMs,
  cancelGraceMs: 30_000,
};

/**
 * Reads the options.
 *
 * @param rows the options as the platform describes them
 * @param otherwise what holds where an option is not given
 * @throws {FailureError} `configuration` that names the option, its value and what is accepted
 */
export function launchSettings(
  rows: readonly OptionRow[],
  sources: OptionSources,
  otherwise: LaunchSettings = defaultLaunchSettings,
): LaunchSettings {
  return readOptions(rows, sources, (values) => {
    const { policy, watchPeriodMs, reconcilePeriodMs, cancelGraceMs } = otherwise;
    return {
      policy: policyOf(values, policy),
      watchPeriodMs: values["no-watch"] === true ? null : seconds(values, "watch-period", watchPeriodMs ?? 0),
      reconcilePeriodMs: seconds(values, "reconcile-period", reconcilePeriodMs),
      cancelGraceMs: seconds(values, "cancel-grace", cancelGraceMs, 0),
    };
  });
}

function policyOf(values: OptionValues, otherwise: LaunchPolicy): LaunchPolicy {
  const { deadlineMs, maxAttempts, placementRetries, relaunch } = otherwise;
  const stage = (name: "claim" | "definition" | "launch" | "start" | "stop") =>
    seconds(values, `${name}-deadline`, deadlineMs[name]);
  return {
    ...otherwise,
    maxAttempts: numberOption(values, "launch-attempts", { least: 1, otherwise: maxAttempts }),
    placementRetries: numberOption(values, "placement-retries", { least: 0, otherwise: placementRetries }),
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
  const given = textOf(values, "relaunch");
  return given === "never" || given === "start" || given === "infrastructure" ? given : null;
}

/** An option in seconds, as milliseconds; asking more often than each tenth of a second gains nothing. */
function seconds(values: OptionValues, name: string, otherwiseMs: number, leastS = 0.1): number {
  return numberOption(values, name, { least: leastS, otherwise: otherwiseMs / 1000 }) * 1000;
}
