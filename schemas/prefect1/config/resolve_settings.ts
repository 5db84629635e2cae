/**
 * From command line, environment and files to the settings of the agent.
 *
 * @see tests/golden/ecs/README.md §2, tests/golden/fargate/README.md §3
 * @module
 */

import { readSavedAuth, type SavedAuth } from "./auth_file.ts";
import { type Config, loadConfig, type ReadText } from "./config.ts";
import {
  badSetting,
  nameSetting,
  numberSetting,
  placeOf,
  switchSetting,
  textSetting,
} from "./config_value.ts";
import type { Env } from "../../python/expand_variables.ts";
import { FailureError } from "../../failure/failure.ts";
import type { OptionValues } from "../../options/option.ts";
import { listOf, textOf } from "../../options/option_value.ts";
import { numberOption } from "../../options/read_options.ts";
import { hasControl, scalarText } from "../../options/scalar_text.ts";
import { escaped } from "../../options/usage_error.ts";
import {
  DEFAULT_GRACE_SECONDS,
  DEFAULT_UNHEALTHY_AFTER_SECONDS,
  LOG_FORMAT_VARIABLE,
} from "../../options/runner_settings.ts";
import {
  configuredEnvVars,
  configuredLabels,
  type NameCase,
  typedEnvVars,
  typedLabels,
} from "./run_settings.ts";
import { Secret } from "../../secrets/secret.ts";
import { DEFAULT_MAX_POLL_INTERVAL_SECONDS, WORK_PAUSE_MS } from "../../time/poll_pause.ts";
import type { ApiCredential, Prefect1Settings } from "./settings.ts";
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from "../../observability/log_level.ts";

/** In what the releases of Prefect 1 read their configuration differently; the flavour says which rules count. */
export interface SettingsRules {
  /** Whether a tenant id must be a UUID: Prefect 0.15 took any text, the check came with the ECS agent of 1.x. */
  readonly tenantIsUuid: boolean;
  /** Names of variables for runs that are configured one by one. */
  readonly envVarNames: NameCase;
}

/** What settings are made of. */
export interface SettingsInput {
  readonly rules: SettingsRules;
  /** Options as typed, see `parseCommandLine`. */
  readonly values: OptionValues;
  readonly env: Env;
  /** Reads `config.toml`, `backend.toml` and `auth.toml`; null when there is none. */
  readonly readText: ReadText;
}

/**
 * Layers everything: an option that is given and not empty wins over the configuration.
 *
 * @throws {FailureError} `configuration`, naming option, variable or file and the accepted values
 */
export function resolveSettings(input: SettingsInput): Prefect1Settings {
  const { rules, values, env, readText } = input;
  const config = loadConfig(env, readText);
  const apiUrl = apiUrlOf(config, values);
  const agentToken = secretOf(
    textOf(values, "token") || textSetting(config, "cloud.agent.auth_token"),
    "token",
  );
  return {
    backend: backendOf(config),
    apiUrl,
    credential: credentialOf({
      rules,
      values,
      config,
      agentToken,
      saved: savedAuth(config, apiUrl, readText),
    }),
    agentToken,
    name: textOf(values, "name") || nameSetting(config, "cloud.agent.name") || "agent",
    labels: labelsOf(config, values),
    envVars: envVarsOf(config, values, rules),
    maxPolls: maxPollsOf(values),
    agentAddress: textOf(values, "agent-address") || nameSetting(config, "cloud.agent.agent_address") || null,
    agentConfigId: textOf(values, "agent-config-id"),
    logLevel: logLevelOf(config, values),
    logFormat: logFormatOf(env, values),
    runLogLevel: runLogLevelOf(config),
    sendFlowRunLogs: sendLogsOf(config, values),
    requestTimeoutMs: numberSetting(config, "cloud.request_timeout") * 1000,
    maxPollPauseMs: numberOption(values, "max-poll-interval", MAX_POLL_INTERVAL) * 1000,
    graceMs: Number(textOf(values, "grace") || DEFAULT_GRACE_SECONDS) * 1000,
    unhealthyAfterMs: Number(textOf(values, "unhealthy-after") || DEFAULT_UNHEALTHY_AFTER_SECONDS) * 1000,
  };
}

