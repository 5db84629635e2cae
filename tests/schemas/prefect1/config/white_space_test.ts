import assert from "node:assert/strict";
import fc from "fast-check";
import { parseCommandLine } from "../../../../commands/cli/command_line.ts";
import { ecsRows } from "../../../../commands/cli/flavour_rows.ts";
import { ecsRelease, parseEcsOptions } from "../../../../flavours/ecs_agent/options.ts";
import { fargateRelease, parseFargateOptions } from "../../../../flavours/fargate_agent/options.ts";
import { FailureError } from "../../../../schemas/failure/failure.ts";
import { launchOptionRows } from "../../../../schemas/ecs/launch_option_rows.ts";
import { launchSettings } from "../../../../schemas/options/launch_settings.ts";
import type { OptionRow } from "../../../../schemas/options/option.ts";
import { hasControl, scalarText } from "../../../../schemas/options/scalar_text.ts";
import { resolveSettings } from "../../../../schemas/prefect1/config/resolve_settings.ts";

type Env = Readonly<Record<string, string>>;

/** Everything that a command line and an environment result in, without secrets' wrapping. */
function started(argv: readonly string[], env: Env = {}, toml: string | null = null) {
  const command = parseCommandLine(argv);
  assert.ok(command.kind === "start");
  const { values, pairs, flavour } = command;
  const release = flavour === "ecs" ? ecsRelease : fargateRelease;
  const readText = (path: string) => path.endsWith("config.toml") ? toml : null;
  const settings = resolveSettings({ rules: release.settingsRules, values, env, readText });
  const { credential, agentToken, ...shown } = settings;
  const raw = { values, pairs, env };
  return {
    ...shown,
    key: credential.kind === "key" ? credential.key.reveal() : "",
    token: agentToken?.reveal() ?? "",
    own: flavour === "ecs"
      ? { ...parseEcsOptions(raw, settings), settings: null }
      : { ...parseFargateOptions(raw, settings), settings: null },
    launching: launchSettings(launchOptionRows, { typed: values, env }),
  };
}

/** What is put around a value. */
const AROUND: readonly (readonly [string, string])[] = [
  ["", "\r"],
  ["", "\n"],
  ["", "\r\n"],
  ["", " "],
  ["", "\t"],
  ["", "\u00a0"],
  ["", "\ufeff"],
  ["", "\u0000"],
  ["\r\n", "\r\n"],
  ["\ufeff", ""],
];

const BLANKS: readonly (readonly [string, string])[] = [[" ", " "], ["\t", ""]];

/** A good value for an option of any type. */
function valueOf({ name, type, choices }: OptionRow): string {
  const special: Readonly<Record<string, string>> = {
    api: "http://localhost:4200",
    inspect: "127.0.0.1:9301",
    "ui-url": "http://localhost:8080",
    "agent-address": "http://:8080",
    "tenant-id": "00000000-0000-4000-8000-000000000001",
  };
  if (choices !== undefined) return choices[0] ?? "";
  return special[name] ?? (type === "integer" || type === "number" ? "3" : "value");
}

Deno.test("options: given each scalar option, when white space stands around its value, then the result is that without", () => {
  const rows = ecsRows.options.filter(({ type, name }) => type !== "flag" && name !== "env");
  for (const row of rows) {
    const good = valueOf(row);
    const plain = started(["ecs", "start", `--${row.name}=${good}`]);
    for (const [before, behind] of [...AROUND, ...BLANKS]) {
      const value = `${before}${good}${behind}`;

      assert.deepEqual(started(["ecs", "start", `--${row.name}=${value}`]), plain, row.name);
      if (row.bare === undefined) {
        assert.deepEqual(started(["ecs", "start", `--${row.name}`, value]), plain, row.name);
      }
    }
  }
  assert.ok(rows.length > 30);
});

