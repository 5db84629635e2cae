/**
 * The variables of a flow run's container: those of the task definition and those of RunTask.
 *
 * @module
 */

import type { FargateOptions } from "./options.ts";
import type { Kwargs } from "./kwargs.ts";
import { containerVariable } from "./kwarg_rows.ts";
import { FLOW_RUN_VARIABLE } from "../../schemas/ecs/task_owner.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import { mappings } from "../../schemas/json/shape.ts";
import type { FieldSource } from "../../schemas/plan/field_source.ts";
import { pythonRepr } from "../../schemas/python/repr.ts";
import type { Prefect1Settings } from "../../schemas/prefect1/config/settings.ts";

/** One variable as ECS takes it, and where it came from. */
export interface EnvironmentEntry {
  readonly entry: JsonObject;
  readonly source: FieldSource;
}

const DEFAULT_API = "https://api.prefect.io";

/**
 * Variables of the registered container: the agent's base, then its `env_vars`, then the container's own where the name is
 * still free. A name stands once, the later source wins (F-DUP-ENV).
 *
 * @see recorded: agent_init/container-env-*, env-vars-*
 */
export function definitionEnvironment(options: FargateOptions, kwargs: Kwargs): readonly EnvironmentEntry[] {
  const entries = new Map<string, EnvironmentEntry>();
  for (const [name, value] of baseVariables(options.settings)) {
    entries.set(name, { entry: { name, value }, source: { from: "agent", name: "base variables" } });
  }
  for (const [name, value] of Object.entries(options.settings.envVars)) {
    entries.set(name, { entry: { name, value }, source: { from: "flag", name: "--env" } });
  }
  return [...entries.values(), ...containerEntries(kwargs, new Set(entries.keys()))];
}

/** The container's own variables whose names are not `taken`; of a repeated name the last one. */
export function containerEntries(kwargs: Kwargs, taken: ReadonlySet<string>): readonly EnvironmentEntry[] {
  const source = kwargs.sources[containerVariable("environment")] ?? { from: "default", name: "" };
  const own = new Map<string, EnvironmentEntry>();
  for (const entry of mappings(kwargs.container.environment)) {
    const name = String(entry.name);
    if (!taken.has(name)) own.set(name, { entry, source });
  }
  return [...own.values()];
}

function baseVariables(settings: Prefect1Settings): readonly (readonly [string, string])[] {
  return [
    ["PREFECT__BACKEND", settings.backend],
    ["PREFECT__CLOUD__API", settings.apiUrl || DEFAULT_API],
    ["PREFECT__CLOUD__AGENT__LABELS", pythonRepr(settings.labels)],
    ["PREFECT__CLOUD__USE_LOCAL_SECRETS", "false"],
    ["PREFECT__CLOUD__SEND_FLOW_RUN_LOGS", String(settings.sendFlowRunLogs)],
    ["PREFECT__LOGGING__LEVEL", settings.runLogLevel],
    ["PREFECT__ENGINE__FLOW_RUNNER__DEFAULT_CLASS", "prefect.engine.cloud.CloudFlowRunner"],
    ["PREFECT__ENGINE__TASK_RUNNER__DEFAULT_CLASS", "prefect.engine.cloud.CloudTaskRunner"],
    ["PREFECT__LOGGING__LOG_TO_CLOUD", String(settings.sendFlowRunLogs)],
  ];
}

/**
 * Variables of RunTask's override. Besides the legacy token the API key is passed (F-API-KEY); what the container takes
 * from an ECS secret of the same name is left out, as ECS refuses both together.
 */
export function runEnvironment(
  run: FlowRun,
  options: FargateOptions,
  kwargs: Kwargs,
): readonly EnvironmentEntry[] {
  const fromSecrets = new Set(mappings(kwargs.container.secrets).map((secret) => secret.name));
  return [
    ...credentialEntries(options.settings).filter(({ entry }) => !fromSecrets.has(entry.name)),
    entryOf(FLOW_RUN_VARIABLE, run.id, { from: "flow run", name: "id" }),
    entryOf("PREFECT__CONTEXT__FLOW_ID", run.flow.id, { from: "flow run", name: "flow.id" }),
  ];
}

function credentialEntries({ agentToken, credential }: Prefect1Settings): readonly EnvironmentEntry[] {
  const source: FieldSource = { from: "agent", name: "credentials" };
  const key = credential.kind === "key" ? credential : undefined;
  const token = agentToken ?? (credential.kind === "token" ? credential.token : key?.key);
  const entries = [entryOf("PREFECT__CLOUD__AUTH_TOKEN", token?.reveal() ?? "", source)];
  if (key !== undefined) entries.push(entryOf("PREFECT__CLOUD__API_KEY", key.key.reveal(), source));
  if (key?.tenantId) entries.push(entryOf("PREFECT__CLOUD__TENANT_ID", key.tenantId, source));
  return entries;
}

function entryOf(name: string, value: string, source: FieldSource): EnvironmentEntry {
  return { entry: { name, value }, source };
}
