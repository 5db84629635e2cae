/**
 * Prefect 1 configuration: built-in values, `~/.prefect/config.toml`, `~/.prefect/backend.toml` and variables of the
 * form `PREFECT__SECTION__KEY`, weakest first.
 *
 * @see Prefect 0.15.13, `configuration.py` and `config.toml`; recorded: init (ecs)
 * @module
 */

import { type Env, expandVariables } from "../../python/expand_variables.ts";
import { scalarText } from "../../options/scalar_text.ts";
import { literalOrText } from "../../python/literal.ts";
import { pythonReprOf } from "../../python/repr.ts";
import type { PyValue } from "../../python/value.ts";
import { readToml } from "../../toml/toml_entries.ts";

/** Where a configured value stands. */
export type ConfigOrigin =
  | { readonly from: "default" }
  | { readonly from: "file"; readonly path: string; readonly line: number | null }
  | { readonly from: "variable"; readonly name: string };

/** One configured value. */
export interface ConfigEntry {
  /** As Prefect types it: `5` is a number, `true` a boolean, `['a']` a list. */
  readonly value: PyValue;
  /** The text before it was typed, null where it never was text. */
  readonly text: string | null;
  readonly origin: ConfigOrigin;
}

/** Values by dotted name, such as `cloud.agent.name`, in the order in which Prefect would apply them. */
export type Config = ReadonlyMap<string, ConfigEntry>;

/** Reads a text file; null when there is none. */
export type ReadText = (path: string) => string | null;

/** The values this program reads, as Prefect ships them. */
const DEFAULTS: readonly (readonly [string, string])[] = [
  ["backend", "cloud"],
  ["home_dir", "~/.prefect"],
  ["server.host", "http://localhost"],
  ["server.port", "4200"],
  ["server.endpoint", "${server.host}:${server.port}"],
  ["cloud.api", "${${backend}.endpoint}"],
  ["cloud.endpoint", "https://api.prefect.io"],
  ["cloud.graphql", "${cloud.api}/graphql"],
  ["cloud.request_timeout", "15"],
  ["cloud.send_flow_run_logs", "true"],
  ["cloud.api_key", ""],
  ["cloud.tenant_id", ""],
  ["cloud.agent.name", "agent"],
  ["cloud.agent.labels", "[]"],
  ["cloud.agent.level", "INFO"],
  ["cloud.agent.auth_token", ""],
  ["cloud.agent.agent_address", ""],
  ["logging.level", "INFO"],
  ["logging.extra_loggers", "[]"],
];

const PREFIX = "PREFECT__";

/**
 * Layers the sources and resolves their references.
 *
 * @param readText reads `config.toml` and `backend.toml`; files that are not there are no error
 * @throws {FailureError} `configuration` for a file that is not TOML, naming file and line
 */
export function loadConfig(env: Env, readText: ReadText): Config {
  const config = new Map<string, ConfigEntry>();
  for (const [name, text] of DEFAULTS) {
    config.set(name, fromText(text, { name, env, origin: { from: "default" } }));
  }
  for (const path of configPaths(env)) addFile(config, path, { env, readText });
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(PREFIX)) continue;
    config.set(dotted(name), fromVariable(name, text, env));
  }
  resolveReferences(config);
  return config;
}

/** The files to read, weaker one first, with `~` and variables expanded. */
export function configPaths(env: Env): readonly string[] {
  return [
    env["PREFECT__USER_CONFIG_PATH"] ?? "~/.prefect/config.toml",
    env["PREFECT__BACKEND_CONFIG_PATH"] ?? "~/.prefect/backend.toml",
  ].map((path) => scalarText(expandVariables(path, env) ?? path));
}

function addFile(
  config: Map<string, ConfigEntry>,
  path: string,
  from: { env: Env; readText: ReadText },
): void {
  const text = from.readText(path);
  if (text === null) return;
  for (const { path: keys, value, line } of readToml(text, path)) {
    const name = keys.join(".");
    const origin: ConfigOrigin = { from: "file", path, line };
    const entry = value.kind === "str"
      ? fromText(value.value, { name, env: from.env, origin })
      : { value, text: null, origin };
    config.set(name, entry);
  }
}

/** Names are lower-cased; the spelling stays in the origin, for names of variables for runs. */
function dotted(variable: string): string {
  return variable.slice(PREFIX.length).toLowerCase().split("__").join(".");
}

/** Variables are typed twice, so that `"['a']"`, quoted as env files quote, is a list still. */
function fromVariable(variable: string, text: string, env: Env): ConfigEntry {
  const from: TextSource = { name: dotted(variable), env, origin: { from: "variable", name: variable } };
  const once = fromText(text, from);
  return once.value.kind === "str" ? fromText(once.value.value, from) : once;
}

interface TextSource {
  readonly name: string;
  readonly env: Env;
  readonly origin: ConfigOrigin;
}

/** Variables for runs are data; white space around everything else is not meant. */
function fromText(given: string, { name, env, origin }: TextSource): ConfigEntry {
  const expanded = expandVariables(given, env);
  if (expanded === null) return { value: { kind: "none" }, text: null, origin };
  const text = name.startsWith(RUN_VARIABLES) ? expanded : scalarText(expanded);
  return { value: typed(text), text, origin };
}

const RUN_VARIABLES = "cloud.agent.env_vars.";

function typed(text: string): PyValue {
  const word = text.toUpperCase();
  if (word === "TRUE" || word === "FALSE") return { kind: "bool", value: word === "TRUE" };
  return literalOrText(text);
}

/** Most rounds in which references inside references are resolved, from the inside out. */
const MAX_ROUNDS = 10;

function resolveReferences(config: Map<string, ConfigEntry>): void {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    for (const [name, entry] of config) config.set(name, withOneReference(entry, config));
  }
}

function withOneReference(entry: ConfigEntry, config: Config): ConfigEntry {
  if (entry.value.kind !== "str") return entry;
  const match = /\$\{(.[^${}]*)\}/s.exec(entry.value.value);
  if (match === null) return entry;
  const target = config.get(match[1] ?? "");
  if (match[0] === entry.value.value && target !== undefined) return { ...target, origin: entry.origin };
  const value = entry.value.value.replace(
    match[0],
    () => target === undefined ? "" : pythonText(target.value),
  );
  return { ...entry, value: { kind: "str", value }, text: value };
}

/** A value as Python's `str()` writes it. */
export function pythonText(value: PyValue): string {
  return value.kind === "str" ? value.value : pythonReprOf(value);
}
