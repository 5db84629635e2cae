/**
 * Where the settings of the agent came from, by the variables that carry them into a run.
 *
 * @module
 */

import type { Config } from "./config.ts";
import type { FieldSource } from "../../plan/field_source.ts";
import type { OptionValues } from "../../options/option.ts";
import type { Prefect1Settings } from "./settings.ts";

/** A setting: its option, its dotted name in the configuration. */
interface Setting {
  readonly option: string | null;
  readonly name: string;
}

const KEY: Setting = { option: "key", name: "cloud.api_key" };
const LOGS: Setting = { option: "no-cloud-logs", name: "cloud.send_flow_run_logs" };
const VARIABLES: Setting = { option: "env", name: "cloud.agent.env_vars" };

/** @see Prefect 1.4.1 `ECSAgent.get_run_task_kwargs` for what carries what */
const CARRIED: readonly (readonly [string, Setting])[] = [
  ["PREFECT__LOGGING__LEVEL", { option: null, name: "logging.level" }],
  ["PREFECT__LOGGING__LOG_TO_CLOUD", LOGS],
  ["PREFECT__CLOUD__SEND_FLOW_RUN_LOGS", LOGS],
  ["PREFECT__BACKEND", { option: null, name: "backend" }],
  ["PREFECT__CLOUD__API", { option: "api", name: "cloud.api" }],
  ["PREFECT__CLOUD__API_KEY", KEY],
  ["PREFECT__CLOUD__AUTH_TOKEN", KEY],
  ["PREFECT__CLOUD__TENANT_ID", { option: "tenant-id", name: "cloud.tenant_id" }],
  ["PREFECT__CLOUD__AGENT__LABELS", { option: "label", name: "cloud.agent.labels" }],
];

/** What settings were made of. */
export interface OriginsInput {
  readonly settings: Prefect1Settings;
  readonly values: OptionValues;
  readonly config: Config;
}

/** Finds the origins: the option where it was given, else variable or file of the configuration, else the default. */
export function settingOrigins(input: OriginsInput): ReadonlyMap<string, FieldSource> {
  const origins = new Map(
    CARRIED.map(([variable, setting]) => [variable, originOf(setting, input)] as const),
  );
  for (const name of Object.keys(input.settings.envVars)) origins.set(name, variableOrigin(name, input));
  return origins;
}

function originOf({ option, name }: Setting, { values, config, settings }: OriginsInput): FieldSource {
  if (option !== null && isGiven(values[option])) return { from: "flag", name: `--${option}` };
  const entry = config.get(name);
  const known = entry !== undefined && entry.text !== "" ? entry.origin : { from: "default" as const };
  if (known.from === "variable") return { from: "variable", name: known.name };
  if (known.from === "file") return { from: "file", name: lineOf(known) };
  return isSaved(name, settings) ? { from: "file", name: "auth.toml" } : { from: "default", name };
}

/** A credential that neither an option nor the configuration gave was saved by a login. */
function isSaved(name: string, { credential }: Prefect1Settings): boolean {
  if (credential.kind !== "key") return false;
  return name === KEY.name || (name === "cloud.tenant_id" && credential.tenantId !== null);
}

/** A variable for runs that is configured one by one has a name of its own. */
function variableOrigin(variable: string, input: OriginsInput): FieldSource {
  const own = {
    option: VARIABLES.option,
    name: `${VARIABLES.name}.${variable.toLowerCase().replaceAll("__", ".")}`,
  };
  return originOf(input.config.has(own.name) ? own : VARIABLES, input);
}

function isGiven(value: OptionValues[string]): boolean {
  if (typeof value === "object") return value.length > 0;
  return value !== undefined && value !== "" && value !== false;
}

function lineOf({ path, line }: { readonly path: string; readonly line: number | null }): string {
  return line === null ? path : `${path}, line ${line}`;
}
