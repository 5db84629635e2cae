import assert from "node:assert/strict";
import fc from "fast-check";
import type { Command } from "../../../commands/cli/command.ts";
import { parseCommandLine } from "../../../commands/cli/command_line.ts";
import { fargateRelease } from "../../../flavours/fargate_agent/options.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { hasControl, scalarText } from "../../../schemas/options/scalar_text.ts";
import { resolveSettings } from "../../../schemas/prefect1/config/resolve_settings.ts";
import {
  environment,
  fileReader,
  type SettingsCase,
  settingsCases,
} from "../../support/goldens/golden_settings.ts";

/** The releases that this agent stands for; 0.13 and 0.6 differ on purpose. */
const RELEASES = ["prefect 0.15.13 CLI", "prefect 0.14.22 CLI"];

const cases = [...settingsCases("fargate/cli"), ...settingsCases("fargate/agent_cli")]
  .filter((testCase) => RELEASES.includes(testCase.source));

function words(testCase: SettingsCase): readonly string[] {
  return (testCase.agent.argv ?? []).slice(1);
}

function parse(...argv: readonly string[]): Command {
  return parseCommandLine(argv);
}

function started(command: Command) {
  assert.ok(command.kind === "start");
  return command;
}

/** Settings and pairs in the words of the goldens. */
function inGoldenWords(testCase: SettingsCase) {
  const command = started(parse(...words(testCase)));
  const settings = resolveSettings({
    rules: fargateRelease.settingsRules,
    values: command.values,
    env: environment(testCase),
    readText: fileReader(testCase),
  });
  const noCloudLogs = command.values["no-cloud-logs"];
  return {
    kwargs: {
      labels: settings.labels,
      env_vars: settings.envVars,
      name: command.values["name"] ?? null,
      agent_config_id: settings.agentConfigId,
      max_polls: settings.maxPolls,
      agent_address: command.values["agent-address"] ?? null,
      no_cloud_logs: typeof noCloudLogs === "boolean" ? noCloudLogs : null,
      ...Object.fromEntries(command.pairs),
    },
    config: {
      "cloud.api": settings.apiUrl,
      "cloud.agent.auth_token": settings.agentToken?.reveal() ?? "",
      "cloud.agent.level": settings.logLevel,
      "cloud.api_key": settings.credential.kind === "key" ? settings.credential.key.reveal() : "",
      "cloud.tenant_id": settings.credential.kind === "key" ? settings.credential.tenantId ?? "" : "",
    },
  };
}

/** What FIX rows make of recorded arguments. */
const FIXED: Readonly<Record<string, object>> = {
  "cli/new15-no-cloud-logs-by-pair": { no_cloud_logs: false },
};

/** A single dash means nothing to boto3: ours drops it from the key. */
const OTHER_KEYS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "cli/old14-single-dash-unknown": { "-x": "x" },
};

function recordedKwargs(testCase: SettingsCase) {
  const renamed = OTHER_KEYS[testCase.id] ?? {};
  const entries = Object.entries(testCase.expect.kwargs).map(([key, value]) => [renamed[key] ?? key, value]);
  const kwargs = Object.fromEntries(entries);
  // The old spelling sends an empty address for none.
  return { ...kwargs, agent_address: kwargs.agent_address || null, ...FIXED[testCase.id] };
}

for (const testCase of cases.filter((c) => c.expect.kwargs && c.quirk !== "F-CLI-NO-EQ")) {
  Deno.test(`fargate start: given ${testCase.id}, when read, then arguments and configuration are as recorded`, () => {
    const got = inGoldenWords(testCase);

    assert.deepEqual(got.kwargs, recordedKwargs(testCase));
    const { config } = testCase.expect;
    const compared = Object.fromEntries(
      Object.keys(config).map((key) => [key, Reflect.get(got.config, key)]),
    );
    assert.deepEqual(compared, config);
  });
}

for (const testCase of cases.filter((c) => c.expect.exit_code !== 0 && c.quirk === undefined)) {
  Deno.test(`fargate start: given ${testCase.id}, when read, then it is refused as usage`, () => {
    assert.equal(refusal(...words(testCase)).tag, "usage");
  });
}

for (
  const testCase of cases.filter((c) => c.expect.exit_code === 0 && !c.expect.started && !c.expect.parsed)
) {
  Deno.test(`fargate start: given ${testCase.id}, when read, then a text is printed and nothing starts`, () => {
    const command = parse(...words(testCase));

    assert.ok(command.kind === "help" && command.text.trim() !== "");
  });
}

for (
  const testCase of settingsCases("fargate/agent_cli").filter((c) => c.expect.parsed && c.quirk === undefined)
) {
  Deno.test(`fargate start: given ${testCase.id}, when read, then every pair arrives as typed`, () => {
    const { pairs } = started(parse(...words(testCase)));

    const typed = words(testCase).filter((word) => /^(--)?[A-Za-z_]+=/.test(word) && !/^[AB]=/.test(word));
    assert.deepEqual(
      pairs.map(([key, value]) => `${key}=${value}`),
      typed.map((word) => word.replace(/^--/, "")),
    );
  });
}

