/**
 * The settings of a worker out of its options and the settings of Prefect.
 *
 * @module
 */

import { BOUNDS } from "../../bounds/bounds.ts";
import { isJsonObject, type JsonObject } from "../../json/json.ts";
import type { OptionValues } from "../../options/option.ts";
import { listOf, pathOf, textOf } from "../../options/option_value.ts";
import { numberOption } from "../../options/read_options.ts";
import {
  DEFAULT_GRACE_SECONDS,
  DEFAULT_UNHEALTHY_AFTER_SECONDS,
  LOG_FORMAT_VARIABLE,
} from "../../options/runner_settings.ts";
import { scalarText } from "../../options/scalar_text.ts";
import { shownValue, usageError } from "../../options/usage_error.ts";
import { LOG_FORMATS, type LogFormat, type LogLevel } from "../../observability/log_level.ts";
import { apiSettings } from "./api_settings.ts";
import { isOfIntegration } from "./setting_names.ts";
import type { FoundSettings, SettingSources } from "./setting_sources.ts";
import { badSetting, type SettingReader, settingReader } from "./setting_value.ts";
import { taskSettings } from "./task_settings.ts";
import type { LogSettings, WorkerSettings } from "./worker_settings.ts";

/** What the settings are made of. */
export interface WorkerInput extends Pick<SettingSources, "env" | "readText"> {
  /** Options as typed. */
  readonly values: OptionValues;
  readonly found: FoundSettings;
  /** Makes the default name. */
  readonly newUuid: () => string;
}

/**
 * Layers options over settings.
 *
 * @throws {FailureError} `usage` that names option or setting, where it was found, and what is accepted
 */
export function resolveWorker(input: WorkerInput): WorkerSettings {
  const { values, found, env } = input;
  const read = settingReader(found);
  const api = apiSettings(read, env);
  return {
    ...runnerOf(input, read),
    pool: poolOf(values),
    queues: [...new Set(listOf(values, "work-queue").filter((name) => name !== ""))],
    limit: limitOf(values),
    prefetchMs: prefetchOf(values, read) * 1000,
    queryMs: read.number("PREFECT_WORKER_QUERY_SECONDS", within(0.1, 10)) * 1000,
    heartbeatMs: read.number("PREFECT_WORKER_HEARTBEAT_SECONDS", within(0.1, 30)) * 1000,
    createPool: values["no-create-pool-if-not-found"] !== true,
    baseJobTemplate: templateOf(input),
    events: values["no-events"] !== true,
    cancels: read.flag("PREFECT_WORKER_ENABLE_CANCELLATION", true),
    api,
    logs: logSettings(read, api.url),
    ecs: taskSettings(read),
    explicit: [...found.all.values()].filter(({ name }) => !isOfIntegration(name))
      .map(({ name, text, from }) => ({ name, value: text, from })),
    passWorkerSettings: values["pass-worker-settings"] === true,
  };
}

const ONE_DAY_S = 86_400;

function within(least: number, otherwise: number) {
  return { least, most: ONE_DAY_S, otherwise };
}

type Runner = Pick<
  WorkerSettings,
  | "name"
  | "labels"
  | "logLevel"
  | "logFormat"
  | "maxPolls"
  | "graceMs"
  | "agentAddress"
  | "unhealthyAfterMs"
>;

function runnerOf({ values, env, newUuid }: WorkerInput, read: SettingReader): Runner {
  return {
    name: nameOf(values) ?? `ECSWorker ${newUuid()}`,
    labels: [],
    logLevel: logLevelOf(read),
    logFormat: logFormatOf(values, env),
    maxPolls: values["run-once"] === true ? 1 : null,
    graceMs: Number(textOf(values, "grace") ?? DEFAULT_GRACE_SECONDS) * 1000,
    agentAddress: addressOf(values, read),
    unhealthyAfterMs: Number(textOf(values, "unhealthy-after") ?? DEFAULT_UNHEALTHY_AFTER_SECONDS) * 1000,
  };
}

function nameOf(values: OptionValues): string | null {
  const name = textOf(values, "name");
  if (name === null || !/[/%]/.test(name)) return name;
  throw usageError(
    `Invalid value for '--name': ${shownValue(name)} holds / or %, which the API does not take in names`,
  );
}

function poolOf(values: OptionValues): string {
  const pool = textOf(values, "pool");
  if (pool !== null) return pool;
  throw usageError("Missing option --pool (-p) of `worker start`: give the name of a work pool of type ecs");
}

