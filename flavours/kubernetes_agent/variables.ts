/**
 * The variables of the container that runs a flow.
 *
 * @module
 */

import type { JsonObject } from "../../schemas/json/json.ts";
import { isFilled } from "../../schemas/json/shape.ts";
import type { FieldSource } from "../../schemas/plan/field_source.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import type { Prefect1Settings } from "../../schemas/prefect1/config/settings.ts";
import { pythonRepr } from "../../schemas/python/repr.ts";
import type { KubernetesRun } from "./run_config.ts";

/** One variable as it is sent, with where its value came from. */
export interface Variable {
  readonly entry: JsonObject;
  readonly source: FieldSource;
}

/** What variables are made from. */
export interface VariablesInput {
  readonly run: FlowRun;
  readonly config: Pick<KubernetesRun, "env">;
  readonly settings: Prefect1Settings;
  readonly image: string;
  /** `env` of the template's container, values as text. */
  readonly template: readonly JsonObject[];
  readonly templateSource: FieldSource;
}

const SEND_LOGS = "PREFECT__CLOUD__SEND_FLOW_RUN_LOGS";
const API_KEY = "PREFECT__CLOUD__API_KEY";
const AUTH_TOKEN = "PREFECT__CLOUD__AUTH_TOKEN";

/** The key goes by both names. */
const KEY_NAMES: readonly string[] = [API_KEY, AUTH_TOKEN];

/**
 * Every variable, later ones winning: the run log level, the agent's, the run config's, those that are fixed; then those of
 * the template whose name is not among them, as they are. Where the template refers to a Secret for the key, the reference
 * stays, under both of its names.
 *
 * @see Prefect 1.4.1 `KubernetesAgent.generate_job_spec_from_run_config`; recorded: group `env`
 */
export function flowVariables(input: VariablesInput): readonly Variable[] {
  const { run, config, settings, templateSource } = input;
  const variables = new Map<string, Variable>();
  const set = (name: string, value: string, source: FieldSource) =>
    variables.set(name, { entry: { name, value }, source });
  set("PREFECT__LOGGING__LEVEL", settings.runLogLevel, agent("logging.level"));
  for (const [name, value] of Object.entries(settings.envVars)) {
    set(name, value, agent("cloud.agent.env_vars"));
  }
  for (const [name, value] of Object.entries(config.env)) {
    set(name, value, { from: "run config", name: "env" });
  }
  if (!settings.sendFlowRunLogs || isOldRelease(run, settings) || !variables.has(SEND_LOGS)) {
    set(SEND_LOGS, String(settings.sendFlowRunLogs), agent("cloud.send_flow_run_logs"));
  }
  for (const [name, value, source] of fixedVariables(input)) set(name, value, source);
  const own = input.template;
  for (const [name, entry] of keyReferences(own)) variables.set(name, { entry, source: templateSource });
  const kept = own.filter(({ name }) => !variables.has(String(name)));
  return [...variables.values(), ...kept.map((entry) => ({ entry, source: templateSource }))];
}

/** Whether the agent of Prefect 0.15 is stood in for: it ran flows with an environment, and knew tokens. */
function isOldRelease({ flow }: FlowRun, { credential }: Prefect1Settings): boolean {
  return flow.environment !== null || credential.kind === "token";
}

type Row = readonly [name: string, value: string, source: FieldSource];

function fixedVariables({ run, settings, image }: VariablesInput): readonly Row[] {
  const { key, tenant, token } = credentialsOf(run, settings);
  const sendLogs = String(settings.sendFlowRunLogs);
  return [
    ["PREFECT__BACKEND", settings.backend, agent("backend")],
    ["PREFECT__CLOUD__AGENT__LABELS", pythonRepr(settings.labels), agent("cloud.agent.labels")],
    ["PREFECT__CLOUD__API", settings.apiUrl, agent("cloud.api")],
    [API_KEY, key, agent("cloud.api_key")],
    ["PREFECT__CLOUD__TENANT_ID", tenant, agent("cloud.tenant_id")],
    ["PREFECT__CLOUD__USE_LOCAL_SECRETS", "false", FIXED],
    ["PREFECT__CONTEXT__FLOW_RUN_ID", run.id, { from: "flow run", name: "id" }],
    ["PREFECT__CONTEXT__FLOW_ID", run.flow.id, { from: "flow run", name: "flow id" }],
    ["PREFECT__CONTEXT__IMAGE", image, { from: "flow run", name: "image" }],
    ["PREFECT__ENGINE__FLOW_RUNNER__DEFAULT_CLASS", "prefect.engine.cloud.CloudFlowRunner", FIXED],
    ...(isOldRelease(run, settings)
      ? [
        [
          "PREFECT__ENGINE__TASK_RUNNER__DEFAULT_CLASS",
          "prefect.engine.cloud.CloudTaskRunner",
          FIXED,
        ] as const,
      ]
      : []),
    ["PREFECT__LOGGING__LOG_TO_CLOUD", sendLogs, agent("cloud.send_flow_run_logs")],
    [AUTH_TOKEN, token, agent("cloud.api_key")],
  ];
}

const FIXED: FieldSource = { from: "default", name: "fixed by Prefect" };

function agent(name: string): FieldSource {
  return { from: "agent", name };
}

/** Old runtimes know the key by the name of the token; releases that knew tokens sent the agent's where it had one. */
function credentialsOf(
  run: FlowRun,
  settings: Prefect1Settings,
): { key: string; tenant: string; token: string } {
  const { credential, agentToken } = settings;
  switch (credential.kind) {
    case "none":
      return { key: "", tenant: credential.tenantId ?? "", token: "" };
    case "token":
      return { key: "", tenant: "", token: credential.token.reveal() };
    case "key": {
      const key = credential.key.reveal();
      const token = isOldRelease(run, settings) ? agentToken?.reveal() ?? key : key;
      return { key, tenant: credential.tenantId ?? "", token };
    }
  }
}

/** A reference under one name of the key counts for the other as well: else the key would stand in clear after all. */
function keyReferences(entries: readonly JsonObject[]): readonly (readonly [string, JsonObject])[] {
  const references = entries.filter(({ name, valueFrom }) =>
    KEY_NAMES.includes(String(name)) && isFilled(valueFrom)
  );
  const [any] = references;
  if (any === undefined) return [];
  return KEY_NAMES.map((name) => {
    const own = references.findLast((entry) => entry.name === name) ?? any;
    return [name, { ...own, name }] as const;
  });
}