/**
 * Refuses to start on the cloud back end without a key or a token.
 *
 * @throws {FailureError} `configuration`, naming every way to give one
 */
export function requireCredential(settings: Prefect1Settings): void {
  if (settings.backend !== "cloud" || settings.credential.kind !== "none") return;
  throw new FailureError({
    tag: "configuration",
    field: "--key",
    message:
      "You have not set an API key for authentication. Give one by --key, PREFECT__CLOUD__API_KEY or " +
      "~/.prefect/auth.toml, or say PREFECT__BACKEND=server for a Prefect Server",
  });
}

/** Prefect Cloud or a server of one's own. @throws {FailureError} `configuration` for anything else */
export function backendOf(config: Config): "cloud" | "server" {
  const backend = textSetting(config, "backend");
  if (backend === "cloud" || backend === "server") return backend;
  throw badSetting(config, "backend", "cloud and server", backend);
}

function apiUrlOf(config: Config, values: OptionValues): string {
  backendOf(config);
  const typed = textOf(values, "api");
  const url = typed || textSetting(config, "cloud.api");
  if (!hasControl(url) && /^https?:\/\/[^/\s]/i.test(url) && URL.canParse(url)) return url;
  const field = typed === null ? placeOf("cloud.api", config.get("cloud.api")) : "--api";
  throw new FailureError({
    tag: "configuration",
    field,
    message: `Cannot use the API address of ${field}: expected an address such as https://api.prefect.io`,
  });
}

function savedAuth(config: Config, apiUrl: string, readText: ReadText): SavedAuth {
  const path = `${textSetting(config, "home_dir").replace(/\/+$/, "")}/auth.toml`;
  const saved = readText(path);
  return saved === null ? { apiKey: "", tenantId: "" } : readSavedAuth({ path, text: saved }, apiUrl);
}

interface CredentialInput {
  readonly rules: SettingsRules;
  readonly values: OptionValues;
  readonly config: Config;
  readonly agentToken: Secret | null;
  readonly saved: SavedAuth;
}

/** Key and tenant are looked up apart from each other (Q-KEY-TENANT-MIX); a key wins over any token. */
function credentialOf(input: CredentialInput): ApiCredential {
  const { values, config, saved } = input;
  const tenantId = tenantOf(input);
  const key = secretOf(
    textOf(values, "key") || textSetting(config, "cloud.api_key") || saved.apiKey,
    "API key",
  );
  if (key !== null) return { kind: "key", key, tenantId };
  const token = input.agentToken ?? secretOf(textSetting(config, "cloud.auth_token"), "token");
  if (token !== null) return { kind: "token", token };
  return tenantId === null ? { kind: "none" } : { kind: "none", tenantId };
}

function tenantOf({ rules, values, config, saved }: CredentialInput): string | null {
  const tenant = textOf(values, "tenant-id") || textSetting(config, "cloud.tenant_id") || saved.tenantId;
  if (tenant === "") return null;
  return rules.tenantIsUuid ? uuidOf(tenant) : tenant;
}

/** As Python's `uuid.UUID` reads it. @see recorded: init/tenant-uuid-upper, init/tenant-uuid-no-dashes, cli/tenant-bad */
function uuidOf(tenant: string): string {
  const digits = tenant.replace("urn:", "").replace("uuid:", "").replace(/^[{}]+|[{}]+$/g, "")
    .replaceAll("-", "");
  if (/^[0-9a-f]{32}$/i.test(digits)) {
    return digits.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }
  throw new FailureError({
    tag: "configuration",
    field: "--tenant-id",
    message: `The \`tenant_id\` must be a valid UUID. Got '${escaped(tenant)}'. ` +
      "Set it by --tenant-id, PREFECT__CLOUD__TENANT_ID or auth.toml, or leave it out",
  });
}

