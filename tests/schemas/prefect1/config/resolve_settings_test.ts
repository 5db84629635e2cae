import assert from "node:assert/strict";
import { parseCommandLine } from "../../../../commands/cli/command_line.ts";
import { ecsRelease } from "../../../../flavours/ecs_agent/options.ts";
import { fargateRelease } from "../../../../flavours/fargate_agent/options.ts";
import { FailureError } from "../../../../schemas/failure/failure.ts";
import { requireCredential, resolveSettings } from "../../../../schemas/prefect1/config/resolve_settings.ts";
import type { Prefect1Settings } from "../../../../schemas/prefect1/config/settings.ts";
import {
  environment,
  fileReader,
  HOME,
  type SettingsCase,
  settingsCases,
} from "../../../support/goldens/golden_settings.ts";

const RULES = { ecs: ecsRelease.settingsRules, fargate: fargateRelease.settingsRules };

/** Settings in the words of the goldens. */
function inGoldenWords(settings: Prefect1Settings) {
  const { credential } = settings;
  return {
    name: settings.name,
    labels: settings.labels,
    env_vars: settings.envVars,
    max_polls: settings.maxPolls,
    agent_address: settings.agentAddress ?? "",
    agent_config_id: settings.agentConfigId,
    log_to_cloud: settings.sendFlowRunLogs,
    api: settings.apiUrl,
    api_key: credential.kind === "key" ? credential.key.reveal() : null,
    tenant_id: credential.kind === "key" ? credential.tenantId : null,
  };
}

/** What FIX rows make of a recorded value. */
const FIXED: Readonly<Record<string, object>> = {
  "init/env-vars-env-int": { env_vars: { A: "1" } },
  "init/send-logs-env-0": { log_to_cloud: false },
};

function ecsSettings(testCase: SettingsCase): Prefect1Settings {
  const command = parseCommandLine(["ecs", "start", ...testCase.agent.argv ?? []]);
  assert.ok(command.kind === "start");
  return resolveSettings({
    rules: RULES.ecs,
    values: command.values,
    env: environment(testCase),
    readText: fileReader(testCase),
  });
}

const FIELDS = [
  "name",
  "labels",
  "env_vars",
  "max_polls",
  "agent_address",
  "agent_config_id",
  "log_to_cloud",
  "api",
  "api_key",
  "tenant_id",
];

for (const group of ["ecs/init", "ecs/cli"]) {
  for (const testCase of settingsCases(group).filter((c) => c.expect.agent && c.agent.argv !== null)) {
    Deno.test(`resolveSettings: given ${testCase.id}, when resolved, then it is as recorded or fixed`, () => {
      const settings = ecsSettings(testCase);

      const recorded = Object.fromEntries(FIELDS.map((field) => [field, testCase.expect.agent[field]]));
      assert.deepEqual(inGoldenWords(settings), { ...recorded, ...FIXED[testCase.id] });
      if (group === "ecs/cli") assert.equal(settings.logLevel, testCase.expect.agent.logger_level);
    });
  }
}

for (
  const testCase of settingsCases("ecs/cli").filter((c) => c.expect.exit_code !== 0 && !needsTemplates(c))
) {
  Deno.test(`ecs start: given ${testCase.id}, when read, then it exits with ${testCase.expect.exit_code}`, () => {
    const thrown = failureOf(() => ecsSettings(testCase));

    assert.equal(thrown.tag, testCase.expect.exit_code === 2 ? "usage" : "configuration");
    const { error } = testCase.expect;
    if (error?.match === "exact") assert.ok(thrown.message.includes(error.message), thrown.message);
  });
}

/** Refused only when templates or networks are read. */
function needsTemplates(testCase: SettingsCase): boolean {
  return ["cli/taskdef-missing", "cli/vpc-none"].includes(testCase.id);
}

