/**
 * The recorded cases of the `ecs` flavour, as inputs of pure functions.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type EcsOptions, parseEcsOptions } from "../../../flavours/ecs_agent/options.ts";
import type { FlowRun } from "../../../schemas/prefect1/flow_run.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { isEcsSource } from "../../../schemas/ecs/source.ts";
import type { Reading, Readings, Source } from "../../../schemas/plan/source.ts";
import { Secret } from "../../../schemas/secrets/secret.ts";
import type { Prefect1Settings } from "../../../schemas/prefect1/config/settings.ts";

/** An error of a golden, with its match rule. */
export interface GoldenError {
  readonly stage: string;
  readonly type: string;
  readonly message: string;
  readonly match: "exact" | "aws" | "loose";
}

/** What a golden expects. */
export interface GoldenExpect {
  readonly calls?: readonly { readonly operation: string; readonly params: JsonObject }[];
  readonly error?: GoldenError;
  readonly merged?: JsonObject;
  readonly image?: string;
  readonly command?: string;
  readonly family?: string;
  readonly agent?: JsonObject;
}

/** One recorded case. */
export interface GoldenCase {
  readonly id: string;
  readonly kind: string;
  readonly quirk?: string;
  readonly verdict?: "KEEP" | "FIX";
  readonly agent: {
    readonly init: JsonObject;
    readonly argv: readonly string[] | null;
    readonly env?: Readonly<Record<string, string>>;
    readonly files?: Readonly<Record<string, string>>;
    readonly s3?: Readonly<Record<string, string>>;
    readonly http?: Readonly<Record<string, { readonly status: number; readonly body: string }>>;
  };
  readonly flow_run: JsonObject;
  readonly aws_before?: JsonObject;
  readonly opts1: JsonObject;
  readonly opts2: JsonObject;
  readonly aws_valid?: { readonly ok: boolean };
  readonly expect: GoldenExpect;
  readonly expect_fixed?: GoldenExpect;
}

/** Reads a group, such as `roles`. */
export function readGroup(group: string): readonly GoldenCase[] {
  const url = new URL(`../../golden/ecs/${group}.json`, import.meta.url);
  return JSON.parse(Deno.readTextFileSync(url)).cases;
}

/** The flow run of a case as the boundary would parse it. */
export function goldenRun({ flow_run: row }: GoldenCase): FlowRun {
  const flow = row.flow as JsonObject;
  const state = row.serialized_state as JsonObject;
  return {
    id: String(row.id),
    name: String(row.name),
    version: Number(row.version),
    state,
    stateType: String(state.type),
    startTime: String(state.start_time),
    dueAtMs: null,
    dueTaskRuns: [],
    flow: {
      id: String(flow.id),
      name: String(flow.name),
      version: flow.version as number | null,
      environment: (flow.environment ?? null) as JsonObject | null,
      storage: (flow.storage ?? null) as JsonObject | null,
      coreVersion: (flow.core_version ?? null) as string | null,
    },
    runConfig: (row.run_config ?? null) as JsonObject | null,
  };
}

/** The options of a case, as the constructor of the original takes them; a launch type may be any word there. */
export function goldenOptions({ agent }: GoldenCase): EcsOptions {
  const { init, env = {} } = agent;
  const values = {
    "cluster": init.cluster as string,
    "task-role-arn": init.task_role_arn as string,
    "execution-role-arn": init.execution_role_arn as string,
    "task-definition": init.task_definition_path as string,
    "run-task-kwargs": init.run_task_kwargs_path as string,
    "task-definition-per-run": true,
  };
  const options = parseEcsOptions({ values, pairs: [], env }, goldenSettings(agent));
  return { ...options, launchType: ((init.launch_type ?? "") as string).toUpperCase() || null };
}

function goldenSettings({ init, env = {} }: GoldenCase["agent"]): Prefect1Settings {
  const key = env.PREFECT__CLOUD__API_KEY ?? "";
  const backend = env.PREFECT__BACKEND === "server" ? "server" : "cloud";
  const server = `${env.PREFECT__SERVER__HOST ?? "http://localhost"}:4200`;
  const logs = env.PREFECT__CLOUD__SEND_FLOW_RUN_LOGS ?? "true";
  return {
    backend,
    apiUrl: env.PREFECT__CLOUD__API ?? (backend === "server" ? server : "https://api.prefect.io"),
    credential: key === ""
      ? { kind: "none" }
      : { kind: "key", key: new Secret(key), tenantId: env.PREFECT__CLOUD__TENANT_ID ?? null },
    agentToken: null,
    name: "agent",
    labels: (init.labels ?? []) as string[],
    envVars: init.env_vars as Record<string, string> ?? configuredVariables(env),
    maxPolls: null,
    maxPollPauseMs: 10_000,
    agentAddress: null,
    agentConfigId: null,
    logLevel: "INFO",
    logFormat: "text",
    runLogLevel: env.PREFECT__LOGGING__LEVEL ?? "INFO",
    sendFlowRunLogs: init.no_cloud_logs !== true && !["false", "0"].includes(logs),
    requestTimeoutMs: 15_000,
    graceMs: 25_000,
    unhealthyAfterMs: 300_000,
  };
}

