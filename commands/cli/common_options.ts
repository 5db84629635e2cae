/**
 * The command-line options that both Prefect 1 flavours share, and those of the other subcommands. A flavour's own
 * rows are in its folder below `flavours/`.
 *
 * @module
 */

import { inspectionOptionSpecs } from "../../schemas/options/inspection_options.ts";
import { launchOptionSpecs } from "../../schemas/options/launch_option_rows.ts";
import {
  DEFAULT_GRACE_SECONDS,
  DEFAULT_UNHEALTHY_AFTER_SECONDS,
  LOG_FORMAT_VARIABLE,
  LOG_FORMATS,
  LOG_LEVELS,
} from "../../schemas/prefect1/config/defaults.ts";
import type { OptionSpec } from "../../schemas/options/option.ts";

const identityOptions: readonly OptionSpec[] = [
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
    note: "Prefect 1.0 dropped the option, this agent keeps it for both flavours",
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

const agentOptions: readonly OptionSpec[] = [
  {
    name: "agent-config-id",
    type: "text",
    metavar: "ID",
    since: "0.13.10",
    description: "Agent configuration of the API to link this agent with",
    note: "its settings are fetched and logged only, as in Prefect",
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
    description: "Label whose flow runs the agent takes; duplicates are dropped, the rest is sorted",
    note: "a bare word in the variable is one label, not one for each character",
  },
  {
    name: "env",
    short: "e",
    variable: "PREFECT__CLOUD__AGENT__ENV_VARS",
    type: "list",
    metavar: "NAME=VALUE",
    default: "none",
    since: "0.9.0",
    description: "Variable for every run, split at the first `=`; the last of a repeated name wins",
    note: "numbers of the variable become text, booleans `true` and `false`, null is dropped",
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
];

const runningOptions: readonly OptionSpec[] = [
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
    name: "no-cloud-logs",
    variable: "PREFECT__CLOUD__SEND_FLOW_RUN_LOGS",
    type: "flag",
    default: "logs are sent",
    since: "0.8.1",
    description: "Keep the runs from sending their logs to the API (the variable says `false` for that)",
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
  {
    name: "log-format",
    variable: LOG_FORMAT_VARIABLE,
    type: "choice",
    choices: LOG_FORMATS,
    metavar: "FORMAT",
    default: "text",
    since: "this agent",
    description: "Form of the agent's own log: lines as Prefect prints them, or one JSON object in a line",
  },
  {
    name: "grace",
    type: "number",
    metavar: "SECONDS",
    unit: "s",
    default: String(DEFAULT_GRACE_SECONDS),
    since: "this agent",
    description: "Longest wait for claimed runs to be launched and reported after a stop was asked for",
  },
  {
    name: "unhealthy-after",
    type: "number",
    metavar: "SECONDS",
    unit: "s",
    default: String(DEFAULT_UNHEALTHY_AFTER_SECONDS),
    since: "this agent",
    description: "Absence of the Prefect API after which `/api/health` answers 503; 0 means never",
  },
];

/** Options of `ecs start` and `fargate start` alike. */
export const commonOptionSpecs: readonly OptionSpec[] = [
  ...identityOptions,
  ...agentOptions,
  ...runningOptions,
  ...inspectionOptionSpecs,
  ...launchOptionSpecs,
];

/** Common options that the old spelling `start fargate` never had. */
const NOT_IN_OLD_SPELLING: ReadonlySet<string> = new Set(["key", "tenant-id", "log-level"]);

const verboseOption: OptionSpec = {
  name: "verbose",
  short: "v",
  type: "flag",
  since: "0.6.7",
  description: "Same as `--log-level DEBUG`",
};

/** Common options of the old spelling `start fargate`. @see Prefect 0.14.22, `cli/agent.py` */
export const oldSpellingOptionSpecs: readonly OptionSpec[] = [
  ...commonOptionSpecs.filter((spec) => !NOT_IN_OLD_SPELLING.has(spec.name)),
  verboseOption,
];

/**
 * Options of the old spelling that belong to other agents (local, Docker, Kubernetes): accepted there and of no effect.
 * @see Prefect 0.14.22, `cli/agent.py`
 */
export const foreignOptionSpecs: readonly OptionSpec[] = [
  foreign("import-path", "list", "p"),
  foreign("show-flow-logs", "flag", "f"),
  foreign("hostname-label", "flag"),
  foreign("no-hostname-label", "flag"),
  foreign("storage-labels", "flag"),
  foreign("no-storage-labels", "flag"),
  foreign("base-url", "text", "b"),
  foreign("no-pull", "flag"),
  foreign("volume", "list"),
  foreign("network", "list"),
  foreign("no-docker-interface", "flag"),
  foreign("docker-client-timeout", "integer"),
  foreign("namespace", "text"),
  foreign("job-template", "text"),
];

function foreign(name: string, type: OptionSpec["type"], short?: string): OptionSpec {
  return {
    name,
    ...(short === undefined ? {} : { short }),
    type,
    since: "0.6.0",
    description: "Of another agent, has no effect here",
  };
}

/** Options of `explain` besides those of the flavour. */
export const explainOptionSpecs: readonly OptionSpec[] = [
  {
    name: "flow-run",
    type: "text",
    metavar: "ID",
    since: "this agent",
    description: "Flow run to explain, read from the API",
  },
  {
    name: "flow-run-file",
    type: "text",
    metavar: "PATH",
    since: "this agent",
    description: "JSON file with the flow run to explain; the API is not asked",
  },
  {
    name: "json",
    type: "flag",
    since: "this agent",
    description: "Print JSON instead of text",
  },
];

const TASK_ENVIRONMENT_COMMON: ReadonlySet<string> = new Set([
  "key",
  "tenant-id",
  "token",
  "api",
  "log-level",
]);

/** Options of `task-environment setup` and `execute`; the class's own arguments are pairs. */
export const taskEnvironmentOptionSpecs: readonly OptionSpec[] = [
  {
    name: "kwargs-file",
    type: "text",
    metavar: "PATH",
    since: "this agent",
    description: "YAML or JSON file with the arguments of the class; pairs go before it",
  },
  {
    name: "flow-file",
    type: "text",
    metavar: "PATH",
    since: "this agent",
    description: "JSON file with the flow: name, storage, environment",
  },
  {
    name: "flow-run-id",
    type: "text",
    metavar: "ID",
    default: "`unknown`",
    since: "this agent",
    description: "Flow run that the task executes",
  },
  ...commonOptionSpecs.filter((spec) => TASK_ENVIRONMENT_COMMON.has(spec.name)),
];

/** Options of `sandbox`. */
export const sandboxOptionSpecs: readonly OptionSpec[] = [
  {
    name: "api-port",
    type: "integer",
    metavar: "PORT",
    default: "a free port",
    since: "this agent",
    description: "Port of the Prefect API",
  },
  {
    name: "ecs-port",
    type: "integer",
    metavar: "PORT",
    default: "a free port",
    since: "this agent",
    description: "Port of the local ECS",
  },
  {
    name: "data",
    type: "text",
    metavar: "DIR",
    default: ".sandbox",
    since: "this agent",
    description: "Folder that keeps flows, runs and tasks",
  },
  {
    name: "image-exec",
    type: "list",
    metavar: "PATTERN=PREFIX",
    since: "this agent",
    description: "Run the command of containers whose image matches PATTERN as a subprocess behind PREFIX",
  },
  {
    name: "aws-limits",
    type: "choice",
    choices: ["documented", "none"],
    metavar: "CHOICE",
    default: "documented",
    since: "this agent",
    description: "Throttle requests as AWS documents it, or not at all",
  },
  {
    name: "faults",
    type: "text",
    metavar: "FILE",
    since: "this agent",
    description: "JSON file with the faults to play",
  },
];

/** Configuration without an option of its own; `name` is the key in `config.toml`. */
export const configurationSpecs: readonly OptionSpec[] = [
  {
    name: "backend",
    variable: "PREFECT__BACKEND",
    type: "choice",
    choices: ["cloud", "server"],
    default: "cloud",
    since: "0.10.0",
    description: "Which kind of API the agent talks to",
  },
  {
    name: "server.host",
    variable: "PREFECT__SERVER__HOST",
    type: "text",
    default: "http://localhost",
    since: "0.10.0",
    description: "Address of a Prefect Server without its port",
  },
  {
    name: "server.port",
    variable: "PREFECT__SERVER__PORT",
    type: "integer",
    default: "4200",
    since: "0.10.0",
    description: "Port of a Prefect Server",
  },
  {
    name: "server.endpoint",
    variable: "PREFECT__SERVER__ENDPOINT",
    type: "text",
    default: "`${server.host}:${server.port}`",
    since: "0.10.0",
    description: "Whole address of a Prefect Server",
  },
  {
    name: "cloud.request_timeout",
    variable: "PREFECT__CLOUD__REQUEST_TIMEOUT",
    type: "number",
    unit: "s",
    default: "15",
    since: "0.14.9",
    description: "Longest wait for an answer of the API",
  },
  {
    name: "logging.level",
    variable: "PREFECT__LOGGING__LEVEL",
    type: "text",
    default: "INFO",
    since: "0.5.0",
    description: "Log level of the runs",
  },
  {
    name: "home_dir",
    variable: "PREFECT__HOME_DIR",
    type: "text",
    metavar: "DIR",
    default: "`~/.prefect`",
    since: "0.6.2",
    description: "Folder of `auth.toml`",
  },
];

/** Variables that are read before the configuration: where its files are. */
export const configurationFileSpecs: readonly OptionSpec[] = [
  {
    name: "user configuration",
    variable: "PREFECT__USER_CONFIG_PATH",
    type: "text",
    metavar: "PATH",
    default: "`~/.prefect/config.toml`",
    since: "0.6.0",
    description: "TOML file that goes before the built-in values",
    note: "a file that is no TOML is refused with its line",
  },
  {
    name: "back end configuration",
    variable: "PREFECT__BACKEND_CONFIG_PATH",
    type: "text",
    metavar: "PATH",
    default: "`~/.prefect/backend.toml`",
    since: "0.10.0",
    description: "TOML file that goes before the user configuration",
    note: "a file that is no TOML is refused with its line",
  },
];
