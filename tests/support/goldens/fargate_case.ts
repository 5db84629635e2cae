/**
 * Recorded cases of the Fargate agent as the flavour takes them.
 *
 * @module
 */

import {
  type FargateOptions,
  fargateRelease,
  optionsFromKwargs,
  parseFargateOptions,
} from "../../../flavours/fargate_agent/options.ts";
import { parseCommandLine } from "../../../commands/cli/command_line.ts";
import { agentOptionNames } from "../../../flavours/fargate_agent/switches.ts";
import type { GivenKwarg } from "../../../flavours/fargate_agent/kwargs.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { mappings } from "../../../schemas/json/shape.ts";
import type { Reading } from "../../../schemas/plan/source.ts";
import type { OptionValues } from "../../../schemas/options/option.ts";
import { resolveSettings } from "../../../schemas/prefect1/config/resolve_settings.ts";
import type { Prefect1Settings } from "../../../schemas/prefect1/config/settings.ts";
import type { FlavourCase } from "../flavour.ts";
import { goldenFlowRun } from "../flow_run.ts";
import { at, type GoldenCase, goldenPython } from "./golden.ts";

type Env = Readonly<Record<string, string>>;

/** The case as options, flow runs and what S3 holds. */
export function fargateCase({ json }: GoldenCase): FlavourCase<FargateOptions> {
  const rows = Array.isArray(json.flow_runs) ? mappings(json.flow_runs) : mappings([json.flow_run ?? null]);
  return {
    options: () => optionsOf(at(json, "agent")),
    runs: rows.map(goldenFlowRun),
    readings: readingsOf(at(json, "aws_before")),
  };
}

function optionsOf(agent: JsonObject): FargateOptions {
  const env = textMembers(at(agent, "env"));
  if (Array.isArray(agent.argv)) return optionsOfArgv(agent.argv.map(String), env);
  const kwargs = at(agent, "kwargs");
  const given = new Map<string, GivenKwarg>();
  for (const [name, value] of Object.entries(kwargs)) {
    if (agentOptionNames.has(name)) continue;
    given.set(name, { value: goldenPython(value ?? null), source: { from: "flag", name } });
  }
  return optionsFromKwargs({ given, env, settings: { ...settingsOfEnv(env), ...settingsOfKwargs(kwargs) } });
}

function settingsOfKwargs(kwargs: JsonObject): Partial<Prefect1Settings> {
  const labels = Array.isArray(kwargs.labels) ? { labels: kwargs.labels.map(String) } : {};
  const envVars = isJsonObject(kwargs.env_vars) ? { envVars: textMembers(kwargs.env_vars) } : {};
  const logs = typeof kwargs.no_cloud_logs === "boolean" ? { sendFlowRunLogs: !kwargs.no_cloud_logs } : {};
  return { ...labels, ...envVars, ...logs };
}

function settingsOfEnv(env: Env, values: OptionValues = {}): Prefect1Settings {
  return resolveSettings({ rules: fargateRelease.settingsRules, values, env, readText: () => null });
}

function optionsOfArgv(argv: readonly string[], env: Env): FargateOptions {
  const command = parseCommandLine(argv.slice(1));
  if (command.kind !== "start") throw new TypeError(`not a start command: ${command.kind}`);
  return parseFargateOptions({ ...command, env }, settingsOfEnv(env, command.values));
}

function readingsOf(before: JsonObject): Readonly<Record<string, Reading>> {
  if (isJsonObject(at(before, "errors")["s3.get_object"])) return {};
  const objects = Object.entries(at(before, "s3")).flatMap(([bucket, keys]) =>
    Object.entries(isJsonObject(keys) ? keys : {}).map(([key, text]) =>
      [`s3://${bucket}/${key}`, { kind: "text", text: String(text) }] as const
    )
  );
  return Object.fromEntries(objects);
}

function textMembers(json: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, textOf(value)]));
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