function refusal(...argv: readonly string[]) {
  try {
    parse(...argv);
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  throw new assert.AssertionError({ message: `accepted: ${argv.join(" ")}` });
}

const PAIRS: readonly (readonly [string, readonly string[], readonly (readonly [string, string])[]])[] = [
  ["F-DASHDASH: dashes inside a value", ["cluster=blue--green", "startedBy=--me"], [
    ["cluster", "blue--green"],
    ["startedBy", "--me"],
  ]],
  ["F-DASHDASH: three dashes in front", ["---cluster=a"], [["-cluster", "a"]]],
  ["F-LAUNCH-DASH: a dash for an underscore", ["--launch-type=EC2"], [["launch-type", "EC2"]]],
  ["F-LAUNCH-DASH: a dash for a capital", ["--task-role-arn=r"], [["taskRoleArn", "r"]]],
  ["F-CLI-NO-EQ: a value after a blank", ["--cluster", "prod", "cpu=1"], [["cluster", "prod"], ["cpu", "1"]]],
  ["F-CLI-NO-EQ: a switch without a value", ["--enable-task-revisions", "cpu=1"], [
    ["enable-task-revisions", "True"],
    ["cpu", "1"],
  ]],
  ["F-CLI-NO-EQ: a switch with a value after a blank", ["--enable_task_revisions", "false"], [
    ["enable-task-revisions", "false"],
  ]],
  ["F-CLI-SINGLE-DASH: a known key behind one dash", ["-cluster=x", "-taskRoleArn=y", "-name=n"], [
    ["cluster", "x"],
    ["taskRoleArn", "y"],
  ]],
  ["F-BOOL-FLAG: a switch with a value", ["--enable-task-revisions=False", "use_external_kwargs=True"], [
    ["enable-task-revisions", "False"],
    ["use_external_kwargs", "True"],
  ]],
  ["F-BOTOCORE-CLI: options of the SDK", [
    "botocore_config={'connect_timeout': 3}",
    "--botocore-config",
    "{}",
  ], [
    ["botocore_config", "{'connect_timeout': 3}"],
    ["botocore-config", "{}"],
  ]],
  ["F-LAUNCH-DASH: an empty launch type", ["--launch-type=", "launch_type="], [
    ["launch-type", ""],
    ["launch_type", ""],
  ]],
  ["F-OLD-EQ: several equals signs", ["group=a=b=c"], [["group", "a=b=c"]]],
];

for (const [what, typed, pairs] of PAIRS) {
  Deno.test(`${what}: given ${typed.join(" ")}, when read, then it is read as it was meant`, () => {
    assert.deepEqual(started(parse("fargate", "start", ...typed)).pairs, pairs);
  });
}

Deno.test("F-CLI-UNTYPED: given options as pairs, when read, then they count as the options", () => {
  const { values, pairs } = started(
    parse("fargate", "start", "max_polls=5", "no_cloud_logs=True", "name=n", "cpu=1"),
  );

  assert.deepEqual(values, { "max-polls": "5", "no-cloud-logs": true, name: "n" });
  assert.deepEqual(pairs, [["cpu", "1"]]);
});

const REFUSED: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["nothing", [], /accepted are ecs, fargate/],
  ["a group alone", ["ecs"], /Missing command after `ecs`.*start/],
  ["an unknown command", ["ecss", "start"], /'ecss'.*did you mean ecs/],
  ["an abbreviated option", ["ecs", "start", "--clus", "c"], /--clus .*did you mean --cluster\?/],
  ["an unknown option with a value", ["ecs", "start", "--tokn=s3cr3t"], /--tokn .*--token/],
  ["a missing value", ["ecs", "start", "--key"], /Missing value after option -k, --key/],
  ["a word too many", ["ecs", "start", "foo"], /'foo'/],
  ["a bad number", ["ecs", "start", "--max-polls", "x"], /'--max-polls': 'x' is not a whole number/],
  ["a negative grace", ["ecs", "start", "--grace", "-1"], /'--grace'.*0 or more/],
  ["a bad choice", ["ecs", "start", "--launch-type", "x"], /'FARGATE', 'EC2'/],
  ["a value for a flag", ["ecs", "start", "--no-cloud-logs=True"], /--no-cloud-logs does not take a value/],
  [
    "a value for a flag",
    ["fargate", "start", "--no-cloud-logs=True"],
    /--no-cloud-logs does not take a value/,
  ],
  [
    "F-CLI-NO-EQ: a bare word",
    ["fargate", "start", "cluster"],
    /'cluster'.*key=value.*did you mean cluster=VALUE\?$/,
  ],
  ["F-CLI-NO-EQ: a key without a value", ["fargate", "start", "--cluster"], /Missing value after --cluster/],
  ["F-CLI-NO-EQ: an empty key", ["fargate", "start", "=x"], /key=value/],
  ["F-CLI-CLASH: labels as a pair", ["fargate", "start", "labels=['a']"], /use --label/],
  ["F-CLI-CLASH: variables as a pair", ["fargate", "start", "env_vars={}"], /use --env/],
  ["-v in the new spelling", ["fargate", "start", "-v"], /--log-level DEBUG/],
  ["no agent in the old spelling", ["start"], /start fargate/],
  ["an unreadable switch", ["fargate", "start", "no_cloud_logs=perhaps"], /True and False/],
];