function limitOf(values: OptionValues): number | null {
  return textOf(values, "limit") === null
    ? null
    : numberOption(values, "limit", { least: 1, most: 1_000_000, otherwise: 1 });
}

function prefetchOf(values: OptionValues, read: SettingReader): number {
  const otherwise = read.number("PREFECT_WORKER_PREFETCH_SECONDS", within(0, 10));
  return numberOption(values, "prefetch-seconds", { least: 0, most: ONE_DAY_S, otherwise });
}

/** What a pool is created with. */
function templateOf({ values, readText }: WorkerInput): JsonObject | null {
  const path = pathOf(values, "base-job-template");
  if (path === null) return null;
  const text = readText(path);
  if (text === null) throw badTemplate(path, "there is no such file");
  if (text.length > BOUNDS.template.most) throw badTemplate(path, "it is too long");
  const value = jsonOf(text);
  if (isJsonObject(value)) return value;
  throw badTemplate(path, value === undefined ? "it is not JSON" : "it holds no JSON object");
}

function badTemplate(path: string, why: string) {
  return usageError(
    `Cannot use --base-job-template ${shownValue(path)}: ${why}; ` +
      "expected a JSON file with the members variables and job_configuration",
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const;

function logLevelOf(read: SettingReader): LogLevel {
  const level = read.choice("PREFECT_LOGGING_LEVEL", LEVELS);
  if (read.flag("PREFECT_WORKER_DEBUG_MODE", false)) return "DEBUG";
  if (level === null) return read.flag("PREFECT_DEBUG_MODE", false) ? "DEBUG" : "INFO";
  return level === "CRITICAL" ? "ERROR" : level;
}

function logFormatOf(values: OptionValues, env: WorkerInput["env"]): LogFormat {
  const given = textOf(values, "log-format") ?? (scalarText(env[LOG_FORMAT_VARIABLE] ?? "") || "text");
  const format = LOG_FORMATS.find((name) => name === given.toLowerCase());
  if (format !== undefined) return format;
  throw usageError(
    `Cannot use the value ${shownValue(given)} of ${LOG_FORMAT_VARIABLE} (--log-format): expected ${
      LOG_FORMATS.join(" or ")
    }`,
  );
}

/** Where health is served, with `--with-healthcheck`. */
function addressOf(values: OptionValues, read: SettingReader): string | null {
  const host = read.text("PREFECT_WORKER_WEBSERVER_HOST") ?? "0.0.0.0";
  const range = { least: 1, most: 65_535, otherwise: 8080, isWhole: true };
  const port = read.number("PREFECT_WORKER_WEBSERVER_PORT", range);
  if (values["with-healthcheck"] !== true) return null;
  const shown = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return `http://${shown}:${port}`;
}

function logSettings(read: SettingReader, url: string): LogSettings {
  const bytes = (otherwise: number) => ({ least: 1, most: 1e9, otherwise, isWhole: true });
  const lineBytes = read.number("PREFECT_LOGGING_TO_API_MAX_LOG_SIZE", bytes(1_000_000));
  const batchBytes = read.number("PREFECT_LOGGING_TO_API_BATCH_SIZE", bytes(4_000_000));
  const line = read.found("PREFECT_LOGGING_TO_API_MAX_LOG_SIZE");
  const batch = read.found("PREFECT_LOGGING_TO_API_BATCH_SIZE");
  if (lineBytes > batchBytes) {
    const set = batch ?? line;
    if (set !== null) {
      throw badSetting(
        set,
        "PREFECT_LOGGING_TO_API_BATCH_SIZE to be no less than PREFECT_LOGGING_TO_API_MAX_LOG_SIZE",
      );
    }
  }
  const cloudBytes = read.number("PREFECT_CLOUD_MAX_LOG_SIZE", bytes(25_000));
  const interval = read.number("PREFECT_LOGGING_TO_API_BATCH_INTERVAL", within(0.01, 2));
  return {
    enabled: read.flag("PREFECT_LOGGING_TO_API_ENABLED", true),
    intervalMs: interval * 1000,
    batchBytes,
    lineBytes: isCloud(url, read) ? Math.min(lineBytes, cloudBytes) : lineBytes,
  };
}

function isCloud(url: string, read: SettingReader): boolean {
  return url.startsWith(read.text("PREFECT_CLOUD_API_URL") ?? "https://api.prefect.cloud/api");
}
