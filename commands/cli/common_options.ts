/**
 * The command-line options that several flavours take. A flavour's own rows are in its folder below `flavours/`.
 *
 * @module
 */

import { agentHostRow } from "../../schemas/options/agent_host_option.ts";
import { inspectionOptionRows } from "../../schemas/options/inspection_options.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../../schemas/observability/log_level.ts";
import {
  DEFAULT_GRACE_SECONDS,
  DEFAULT_UNHEALTHY_AFTER_SECONDS,
  LOG_FORMAT_VARIABLE,
} from "../../schemas/options/runner_settings.ts";
import type { OptionRow } from "../../schemas/options/option.ts";
import { DEFAULT_MAX_POLL_INTERVAL_SECONDS } from "../../schemas/time/poll_pause.ts";

const identityOptions: readonly OptionRow[] = [
  {
    name: "key",
    short: "k",
    variable: "PREFECT__CLOUD__API_KEY",
    type: "text",
    metavar: "KEY",
    default: "`auth.toml`",
    since: "0.15.0",
    description: "API key of Prefect Cloud",
  },
  {
    name: "tenant-id",
    variable: "PREFECT__CLOUD__TENANT_ID",
    type: "text",
    metavar: "UUID",
    default: "`auth.toml`, else asked from the API",
    since: "0.15.0",
    description: "Tenant the agent works for",
  },
  {
    name: "token",
    short: "t",
    variable: "PREFECT__CLOUD__AGENT__AUTH_TOKEN",
    type: "text",
    metavar: "TOKEN",
    since: "0.6.2",
    description: "Legacy token of scope RUNNER, used when there is no API key",
    note: "Prefect 1.0 dropped the option; this agent keeps it for both flavours",
  },
  {
    name: "api",
    short: "a",
    variable: "PREFECT__CLOUD__API",
    type: "text",
    metavar: "URL",
    default: "`https://api.prefect.io`, back end `server`: `http://localhost:4200`",
    since: "0.6.7",
    description: "Address of the Prefect API",
  },
];

const agentOptions: readonly OptionRow[] = [
  {
    name: "agent-config-id",
    type: "text",
    metavar: "ID",
    since: "0.13.10",
    description: "Id of the agent configuration in the API to link this agent with",
    note: "The settings are only fetched and logged, as in Prefect",
  },
  {
    name: "name",
    short: "n",
    variable: "PREFECT__CLOUD__AGENT__NAME",
    type: "text",
    metavar: "NAME",
    default: "agent",
    since: "0.6.7",
    description: "Name under which the agent registers",
  },
  {
    name: "label",
    short: "l",
    variable: "PREFECT__CLOUD__AGENT__LABELS",
    type: "list",
    metavar: "LABEL",
    default: "none",
    since: "0.7.0",
    description: "Label of the flow runs to take; duplicates are dropped, the rest is sorted",
    note: "A single word in the variable is one label, not one label for each character",
  },
  {
    name: "env",
    short: "e",
    variable: "PREFECT__CLOUD__AGENT__ENV_VARS",
    type: "list",
    metavar: "NAME=VALUE",
    default: "none",
    since: "0.9.0",
    description: "Variable for every run, split at the first `=`; if a name is repeated, the last one counts",
    note: "Numbers in the variable become text, booleans become `true` and `false`, null is dropped",
  },
  {
    name: "agent-address",
    variable: "PREFECT__CLOUD__AGENT__AGENT_ADDRESS",
    type: "text",
    metavar: "URL",
    default: "no server",
    since: "0.10.7",
    description: "Address (`http://host:port`) to serve `/api/health`, `/api/poke` and `/metrics` at",
  },
  agentHostRow,
];

const runningOptions: readonly OptionRow[] = [
  {
    name: "max-polls",
    type: "integer",
    metavar: "N",
    unit: "polls",
    default: "no limit",
    since: "0.10.0",
    description: "Polls to make before the agent drains and ends; a negative number means no limit",
  },
  {
    name: "max-poll-interval",
    type: "number",
    metavar: "SECONDS",
    unit: "s",
    default: String(DEFAULT_MAX_POLL_INTERVAL_SECONDS),
    since: "this agent",
    description: "Longest pause between two polls of an agent that finds no flow runs",
    note: "A flow run that is due waits at most this long for its claim; `/api/poke` asks at once",
  },
  {
    name: "no-cloud-logs",
    variable: "PREFECT__CLOUD__SEND_FLOW_RUN_LOGS",
    type: "flag",
    default: "logs are sent",
    since: "0.8.1",
    description: "Runs do not send their logs to the API (as a variable: `false`)",
    note: "`0` and `1` in the variable count as `false` and `true`",
  },
  {
    name: "log-level",
    variable: "PREFECT__CLOUD__AGENT__LEVEL",
    type: "choice",
    choices: LOG_LEVELS,
    metavar: "LEVEL",
    default: "INFO",
    since: "0.13.14",
    description: "Level of the agent's own log",
  },
];

const processOptions: readonly OptionRow[] = [
  {
    name: "log-format",
    variable: LOG_FORMAT_VARIABLE,
    type: "choice",
    choices: LOG_FORMATS,
    metavar: "FORMAT",
    default: "text",
    since: "this agent",
    description: "Format of the agent's own log: lines as Prefect prints them, or one JSON object per line",
  },
  {
    name: "grace",
    type: "number",
    metavar: "SECONDS",
    unit: "s",
    default: String(DEFAULT_GRACE_SECONDS),
    since: "this agent",
    description: "Longest time to launch and report claimed runs after the agent was asked to stop",
  },
];

const healthOptions: readonly OptionRow[] = [
  {
    name: "unhealthy-after",
    type: "number",
    metavar: "SECONDS",
    unit: "s",
    default: String(DEFAULT_UNHEALTHY_AFTER_SECONDS),
    since: "this agent",
    description:
      "Time without an answer of the Prefect API after which `/api/health` answers 503; 0 means never",
  },
];

/** Options of every agent of Prefect 1, whatever it launches on. */
export const agentOptionRows: readonly OptionRow[] = [
  ...identityOptions,
  ...agentOptions,
  ...runningOptions,
  ...processOptions,
  ...healthOptions,
  ...inspectionOptionRows,
];

/** Those of them that every program takes, whichever Prefect it speaks to. */
export const programOptionRows: readonly OptionRow[] = [
  ...processOptions,
  agentHostRow,
  ...inspectionOptionRows,
];