/** Settings by their dotted names, with a good value of each. */
const SETTINGS: readonly (readonly [string, string])[] = [
  ["backend", "server"],
  ["cloud.api", "http://localhost:4200"],
  ["cloud.api_key", "k3y"],
  ["cloud.tenant_id", "00000000-0000-4000-8000-000000000001"],
  ["cloud.agent.auth_token", "t0ken"],
  ["cloud.agent.name", "prod"],
  ["cloud.agent.labels", "prod"],
  ["cloud.agent.labels", "['a', 'b']"],
  ["cloud.agent.labels", '["a", "b"]'],
  ["cloud.agent.labels", "[a, b]"],
  ["cloud.agent.env_vars", "{'A': 'b'}"],
  ["cloud.agent.level", "DEBUG"],
  ["cloud.agent.agent_address", "http://:8080"],
  ["cloud.send_flow_run_logs", "false"],
  ["cloud.request_timeout", "20"],
  ["logging.level", "DEBUG"],
  ["server.host", "http://prefect"],
  ["server.port", "4300"],
  ["server.endpoint", "http://prefect:4300"],
];

function tomlOf(name: string, value: string): string {
  const section = name.split(".").slice(0, -1).join(".");
  const line = `${name.split(".").at(-1)} = ${JSON.stringify(value)}\n`;
  return section === "" ? line : `[${section}]\n${line}`;
}

Deno.test("settings: given each setting as variable and in TOML, when white space stands around it, then the result is that without", () => {
  for (const [name, good] of SETTINGS) {
    const variable = `PREFECT__${name.toUpperCase().replaceAll(".", "__")}`;
    const server = name.startsWith("server") ? { PREFECT__BACKEND: "server" } : {};
    const plain = started(["ecs", "start"], { ...server, [variable]: good });
    for (const [before, behind] of [...AROUND, ...BLANKS]) {
      const value = `${before}${good}${behind}`;

      assert.deepEqual(started(["ecs", "start"], { ...server, [variable]: value }), plain, name);
      assert.deepEqual(started(["ecs", "start"], server, tomlOf(name, value)), plain, name);
    }
  }
});

Deno.test("settings: given each variable of launching and the log format, when white space stands around it, then the result is that without", () => {
  for (const row of launchOptionRows.filter(({ variable }) => variable !== undefined)) {
    const good = row.type === "flag" ? "true" : valueOf(row);
    const variable = row.variable ?? "";
    const plain = started(["ecs", "start"], { [variable]: good });
    for (const [before, behind] of [...AROUND, ...BLANKS]) {
      assert.deepEqual(started(["ecs", "start"], { [variable]: `${before}${good}${behind}` }), plain);
    }
  }
  assert.equal(started(["ecs", "start"], { PREFECT_AGENT_LOG_FORMAT: "json\r" }).logFormat, "json");
});

/** Keys of the Fargate agent with a good value each. */
const PAIRS: readonly (readonly [string, string])[] = [
  ["cluster", "prod"],
  ["taskRoleArn", "arn:aws:iam::123456789012:role/r"],
  ["cpu", "256"],
  ["memory", "512"],
  ["count", "1"],
  ["enableECSManagedTags", "True"],
  ["platformVersion", "1.4.0"],
  ["networkConfiguration", "{'awsvpcConfiguration': {'subnets': ['subnet-1']}}"],
  ["tags", '[{"key": "a", "value": "b"}]'],
];

const SWITCHES: readonly (readonly [string, string])[] = [
  ["launch_type", "EC2"],
  ["launch-type", "ec2"],
  ["enable_task_revisions", "True"],
  ["run-by-family", "false"],
  ["region_name", "eu-west-1"],
  ["external_kwargs_s3_key", "prefix"],
  ["botocore_config", "{'read_timeout': 3}"],
];

Deno.test("fargate: given each kind of pair and variable, when white space stands around it, then the result is that without", () => {
  for (const [name, good] of [...PAIRS, ...SWITCHES]) {
    const plain = started(["fargate", "start", `${name}=${good}`]);
    for (const [before, behind] of AROUND) {
      assert.deepEqual(started(["fargate", "start", `${name}=${before}${good}${behind}`]), plain, name);
    }
  }
  for (const [name, good] of [...PAIRS, ["REGION_NAME", "eu-west-1"] as const]) {
    const plain = started(["fargate", "start"], { [name]: good });
    for (const [before, behind] of AROUND) {
      assert.deepEqual(started(["fargate", "start"], { [name]: `${before}${good}${behind}` }), plain, name);
    }
  }
});