for (const [what, argv, pattern] of REFUSED) {
  Deno.test(`parseCommandLine: given ${what} (${argv.join(" ")}), when read, then usage names what is accepted`, () => {
    const failure = refusal(...argv);

    assert.equal(failure.tag, "usage");
    assert.match(failure.message, pattern);
    assert.doesNotMatch(failure.message, /s3cr3t/);
  });
}

Deno.test("old spelling: given -v and options of other agents, when read, then DEBUG and warnings", () => {
  const command = started(parse("start", "--name", "n", "fargate", "-v", "--namespace", "x", "-f", "cpu=1"));

  assert.equal(command.flavour, "fargate");
  assert.deepEqual(command.values, { name: "n", "no-cloud-logs": false, "log-level": "DEBUG" });
  assert.deepEqual(command.pairs, [["cpu", "1"]]);
  assert.equal(command.warnings.length, 2);
});

Deno.test("old spelling: given start ecs, when read, then it is ecs start", () => {
  assert.deepEqual(parse("start", "ecs", "--cluster", "c"), parse("ecs", "start", "--cluster", "c"));
});

Deno.test("explain: given a whole start command and a flow run, when read, then it has the options of both", () => {
  const command = parse(
    "explain",
    "fargate",
    "start",
    "cpu=1",
    "-l",
    "a",
    "--flow-run-file",
    "run.json",
    "--json",
  );

  assert.deepEqual(command, {
    kind: "explain",
    flavour: "fargate",
    values: { label: ["a"], "flow-run-file": "run.json", json: true },
    pairs: [["cpu", "1"]],
    warnings: [],
  });
});

Deno.test("other commands: given their options, when read, then each has its kind", () => {
  assert.deepEqual(parse("task-environment", "setup", "cpu=1"), {
    kind: "taskEnvironment",
    step: "setup",
    values: {},
    pairs: [["cpu", "1"]],
    warnings: [],
  });
  assert.equal(parse("fargate", "validate").kind, "validate");
  assert.equal(parse("demo").kind, "demo");
  assert.equal(parse("machines").kind, "machines");
});

Deno.test("help and version: given at any level, when read, then their text comes back", () => {
  const texts = [["--help"], ["help"], ["ecs", "start", "--help"], ["fargate", "start", "--help"], [
    "--version",
  ]]
    .map((argv) => parse(...argv));

  assert.deepEqual(texts.map((command) => command.kind), ["help", "help", "help", "help", "help"]);
  assert.match(JSON.stringify(texts[3]), /networkConfiguration.*key=value|key=value.*networkConfiguration/);
});

Deno.test("labels: given any labels, when read, then duplicates are gone and the order is by code point", () => {
  const label = fc.string({ unit: "binary" })
    .filter((text) => !text.startsWith("-") && !hasControl(scalarText(text)));
  fc.assert(
    fc.property(fc.array(label, { minLength: 1, maxLength: 6 }), (labels) => {
      const { values } = started(parse("ecs", "start", ...labels.flatMap((text) => ["--label", text])));

      const sorted = [...new Set(labels.map(scalarText))].sort((a, b) => Buffer32.compare(a, b));
      assert.deepEqual(values["label"], sorted);
    }),
    { numRuns: 50 },
  );
});

/** Another way to compare by code point: UTF-32 units, most significant first. */
const Buffer32 = {
  compare(left: string, right: string): number {
    const hex = (text: string) =>
      [...text].map((c) => (c.codePointAt(0) ?? 0).toString(16).padStart(6, "0")).join("");
    return hex(left) < hex(right) ? -1 : hex(left) > hex(right) ? 1 : 0;
  },
};

Deno.test("single options: given one repeatedly, when read, then the last wins", () => {
  const text = fc.string({ unit: "grapheme" });
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (names) => {
      const { values } = started(parse("ecs", "start", ...names.map((name) => `--name=${name}`)));

      assert.equal(values["name"], scalarText(names.at(-1) ?? ""));
    }),
    { numRuns: 50 },
  );
});

Deno.test("pairs: given any value, when read, then the first = splits and nothing else is touched", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (value) => {
      const { pairs } = started(parse("fargate", "start", `--group=${value}`, `cluster=${value}`));

      assert.deepEqual(pairs, [["group", value], ["cluster", value]]);
    }),
    { numRuns: 50 },
  );
});
