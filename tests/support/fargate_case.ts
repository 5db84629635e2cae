/**
 * Recorded cases of the Fargate agent as the flavour takes them.
 *
 * @module
 */

import { type FargateOptions, optionsFromKwargs, parseFargateOptions } from "../../schemas/fargate.ts";
import { agentOptionNames } from "../../schemas/fargate_switches.ts";
import type { GivenKwarg } from "../../schemas/fargate_kwargs.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schemas/json.ts";
import { mappings } from "../../schemas/json_shape.ts";
import type { Reading } from "../../schemas/launch_plan.ts";
import { literalOrText } from "../../schemas/python_literal.ts";
import { toJson } from "../../schemas/python_value.ts";
import { Secret } from "../../schemas/secret.ts";
import type { AgentSettings } from "../../schemas/settings.ts";
import type { FlavourCase } from "./flavour.ts";
import { goldenFlowRun } from "./flow_run.ts";
import { at, type GoldenCase, goldenPython } from "./golden.ts";
import { someSettings } from "./settings.ts";

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

function settingsOfKwargs(kwargs: JsonObject): Partial<AgentSettings> {
  const labels = Array.isArray(kwargs.labels) ? { labels: kwargs.labels.map(String) } : {};
  const envVars = isJsonObject(kwargs.env_vars) ? { envVars: textMembers(kwargs.env_vars) } : {};
  const logs = typeof kwargs.no_cloud_logs === "boolean" ? { sendFlowRunLogs: !kwargs.no_cloud_logs } : {};
  return { ...labels, ...envVars, ...logs };
}

function settingsOfEnv(env: Env): AgentSettings {
  const token = env.PREFECT__CLOUD__AGENT__AUTH_TOKEN;
  return someSettings({
    backend: env.PREFECT__BACKEND === "server" ? "server" : "cloud",
    apiUrl: env.PREFECT__CLOUD__API ?? "https://api.prefect.io",
    agentToken: token === undefined ? null : new Secret(token),
    labels: labelsOf(env.PREFECT__CLOUD__AGENT__LABELS),
    runLogLevel: env.PREFECT__LOGGING__LEVEL ?? "INFO",
    sendFlowRunLogs: env.PREFECT__CLOUD__SEND_FLOW_RUN_LOGS !== "false",
  });
}

function labelsOf(text: string | undefined): readonly string[] {
  const read = text === undefined ? undefined : toJson(literalOrText(text));
  return Array.isArray(read) ? read.map(String) : [];
}

const OPTION = /^(?:--(label|env|token)|-([let]))$/;
const LONG: Readonly<Record<string, string>> = { l: "label", e: "env", t: "token" };

function optionsOfArgv(argv: readonly string[], env: Env): FargateOptions {
  const values: Record<string, string[]> = { label: [], env: [], token: [] };
  const pairs: [string, string][] = [];
  const args = argv.slice(3);
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    const [, long, short] = OPTION.exec(arg) ?? [];
    const name = long ?? LONG[short ?? ""];
    if (name !== undefined) values[name]?.push(args[++index] ?? "");
    else if (arg !== "--no-cloud-logs") pairs.push(pairOf(arg));
  }
  const settings = settingsOfEnv(env);
  return parseFargateOptions({ values: {}, pairs, env }, {
    ...settings,
    labels: [...new Set(values.label)].sort(),
    envVars: Object.fromEntries((values.env ?? []).map(pairOf)),
    agentToken: values.token?.[0] === undefined ? settings.agentToken : new Secret(values.token[0]),
    sendFlowRunLogs: settings.sendFlowRunLogs && !args.includes("--no-cloud-logs"),
  });
}

function pairOf(arg: string): [string, string] {
  const at = arg.indexOf("=");
  return [arg.slice(0, at).replace(/^--/, ""), arg.slice(at + 1)];
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