Deno.test("variables for runs: given any white space around their values, when resolved, then not a character changes", () => {
  for (const [before, behind] of [...AROUND, ...BLANKS]) {
    const value = `${before}v${behind}`;
    const own = { PREFECT__CLOUD__AGENT__ENV_VARS__A: value };

    assert.deepEqual(started(["ecs", "start", "--env", `A=${value}`]).envVars, { A: value });
    assert.deepEqual(started(["ecs", "start"], own).envVars, { a: value });
    assert.deepEqual(
      started(["ecs", "start"], { PREFECT__CLOUD__AGENT__ENV_VARS: JSON.stringify({ A: value }) }).envVars,
      { A: value },
    );
  }
  assert.deepEqual(
    started(["ecs", "start"], { PREFECT__CLOUD__AGENT__ENV_VARS__A: '{"b": 1}\n' }).envVars,
    { a: '{"b": 1}\n' },
  );
});

/** A value with a control character inside, and what the message shows. */
const REFUSED: readonly (readonly [readonly string[], Env, RegExp])[] = [
  [["ecs", "start", "--cluster", "a\rb"], {}, /'--cluster': 'a\\rb'/],
  [["ecs", "start", "--label", "a\u001bb"], {}, /'--label': 'a\\x1bb'/],
  [["ecs", "start", "--launch-type", "E\rC2"], {}, /'E\\rC2'/],
  [["ecs", "start", "--max-polls", "3\u00004"], {}, /'3\\x004'/],
  [["ecs", "start"], { PREFECT__BACKEND: "ser\rver" }, /'ser\\rver' of PREFECT__BACKEND: accepted are cloud/],
  [["ecs", "start"], { PREFECT__CLOUD__AGENT__NAME: "a\nb" }, /'a\\nb' of PREFECT__CLOUD__AGENT__NAME/],
  [
    ["ecs", "start"],
    { PREFECT__CLOUD__AGENT__LEVEL: "DE\tBUG" },
    /'DE\\tBUG' of PREFECT__CLOUD__AGENT__LEVEL/,
  ],
  [["ecs", "start"], { PREFECT__CLOUD__API: "http://a\nb" }, /API address of PREFECT__CLOUD__API/],
  [
    ["ecs", "start"],
    { PREFECT__CLOUD__REQUEST_TIMEOUT: "1\r5" },
    /'1\\r5' of PREFECT__CLOUD__REQUEST_TIMEOUT/,
  ],
  [["ecs", "start"], { PREFECT_AGENT_LOG_FORMAT: "js\ron" }, /'js\\ron' of PREFECT_AGENT_LOG_FORMAT/],
  [["fargate", "start", "cluster=a\rb"], {}, /'a\\rb'/],
  [["fargate", "start", "launch_type=E\rC2"], {}, /E\\rC2/],
  [["fargate", "start", "region_name=eu\rwest"], {}, /region_name.*control characters/],
];

for (const [argv, env, message] of REFUSED) {
  Deno.test(`settings: given ${JSON.stringify([argv, env])}, when resolved, then it is refused with its escapes`, () => {
    assert.throws(() => started(argv, env), (error: unknown) => {
      assert.ok(error instanceof FailureError);
      assert.match(error.message, message);
      assert.ok(!hasControl(error.message));
      return true;
    });
  });
}

Deno.test("scalarText: given any text, when trimmed, then nothing blank is at its ends and nothing else is lost", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const trimmed = scalarText(text);

    assert.equal(scalarText(trimmed), trimmed);
    assert.equal(trimmed, trimmed.trim());
    assert.ok(text.includes(trimmed));
    assert.equal(scalarText(`\r\n ${text}\u0000\t`), trimmed);
  }));
});
