/**
 * What of Prefect 1's configuration this program reads and no option says, for the tables in `docs/`.
 *
 * @module
 */

import type { OptionRow } from "../../options/option.ts";

/** Configuration without an option of its own; `name` is the key in `config.toml`. */
export const configurationRows: readonly OptionRow[] = [
  {
    name: "backend",
    variable: "PREFECT__BACKEND",
    type: "choice",
    choices: ["cloud", "server"],
    default: "cloud",
    since: "0.10.0",
    description: "Kind of API that the agent uses",
  },
  {
    name: "server.host",
    variable: "PREFECT__SERVER__HOST",
    type: "text",
    default: "http://localhost",
    since: "0.10.0",
    description: "Address of a Prefect Server, without the port",
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
    description: "Longest time to wait for an answer of the API",
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
export const configurationFileRows: readonly OptionRow[] = [
  {
    name: "user configuration",
    variable: "PREFECT__USER_CONFIG_PATH",
    type: "text",
    metavar: "PATH",
    default: "`~/.prefect/config.toml`",
    since: "0.6.0",
    description: "TOML file that overrides the built-in values",
    note: "A file that is not TOML is refused, with the line of the error",
  },
  {
    name: "back end configuration",
    variable: "PREFECT__BACKEND_CONFIG_PATH",
    type: "text",
    metavar: "PATH",
    default: "`~/.prefect/backend.toml`",
    since: "0.10.0",
    description: "TOML file that overrides the user configuration",
    note: "A file that is not TOML is refused, with the line of the error",
  },
];
