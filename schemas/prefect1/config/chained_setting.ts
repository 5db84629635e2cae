/**
 * The settings that people make by `prefect backend …` and `prefect auth login …` before they start an agent. This program
 * saves nothing: it says whether the setting is there already, and in which variable it belongs.
 *
 * @module
 */

import { type Config, loadConfig, type ReadText } from "./config.ts";
import { placeOf, textSetting } from "./config_value.ts";
import { resolveSettings } from "./resolve_settings.ts";
import type { Env } from "../../python/expand_variables.ts";
import { shownValue } from "../../options/usage_error.ts";

/** What such a command would set. */
export type ChainedSetting =
  | { readonly what: "backend"; readonly wanted: string }
  | { readonly what: "key" | "token"; readonly wanted: string };

/** Whether the configuration says the same, and one sentence about it without secrets. */
export interface ChainedAnswer {
  readonly agrees: boolean;
  readonly line: string;
}

/** Where the configuration is read from. */
export interface ChainedSources {
  readonly env: Env;
  readonly readText: ReadText;
}

/**
 * Compares what a command would set with what is set.
 *
 * @throws {FailureError} `configuration` for settings that cannot be read at all
 */
export function chainedAnswer(setting: ChainedSetting, sources: ChainedSources): ChainedAnswer {
  const config = loadConfig(sources.env, sources.readText);
  return setting.what === "backend"
    ? backendAnswer(setting.wanted.trim(), config)
    : loginAnswer(setting.what, setting.wanted.trim(), config, sources);
}

function backendAnswer(wanted: string, config: Config): ChainedAnswer {
  if (wanted !== "cloud" && wanted !== "server") {
    const line = `Cannot use the back end ${shownValue(wanted)}: accepted are cloud and server`;
    return { agrees: false, line };
  }
  const found = textSetting(config, "backend");
  const place = placeOf("backend", config.get("backend"));
  if (found === wanted) return { agrees: true, line: `The back end is ${wanted} already, by ${place}` };
  const line =
    `Cannot save the back end, which is ${shownValue(found)} by ${place}: set PREFECT__BACKEND=${wanted} ` +
    "for the agent, and leave this command out";
  return { agrees: false, line };
}

const LOGIN = {
  key: { name: "cloud.api_key", variable: "PREFECT__CLOUD__API_KEY", called: "API key" },
  token: { name: "cloud.agent.auth_token", variable: "PREFECT__CLOUD__AGENT__AUTH_TOKEN", called: "token" },
} as const;

function loginAnswer(
  what: "key" | "token",
  wanted: string,
  config: Config,
  { env, readText }: ChainedSources,
): ChainedAnswer {
  const { name, variable, called } = LOGIN[what];
  const rules = { tenantIsUuid: false, envVarNames: "lowered" } as const;
  const { credential, agentToken } = resolveSettings({ rules, values: {}, env, readText });
  const key = credential.kind === "key" ? credential.key : null;
  const found = what === "key" ? key : agentToken ?? (credential.kind === "token" ? credential.token : null);
  if (wanted !== "" && found?.reveal() === wanted) {
    const place = textSetting(config, name) === "" ? "auth.toml" : placeOf(name, config.get(name));
    return { agrees: true, line: `The ${called} is set already, by ${place}` };
  }
  const line = `Cannot save the ${called}: set ${variable} to it for the agent, and leave this command out`;
  return { agrees: false, line };
}
