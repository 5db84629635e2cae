import assert from "node:assert/strict";
import { ecsRelease } from "../../../../flavours/ecs_agent/options.ts";
import { loadConfig } from "../../../../schemas/prefect1/config/config.ts";
import type { OptionValues } from "../../../../schemas/options/option.ts";
import { resolveSettings } from "../../../../schemas/prefect1/config/resolve_settings.ts";
import { settingOrigins } from "../../../../schemas/prefect1/config/setting_origins.ts";

interface Given {
  readonly values?: OptionValues;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

function originOf(variable: string, { values = {}, env: given = {}, files = {} }: Given): unknown {
  const env = { HOME: "/home/agent", ...given };
  const readText = (path: string) => files[path] ?? null;
  const settings = resolveSettings({ rules: ecsRelease.settingsRules, values, env, readText });
  return settingOrigins({ settings, values, config: loadConfig(env, readText) }).get(variable);
}

const CONFIG = "/home/agent/.prefect/config.toml";
const AUTH = "/home/agent/.prefect/auth.toml";

const cases: readonly (readonly [string, string, Given, unknown])[] = [
  ["an option", "PREFECT__CLOUD__API", { values: { api: "http://a:1" } }, { from: "flag", name: "--api" }],
  ["an option over a variable", "PREFECT__CLOUD__API_KEY", {
    values: { key: "k" },
    env: { PREFECT__CLOUD__API_KEY: "v" },
  }, { from: "flag", name: "--key" }],
  ["a variable", "PREFECT__LOGGING__LEVEL", { env: { PREFECT__LOGGING__LEVEL: "DEBUG" } }, {
    from: "variable",
    name: "PREFECT__LOGGING__LEVEL",
  }],
  ["a line of a file", "PREFECT__LOGGING__LEVEL", { files: { [CONFIG]: '[logging]\nlevel = "DEBUG"\n' } }, {
    from: "file",
    name: `${CONFIG}, line 2`,
  }],
  ["a login", "PREFECT__CLOUD__API_KEY", { files: { [AUTH]: '["api.prefect.io"]\napi_key = "k"\n' } }, {
    from: "file",
    name: "auth.toml",
  }],
  ["a login without tenant", "PREFECT__CLOUD__TENANT_ID", {
    files: { [AUTH]: '["api.prefect.io"]\napi_key = "k"\n' },
  }, { from: "default", name: "cloud.tenant_id" }],
  ["nothing", "PREFECT__BACKEND", {}, { from: "default", name: "backend" }],
  ["a label option", "PREFECT__CLOUD__AGENT__LABELS", { values: { label: ["a"] } }, {
    from: "flag",
    name: "--label",
  }],
  ["logs switched off", "PREFECT__LOGGING__LOG_TO_CLOUD", { values: { "no-cloud-logs": true } }, {
    from: "flag",
    name: "--no-cloud-logs",
  }],
  ["a variable for runs by option", "A", { values: { env: ["A=1"] } }, { from: "flag", name: "--env" }],
  ["a variable for runs of its own", "a", { env: { PREFECT__CLOUD__AGENT__ENV_VARS__A: "1" } }, {
    from: "variable",
    name: "PREFECT__CLOUD__AGENT__ENV_VARS__A",
  }],
  ["a variable for runs in a dictionary", "A", { env: { PREFECT__CLOUD__AGENT__ENV_VARS: '{"A": "1"}' } }, {
    from: "variable",
    name: "PREFECT__CLOUD__AGENT__ENV_VARS",
  }],
];

for (const [what, variable, given, origin] of cases) {
  Deno.test(`setting origins: given ${what}, when asked for ${variable}, then its place is named`, () => {
    assert.deepEqual(originOf(variable, given), origin);
  });
}