/** Null for empty text. Header characters are checked here, because later messages would quote the value. */
function secretOf(value: string, what: string): Secret | null {
  if (value === "") return null;
  if (/^[\x21-\x7e]+$/.test(value.trim())) return new Secret(value.trim());
  throw new FailureError({
    tag: "configuration",
    field: what === "token" ? "--token" : "--key",
    message: `Cannot use the ${what}: expected printable ASCII characters without blanks`,
  });
}

function labelsOf(config: Config, values: OptionValues): readonly string[] {
  const typed = listOf(values, "label");
  return typed.length > 0 ? typedLabels(typed) : configuredLabels(config);
}

function envVarsOf(config: Config, values: OptionValues, { envVarNames }: SettingsRules) {
  const words = listOf(values, "env");
  return words.length > 0 ? typedEnvVars(words) : configuredEnvVars(config, envVarNames);
}

/** In seconds. Asking more often than after a poll that found work gains nothing. */
const MAX_POLL_INTERVAL = { least: WORK_PAUSE_MS / 1000, otherwise: DEFAULT_MAX_POLL_INTERVAL_SECONDS };

/** A negative number never counts down to zero: it means no limit. */
function maxPollsOf(values: OptionValues): number | null {
  const given = Number(textOf(values, "max-polls")?.replaceAll("_", "") ?? -1);
  return given < 0 ? null : given;
}

function sendLogsOf(config: Config, values: OptionValues): boolean {
  const off = values["no-cloud-logs"];
  return typeof off === "boolean" ? !off : switchSetting(config, "cloud.send_flow_run_logs");
}

const LEVEL = "cloud.agent.level";
const RUN_LEVEL = "logging.level";

/** Names of Python's logging that have no level of their own here. */
const OTHER_LEVELS: ReadonlyMap<string, LogLevel> = new Map([
  ["NOTSET", "DEBUG"],
  ["WARN", "WARNING"],
  ["CRITICAL", "ERROR"],
  ["FATAL", "ERROR"],
]);

function logLevelOf(config: Config, values: OptionValues): LogLevel {
  const given = (textOf(values, "log-level") || textSetting(config, LEVEL) || "INFO").toUpperCase();
  const level = LOG_LEVELS.find((name) => name === given) ?? OTHER_LEVELS.get(given) ?? numbered(given);
  if (level !== undefined) return level;
  throw badSetting(config, LEVEL, `${LOG_LEVELS.join(", ")} (in any case)`, given);
}

/** Names of Python's logging, which are in capitals; every flow process refuses to start with another. */
const RUN_LEVELS = ["DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL", "FATAL", "NOTSET"] as const;

/** @see Prefect 0.15.13 and 1.4.1: with `info` both end with this ValueError while they are imported */
function runLogLevelOf(config: Config): string {
  const given = textSetting(config, RUN_LEVEL) || "INFO";
  if (RUN_LEVELS.some((name) => name === given) || /^[+-]?\d+$/.test(given)) return given;
  const field = placeOf(RUN_LEVEL, config.get(RUN_LEVEL));
  const message =
    `Cannot use the value of ${field}, runs would not start with it: Unknown level: '${escaped(given)}'; ` +
    `accepted are ${RUN_LEVELS.join(", ")} (in capitals) and numbers`;
  throw new FailureError({ tag: "configuration", field, message });
}

function logFormatOf(env: Env, values: OptionValues): LogFormat {
  const typed = textOf(values, "log-format");
  const given = typed || scalarText(env[LOG_FORMAT_VARIABLE] ?? "") || "text";
  const format = LOG_FORMATS.find((name) => name === given.toLowerCase());
  if (format !== undefined) return format;
  const field = typed === null ? LOG_FORMAT_VARIABLE : "--log-format";
  throw new FailureError({
    tag: "configuration",
    field,
    message: `Cannot use the log format '${escaped(given)}' of ${field}: expected ${
      LOG_FORMATS.join(" or ")
    }`,
  });
}

/** Python's logging takes numbers too: 10 is DEBUG, 20 INFO, 30 WARNING, 40 ERROR. */
function numbered(given: string): LogLevel | undefined {
  if (!/^\d+$/.test(given)) return undefined;
  return LOG_LEVELS[Math.min(3, Math.max(0, Math.ceil(Number(given) / 10) - 1))];
}