function configuredVariables(env: Readonly<Record<string, string>>): Record<string, string> {
  const nested = Object.entries(env).filter(([name]) => name.startsWith("PREFECT__CLOUD__AGENT__ENV_VARS__"));
  if (nested.length > 0) {
    return Object.fromEntries(nested.map(([name, value]) => [name.slice(33).toLowerCase(), value]));
  }
  const dict = JSON.parse(env.PREFECT__CLOUD__AGENT__ENV_VARS ?? "{}");
  return Object.fromEntries(Object.entries(dict).map(([name, value]) => [name, String(value)]));
}

/** Reads sources in the world of a case, as the readers of the agent would. */
export function goldenReadings(sources: readonly Source[], golden: GoldenCase): Readings {
  return Object.fromEntries(sources.map((source) => [source.key, readSource(source, golden)]));
}

function readSource(source: Source, { agent, aws_before = {} }: GoldenCase): Reading {
  if (!isEcsSource(source)) return assert.fail(`nothing reads ${source.key}`);
  switch (source.kind) {
    case "file":
      return textOrAbsent(agent.files?.[source.path], "No such file");
    case "s3":
      return textOrAbsent(agent.s3?.[`${source.bucket}/${source.object}`], "Not Found");
    case "http": {
      const page = agent.http?.[source.url];
      return page?.status === 200
        ? textOrAbsent(page.body, "")
        : { kind: "absent", message: `HTTP status ${page?.status ?? 404}` };
    }
    case "taskDefinition":
      return definitionReading(source.name, aws_before);
    case "defaultNetwork":
      return networkReading(aws_before);
    case "vpcNetwork":
    case "awsRegion":
      return assert.fail(`agents of Prefect 1 read no ${source.key}`);
  }
}

function textOrAbsent(text: string | undefined, message: string): Reading {
  return text === undefined ? { kind: "absent", message } : { kind: "text", text };
}

function definitionReading(name: string, before: JsonObject): Reading {
  const definitions = isJsonObject(before.task_definitions) ? before.task_definitions : {};
  const found = definitions[name];
  if (isJsonObject(found)) return { kind: "json", value: found };
  const message = "An error occurred (ClientException) when calling the DescribeTaskDefinition operation: " +
    "Unable to describe task definition.";
  return { kind: "absent", message };
}

function networkReading(before: JsonObject): Reading {
  const rows = (list: Json | undefined) => (list ?? []) as JsonObject[];
  const vpc = rows(before.vpcs).find(({ IsDefault }) => IsDefault === true);
  const subnets = rows(before.subnets).filter(({ VpcId }) => vpc !== undefined && VpcId === vpc.VpcId);
  return { kind: "json", value: { subnets: subnets.map(({ SubnetId }) => SubnetId as string) } };
}

/** A request in a form that compares: nulls dropped, `environment` in order of names, then values. */
export function comparable(request: Json | undefined): Json {
  if (Array.isArray(request)) return request.map(comparable);
  if (!isJsonObject(request)) return request ?? null;
  const members = Object.entries(request).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(members.map(([name, value]) => {
    const inner = comparable(value);
    return [name, name === "environment" && Array.isArray(inner) ? [...inner].sort(byText) : inner];
  }));
}

function byText(one: Json, other: Json): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}

/** Whether a message says what a golden's error says, by its match rule. */
export function saysAs(message: string, error: GoldenError): boolean {
  const folded = (text: string) => text.replace(/\s+/g, " ").trim();
  if (error.match === "exact") return folded(message).includes(folded(error.message));
  const aws = /An error occurred \((.+?)\) when calling the (\w+) operation: (.*)/s.exec(error.message);
  if (error.match === "loose" || aws === null) return message.trim() !== "";
  return aws.slice(1).every((part) => part === "HeadObject" || part === "404" || message.includes(part));
}
