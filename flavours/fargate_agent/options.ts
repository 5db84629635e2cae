/**
 * Options of the `fargate` flavour: what `prefect agent fargate start` of Prefect 0.x understood, parsed once at start.
 *
 * @module
 */

import { type BotocoreSettings, noBotocoreConfig, parseBotocoreConfig } from "./botocore_config.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { type GivenCredentials, readCredentials, readRegion } from "./aws_credentials.ts";
import { type GivenKwarg, type Kwargs, parseKwargs } from "./kwargs.ts";
import { awsKwargRows, containerKwargs, containerVariable } from "./kwarg_rows.ts";
import {
  agentOptionNames,
  fargateClientRows,
  type Given,
  readSwitches,
  switchNames,
  type SwitchValues,
  underscored,
} from "./switches.ts";
import { ALLOW_ALL, type AllowLists, allowLists } from "../../schemas/ecs/allow/allow_lists.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import type { FieldSource } from "../../schemas/plan/field_source.ts";
import type { OptionRow, RawOptions } from "../../schemas/options/option.ts";
import type { PyValue } from "../../schemas/python/value.ts";
import type { AgentRelease } from "../../schemas/prefect1/agent_release.ts";
import type { Prefect1Settings } from "../../schemas/prefect1/config/settings.ts";

export type { GivenCredentials } from "./aws_credentials.ts";
export { fargateOptionRows } from "./switches.ts";
export type { LaunchType } from "./switches.ts";

/** The agent that this flavour stands in for; variables keep their case, which the original lost (F-ENVVAR-TYPE). */
export const fargateRelease: AgentRelease = {
  agentType: "FargateAgent",
  coreVersion: "0.15.13",
  settingsRules: { tenantIsUuid: false, envVarNames: "kept" },
};

/** Every `key=value` pair of `fargate start`. */
export const fargateKwargRows: readonly OptionRow[] = [...awsKwargRows, ...fargateClientRows];

/** The whole configuration of a Fargate agent. */
export interface FargateOptions extends SwitchValues {
  readonly settings: Prefect1Settings;
  readonly definitionKwargs: JsonObject;
  readonly runKwargs: JsonObject;
  /** Members of the one container. */
  readonly containerKwargs: JsonObject;
  /** Where each argument came from; container members as `containerDefinitions_<member>`. */
  readonly kwargSources: Readonly<Record<string, FieldSource>>;
  /** Null: the SDK's own chain. */
  readonly credentials: GivenCredentials | null;
  /** Null: the SDK's own lookup. */
  readonly regionName: string | null;
  readonly botocoreConfig: BotocoreSettings;
  /** What runs may ask for beyond what the options and external arguments say. */
  readonly allow: AllowLists;
  /** What the user should know, without values. */
  readonly warnings: readonly string[];
}

/** Arguments by name, as the agent's constructor took them. */
export interface FargateInput {
  readonly given: Given;
  readonly env: Readonly<Record<string, string>>;
  readonly settings: Prefect1Settings;
}

/**
 * Parses what the command line and the environment say; the settings are those both flavours share.
 *
 * @throws {FailureError} `usage` for a pair that must be an option, `configuration` for a value that cannot be used
 * @see Prefect 0.15.13, cli/agent.py and agent/fargate/agent.py; recorded: agent_init, agent_env, agent_cli, cli
 */
export function parseFargateOptions(raw: RawOptions, settings: Prefect1Settings): FargateOptions {
  const options = optionsFromKwargs({ given: givenOf(raw), env: raw.env, settings });
  return { ...options, allow: allowLists(raw.values) };
}

/**
 * The same from Python values.
 *
 * @throws {FailureError} `configuration`, naming every argument that cannot be used
 */
export function optionsFromKwargs(input: FargateInput): FargateOptions {
  const { given, env, settings } = input;
  const switches = readSwitches(given);
  const forAws = new Map([...given].filter(([name]) => !switchNames.has(name)));
  const { problems, ...kwargs } = parseKwargs({ given: forAws, env, others: switchNames });
  const [first] = problems;
  if (first !== undefined) {
    const message = problems.map((problem) => problem.message).join("; ");
    throw new FailureError({ tag: "configuration", field: first.field, message });
  }
  const botocoreConfig = botocoreOf(given);
  return {
    settings,
    ...switches,
    ...namedKwargs(kwargs),
    credentials: readCredentials(given, env),
    regionName: readRegion(given, env) ?? botocoreConfig.regionName,
    botocoreConfig,
    allow: ALLOW_ALL,
    warnings: [...kwargs.warnings, ...botocoreWarnings(botocoreConfig), ...unreadVariables(env)],
  };
}

function namedKwargs(kwargs: Kwargs) {
  return {
    definitionKwargs: kwargs.definition,
    runKwargs: kwargs.run,
    containerKwargs: kwargs.container,
    kwargSources: kwargs.sources,
  };
}

function givenOf(raw: RawOptions): Given {
  const given = new Map<string, GivenKwarg>();
  for (const [key, text] of raw.pairs) {
    const option = agentOptionNames.get(underscored(key));
    if (option !== undefined) throw pairRefused(key, option);
    given.set(pairName(key), { value: { kind: "str", value: text }, source: { from: "flag", name: key } });
  }
  for (const [name, value] of Object.entries(raw.values)) {
    if (!switchNames.has(underscored(name)) || value === undefined || typeof value === "object") continue;
    given.set(underscored(name), { value: optionValue(value), source: { from: "flag", name: `--${name}` } });
  }
  return given;
}

// `--launch-type=EC2` reaches the pairs with a dash; AWS names never hold one (F-LAUNCH-DASH).
function pairName(key: string): string {
  return switchNames.has(underscored(key)) ? underscored(key) : key;
}

function optionValue(value: string | boolean): PyValue {
  return typeof value === "string" ? { kind: "str", value } : { kind: "bool", value };
}

function pairRefused(key: string, option: string): FailureError {
  const message = `Cannot use the pair ${key}=…: give it as ${option}`;
  return new FailureError({ tag: "usage", message });
}

function botocoreOf(given: Given): BotocoreSettings {
  const config = given.get("botocore_config");
  return config === undefined ? noBotocoreConfig : parseBotocoreConfig(config.value);
}

function botocoreWarnings({ unsupported }: BotocoreSettings): readonly string[] {
  if (unsupported.length === 0) return [];
  return [`Ignored in botocore_config: ${unsupported.join(", ")}: there is no counterpart here`];
}

// Only the five members have variables; these two kinds are common mistakes (F-UNKNOWN-KWARG).
function unreadVariables(env: Readonly<Record<string, string>>): readonly string[] {
  const members = [...containerKwargs.keys()].map(containerVariable);
  return Object.keys(env)
    .filter((name) => /^containerDefinitions(_|$)/.test(name) && !members.includes(name))
    .map((name) => `Ignored the variable ${name}: container settings are read from ${members.join(", ")}`);
}
