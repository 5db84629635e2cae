/**
 * The environment of a flow run's container in the `ecs` flavour.
 *
 * @module
 */

import type { EcsRun } from "./run_config.ts";
import { FLOW_RUN_VARIABLE } from "../../schemas/ecs/task_owner.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import type { FieldSource } from "../../schemas/plan/field_source.ts";
import { pythonRepr } from "../../schemas/python/repr.ts";
import type { Prefect1Settings } from "../../schemas/prefect1/config/settings.ts";

/** One variable, with where its value came from. */
export interface Variable {
  readonly value: string;
  readonly source: FieldSource;
}

/** Variables by name, in the order in which they are sent. */
export type Variables = ReadonlyMap<string, Variable>;

const SEND_LOGS = "PREFECT__CLOUD__SEND_FLOW_RUN_LOGS";

/**
 * The variables every run gets, later ones winning: the run log level, the agent's, the run config's, whether logs are
 * sent (a run may switch them off, never on), and those that are fixed.
 *
 * @see Prefect 1.4.1 `prefect.agent.ecs.agent.ECSAgent.get_run_task_kwargs`; recorded: group `env`
 */
export function ecsVariables(run: FlowRun, config: EcsRun, settings: Prefect1Settings): Variables {
  const variables = new Map<string, Variable>();
  variables.set("PREFECT__LOGGING__LEVEL", fromAgent(settings.runLogLevel, "logging.level"));
  for (const [name, value] of Object.entries(settings.envVars)) {
    variables.set(name, fromAgent(value, "cloud.agent.env_vars"));
  }
  for (const [name, value] of Object.entries(config.env)) {
    variables.set(name, { value, source: { from: "run config", name: "env" } });
  }
  if (!settings.sendFlowRunLogs || !variables.has(SEND_LOGS)) {
    variables.set(SEND_LOGS, fromAgent(String(settings.sendFlowRunLogs), "cloud.send_flow_run_logs"));
  }
  for (const [name, variable] of fixedVariables(run, settings)) variables.set(name, variable);
  return variables;
}

function fixedVariables(run: FlowRun, settings: Prefect1Settings): readonly (readonly [string, Variable])[] {
  const { key, tenant, token } = credentials(settings);
  return [
    ["PREFECT__CLOUD__USE_LOCAL_SECRETS", builtIn("false")],
    ["PREFECT__ENGINE__FLOW_RUNNER__DEFAULT_CLASS", builtIn("prefect.engine.cloud.CloudFlowRunner")],
    ["PREFECT__BACKEND", fromAgent(settings.backend, "backend")],
    ["PREFECT__CLOUD__API", fromAgent(settings.apiUrl, "cloud.api")],
    [FLOW_RUN_VARIABLE, fromRun(run.id, "id")],
    ["PREFECT__CONTEXT__FLOW_ID", fromRun(run.flow.id, "flow id")],
    ["PREFECT__CLOUD__API_KEY", fromAgent(key, "cloud.api_key")],
    ["PREFECT__CLOUD__TENANT_ID", fromAgent(tenant, "cloud.tenant_id")],
    ["PREFECT__CLOUD__AGENT__LABELS", fromAgent(pythonRepr(settings.labels), "cloud.agent.labels")],
    [
      "PREFECT__LOGGING__LOG_TO_CLOUD",
      fromAgent(String(settings.sendFlowRunLogs), "cloud.send_flow_run_logs"),
    ],
    ["PREFECT__CLOUD__AUTH_TOKEN", fromAgent(token, "cloud.api_key")],
  ];
}

/**
 * Old runtimes know the key by the name of the token. On Prefect Cloud a RUNNER token is forwarded, as 0.15 did, since 1.x
 * has none; a server knows no tokens, and 1.4.1 leaves the variable empty there.
 */
function credentials(
  { backend, credential }: Prefect1Settings,
): { key: string; tenant: string; token: string } {
  switch (credential.kind) {
    case "none":
      return { key: "", tenant: "", token: "" };
    case "key":
      return {
        key: credential.key.reveal(),
        tenant: credential.tenantId ?? "",
        token: credential.key.reveal(),
      };
    case "token":
      return { key: "", tenant: "", token: backend === "cloud" ? credential.token.reveal() : "" };
  }
}

function fromAgent(value: string, name: string): Variable {
  return { value, source: { from: "agent", name } };
}

function fromRun(value: string, name: string): Variable {
  return { value, source: { from: "flow run", name } };
}

function builtIn(value: string): Variable {
  return { value, source: { from: "default", name: "fixed by Prefect" } };
}
