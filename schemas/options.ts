/**
 * The command-line options that both Prefect 1 flavours share, and those of the other subcommands. A flavour's own
 * rows live beside its schema (`ecs.ts`, `fargate.ts`).
 *
 * @module
 */

import type { OptionSpec } from "./option_spec.ts";

/** Levels of the agent's log, weakest first; also the accepted values of `--log-level`. */
export const LOG_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"] as const;

/** Seconds that a stop waits for what is in flight: ECS kills a container 30 s after it asked it to stop. */
export const DEFAULT_GRACE_SECONDS = 25;

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
    since: "0.4.0",
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
    since: "0.6.0",
    description: "Address of the Prefect API",
  },
];

const agentOptions: readonly OptionSpec[] = [
  {
    name: "agent-config-id",
    type: "text",
    metavar: "ID",
    since: "0.14.0",
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
    since: "0.6.0",
    description: "Name under which the agent registers",
  },
  {
    name: "label",
    short: "l",
    variable: "PREFECT__CLOUD__AGENT__LABELS",
    type: "list",
    metavar: "LABEL",
    default: "none",
    since: "0.6.0",
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
    since: "0.8.1",
    description: "Address (`http://host:port`) to serve `/api/health` and `/api/poke` at",
  },
];

const runningOptions: readonly OptionSpec[] = [
  {
    name: "max-polls",
    type: "integer",
    metavar: "N",
    unit: "polls",
    default: "no limit",
    since: "0.9.0",
    description: "Polls to make before the agent drains and ends; a negative number means no limit",
  },
  {
    name: "no-cloud-logs",
    variable: "PREFECT__CLOUD__SEND_FLOW_RUN_LOGS",
    type: "flag",
    default: "logs are sent",
    since: "0.7.0",
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
    since: "0.13.1",
    description: "Level of the agent's own log",
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
];

/** Options of `ecs start` and `fargate start` alike. */
export const commonOptionSpecs: readonly OptionSpec[] = [
  ...identityOptions,
  ...agentOptions,
  ...runningOptions,
];

/** Common options that the old spelling `start fargate` never had. */
const NOT_IN_OLD_SPELLING: ReadonlySet<string> = new Set(["key", "tenant-id", "log-level"]);

const verboseOption: OptionSpec = {
  name: "verbose",
  short: "v",
  type: "flag",
  since: "0.6.0",
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
    default: "a temporary folder",
    since: "this agent",
    description: "Folder that keeps the state",
  },
  {
    name: "image-exec",
    type: "list",
    metavar: "PATTERN=PREFIX",
    since: "this agent",
    description: "Run the command of containers whose image matches PATTERN as a subprocess behind PREFIX",
  },
];