function failureOf(act: () => unknown) {
  try {
    act();
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  throw new assert.AssertionError({ message: "nothing was thrown" });
}

interface Given {
  readonly values?: Readonly<Record<string, string | boolean | readonly string[]>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly flavour?: keyof typeof RULES;
}

function resolved({ values = {}, env = {}, files = {}, flavour = "ecs" }: Given): Prefect1Settings {
  return resolveSettings({
    rules: RULES[flavour],
    values,
    env: { HOME, ...env },
    readText: (path) => files[path.replace(HOME, "~")] ?? null,
  });
}

Deno.test("Q-TYPED-ENV: given a key of digits, when resolved, then it stays text", () => {
  const { credential } = resolved({ env: { PREFECT__CLOUD__API_KEY: "0123456789" } });

  assert.ok(credential.kind === "key");
  assert.equal(credential.key.reveal(), "0123456789");
});

Deno.test("Q-TYPED-ENV: given names and tokens that look like numbers, when resolved, then they stay text", () => {
  const settings = resolved({
    env: {
      PREFECT__CLOUD__AGENT__AUTH_TOKEN: "1e9",
      PREFECT__CLOUD__AGENT__NAME: "007",
      PREFECT__LOGGING__LEVEL: "10",
    },
  });

  assert.equal(settings.agentToken?.reveal(), "1e9");
  assert.equal(settings.name, "007");
  assert.equal(settings.runLogLevel, "10");
});

for (const flavour of ["ecs", "fargate"] as const) {
  Deno.test(`settings: given a run log level that no ${flavour} run would start with, when resolved, then it is refused`, () => {
    const files = { "~/.prefect/config.toml": '[logging]\nlevel = "loud"\n' };

    for (const given of [{ env: { PREFECT__LOGGING__LEVEL: "info" } }, { files }]) {
      assert.throws(() => resolved({ flavour, ...given }), /Unknown level: '(?:info|loud)'.+in capitals/);
    }
  });
}

Deno.test("settings: given each level of Python's logging for runs, when resolved, then it is kept", () => {
  for (const level of ["DEBUG", "WARN", "FATAL", "CRITICAL", "NOTSET", "15"]) {
    assert.equal(resolved({ env: { PREFECT__LOGGING__LEVEL: level } }).runLogLevel, level);
  }
});

const LABELS: readonly (readonly [string, readonly string[]])[] = [
  ["['b', 'a', 'b']", ["b", "a", "b"]],
  ["('b', 'a')", ["b", "a"]],
  ["{'b', 'a'}", ["b", "a"]],
  ["prod", ["prod"]],
  ["'prod'", ["prod"]],
  ["a,b", ["a,b"]],
  ["5", ["5"]],
  ["[1, 2.5]", ["1", "2.5"]],
  ["True", ["True"]],
  ["", []],
  ["[]", []],
  ["None", []],
];

for (const [text, labels] of LABELS) {
  Deno.test(`Q-LABELS-WORD, F-LABELS-REPR: given labels ${text}, when resolved, then they are a list`, () => {
    assert.deepEqual(resolved({ env: { PREFECT__CLOUD__AGENT__LABELS: text } }).labels, labels);
  });
}

const SWITCHES: readonly (readonly [string, boolean])[] = [
  ["0", false],
  ["1", true],
  ["false", false],
  ["FALSE", false],
  ["True", true],
  ["None", false],
];

for (const [text, sent] of SWITCHES) {
  Deno.test(`Q-LOGS-TYPE: given SEND_FLOW_RUN_LOGS=${text}, when resolved, then it is a boolean`, () => {
    assert.equal(resolved({ env: { PREFECT__CLOUD__SEND_FLOW_RUN_LOGS: text } }).sendFlowRunLogs, sent);
  });
}

Deno.test("Q-ENV-NONSTR: given numbers, booleans and null, when resolved, then text or dropped", () => {
  const { envVars } = resolved({
    env: {
      PREFECT__CLOUD__AGENT__ENV_VARS:
        `{"A": 1, "B": 1.0, "C": True, "D": None, "E": "x", "F": 10000000000000000000001}`,
    },
  });

  assert.deepEqual(envVars, { A: "1", B: "1.0", C: "true", E: "x", F: "10000000000000000000001" });
});

Deno.test("Q-ENV-LOWER: given variables one by one, when the flavour is ecs, then names are lower-cased", () => {
  const env = { PREFECT__CLOUD__AGENT__ENV_VARS__MY_VAR: "x", PREFECT__CLOUD__AGENT__ENV_VARS__N: "1e3" };

  assert.deepEqual(resolved({ env }).envVars, { my_var: "x", n: "1e3" });
});

Deno.test("F-ENVVAR-TYPE: given variables one by one, when the flavour is fargate, then names are kept", () => {
  const env = {
    PREFECT__CLOUD__AGENT__ENV_VARS__FROM_CONFIG: "1",
    PREFECT__CLOUD__AGENT__ENV_VARS__A__B: "x",
  };

  assert.deepEqual(resolved({ env, flavour: "fargate" }).envVars, { FROM_CONFIG: "1", A__B: "x" });
});

Deno.test("env variables: given a TOML table and a dictionary in the environment, when resolved, then the latter replaces", () => {
  const files = { "~/.prefect/config.toml": `[cloud.agent.env_vars]\nA = "1"\nb = 2\n` };

  assert.deepEqual(resolved({ files }).envVars, { A: "1", b: "2" });
  const env = { PREFECT__CLOUD__AGENT__ENV_VARS: `{"C": "3"}` };
  assert.deepEqual(resolved({ files, env }).envVars, { C: "3" });
});

Deno.test("layers: given all of them, when resolved, then the strongest wins", () => {
  const files = {
    "~/.prefect/config.toml": `backend = "server"\n[cloud.agent]\nname = "user"\nlevel = "warning"\n`,
    "~/.prefect/backend.toml": `[cloud.agent]\nname = "backend"\n`,
  };

  assert.equal(resolved({ files }).name, "backend");
  assert.equal(resolved({ files }).backend, "server");
  assert.equal(resolved({ files }).logLevel, "WARNING");
  assert.equal(resolved({ files, env: { PREFECT__CLOUD__AGENT__NAME: "env" } }).name, "env");
  const values = { name: "typed" };
  assert.equal(resolved({ files, env: { PREFECT__CLOUD__AGENT__NAME: "env" }, values }).name, "typed");
});

Deno.test("files: given other paths in the environment, when resolved, then those files are read", () => {
  const settings = resolved({
    env: {
      PREFECT__USER_CONFIG_PATH: "$CONF/c.toml",
      PREFECT__BACKEND_CONFIG_PATH: "~/b.toml",
      CONF: "/etc/prefect",
    },
    files: { "/etc/prefect/c.toml": `[cloud.agent]\nname = "c"\n`, "~/b.toml": `backend = "server"\n` },
  });

  assert.equal(settings.name, "c");
  assert.equal(settings.apiUrl, "http://localhost:4200");
});

Deno.test("references: given one to another key, when resolved, then it is filled in", () => {
  const settings = resolved({
    files: {
      "~/.prefect/config.toml":
        `[team]\nname = "data"\nsize = 3\n[cloud.agent]\nname = "\${team.name}-\${team.size}"\n`,
    },
  });

  assert.equal(settings.name, "data-3");
});

Deno.test("tokens: given a key and a token, when resolved, then the key is used and the token kept for runs", () => {
  const settings = resolved({ values: { key: "pcu_1", token: "runner" } });

  assert.equal(settings.credential.kind, "key");
  assert.equal(settings.agentToken?.reveal(), "runner");
});

Deno.test("tokens: given only a token, when resolved, then it is the credential", () => {
  assert.equal(resolved({ env: { PREFECT__CLOUD__AGENT__AUTH_TOKEN: "runner" } }).credential.kind, "token");
  const user = resolved({ env: { PREFECT__CLOUD__AUTH_TOKEN: "user" } });
  assert.equal(user.credential.kind, "token");
  assert.equal(user.agentToken, null);
});

Deno.test("auth.toml: given a section of the API's host and port, when resolved, then key and tenant come from it", () => {
  const { credential } = resolved({
    values: { api: "https://Proxy.example.com:8443/graphql" },
    files: {
      "~/.prefect/auth.toml":
        `["proxy.example.com-8443"]\napi_key = "disk"\ntenant_id = "33333333-3333-4333-8333-333333333333"\n`,
    },
  });

  assert.ok(credential.kind === "key");
  assert.equal(credential.key.reveal(), "disk");
  assert.equal(credential.tenantId, "33333333-3333-4333-8333-333333333333");
});

Deno.test("tenant: given the fargate flavour, when the tenant is no UUID, then it is used as it is", () => {
  const { credential } = resolved({ flavour: "fargate", values: { key: "k-1", "tenant-id": "t-1" } });

  assert.ok(credential.kind === "key");
  assert.equal(credential.tenantId, "t-1");
});

Deno.test("limits: given polls and grace, when resolved, then negative polls mean no limit and grace is in ms", () => {
  assert.equal(resolved({ values: { "max-polls": "1_0" } }).maxPolls, 10);
  assert.equal(resolved({ values: { "max-polls": "-1" } }).maxPolls, null);
  assert.equal(resolved({}).graceMs, 25_000);
  assert.equal(resolved({ values: { grace: "0.5" } }).graceMs, 500);
  assert.equal(resolved({ env: { PREFECT__CLOUD__REQUEST_TIMEOUT: "2.5" } }).requestTimeoutMs, 2500);
});

Deno.test("poll interval: given seconds, when resolved, then they are in ms, and what is no number of 0.25 or more is refused", () => {
  assert.equal(resolved({}).maxPollPauseMs, 10_000);
  assert.equal(resolved({ values: { "max-poll-interval": "1" } }).maxPollPauseMs, 1000);
  assert.equal(resolved({ values: { "max-poll-interval": "0.25" } }).maxPollPauseMs, 250);
  for (const wrong of ["0", "0.2", "-1", "soon", "NaN", "Infinity"]) {
    assert.throws(
      () => resolved({ values: { "max-poll-interval": wrong } }),
      /Cannot use --max-poll-interval '.*': expected a number 0.25 or more/,
    );
  }
});

Deno.test("log levels: given names and numbers of Python's logging, when resolved, then the nearest of ours", () => {
  const level = (text: string) => resolved({ env: { PREFECT__CLOUD__AGENT__LEVEL: text } }).logLevel;

  assert.deepEqual(["debug", "warn", "CRITICAL", "10", "20", "35", "0"].map(level), [
    "DEBUG",
    "WARNING",
    "ERROR",
    "DEBUG",
    "INFO",
    "ERROR",
    "DEBUG",
  ]);
});

const BAD: readonly (readonly [string, Given, RegExp])[] = [
  ["an unknown back end", { env: { PREFECT__BACKEND: "clowd" } }, /PREFECT__BACKEND.*cloud and server/],
  ["an API that is no address", { values: { api: "api.prefect.io" } }, /--api.*https:/],
  ["an API variable that is no address", { env: { PREFECT__CLOUD__API: "x" } }, /PREFECT__CLOUD__API/],
  ["an unknown level", { env: { PREFECT__CLOUD__AGENT__LEVEL: "LOUD" } }, /AGENT__LEVEL.*DEBUG, INFO/],
  [
    "an unreadable switch",
    { env: { PREFECT__CLOUD__SEND_FLOW_RUN_LOGS: "maybe" } },
    /SEND_FLOW_RUN_LOGS.*true, false/,
  ],
  ["a timeout of zero", { env: { PREFECT__CLOUD__REQUEST_TIMEOUT: "0" } }, /REQUEST_TIMEOUT.*above 0/],
  ["labels as a dictionary", { env: { PREFECT__CLOUD__AGENT__LABELS: "{'a': 1}" } }, /AGENT__LABELS.*list/],
  ["variables as a list", { env: { PREFECT__CLOUD__AGENT__ENV_VARS: "[1]" } }, /ENV_VARS.*dictionary/],
  [
    "a list as a variable",
    { env: { PREFECT__CLOUD__AGENT__ENV_VARS: "{'A': [1]}" } },
    /ENV_VARS.*what A has/,
  ],
  ["a variable without a name", { values: { env: ["=x"] } }, /--env.*NAME=VALUE/],
  ["broken TOML", { files: { "~/.prefect/config.toml": "a = 1\nb = [\n" } }, /config\.toml, line \d/],
  [
    "a bad value in a file",
    { files: { "~/.prefect/config.toml": `[cloud.agent]\nname = "x"\nlevel = "LOUD"\n` } },
    /cloud\.agent\.level in .*config\.toml, line 3.*DEBUG/,
  ],
];

for (const [what, given, pattern] of BAD) {
  Deno.test(`resolveSettings: given ${what}, when resolved, then it is refused with place and accepted values`, () => {
    const failure = failureOf(() => resolved(given));

    assert.equal(failure.tag, "configuration");
    assert.match(failure.message, pattern);
  });
}

Deno.test("secrets: given broken files and keys, when refused, then no value is shown", () => {
  const inFile = failureOf(() => resolved({ files: { "~/.prefect/auth.toml": `[a]\napi_key = "s3cr3t\n` } }));
  const inKey = failureOf(() => resolved({ values: { key: "s3cr3t\nX: y" } }));

  for (const failure of [inFile, inKey]) assert.doesNotMatch(failure.message, /s3cr3t/);
});

Deno.test("requireCredential: given no key on the cloud back end, when asked, then it is refused; a server needs none", () => {
  const failure = failureOf(() => requireCredential(resolved({})));

  assert.match(failure.message, /You have not set an API key for authentication\./);
  assert.doesNotThrow(() => requireCredential(resolved({ env: { PREFECT__BACKEND: "server" } })));
  assert.doesNotThrow(() => requireCredential(resolved({ values: { token: "t" } })));
});

Deno.test("health: given --unhealthy-after, when resolved, then it is in ms, and five minutes by default", () => {
  assert.equal(resolved({}).unhealthyAfterMs, 300_000);
  assert.equal(resolved({ values: { "unhealthy-after": "0" } }).unhealthyAfterMs, 0);
  assert.equal(resolved({ values: { "unhealthy-after": "1.5" } }).unhealthyAfterMs, 1500);
});

Deno.test("log format: given option and variable, when resolved, then the option wins, and case does not matter", () => {
  const variable = { PREFECT_AGENT_LOG_FORMAT: "JSON" };
  assert.equal(resolved({}).logFormat, "text");
  assert.equal(resolved({ env: variable }).logFormat, "json");
  assert.equal(resolved({ env: variable, values: { "log-format": "text" } }).logFormat, "text");
  assert.throws(
    () => resolved({ env: { PREFECT_AGENT_LOG_FORMAT: "xml" } }),
    /Cannot use the log format 'xml' of PREFECT_AGENT_LOG_FORMAT: expected text or json$/,
  );
});
