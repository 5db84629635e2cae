/**
 * Members of a job configuration: types, forms that people paste, words, labels, environment.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Json, JsonObject } from "../../../../schemas/json/json.ts";
import { parseJson } from "../../../../schemas/json/number_source.ts";
import { pythonTime } from "../../../../flavours/ecs_worker/values/labels.ts";
import { jobVariables } from "../../../../flavours/ecs_worker/values/variables.ts";
import { jobOf, refusalOf, type TemplateRun, templateRun } from "../../../support/prefect3/template_run.ts";

const CONTAINER = { name: "prefect", image: "example/flow:1" };

/** The container's own variables without those of Prefect. */
function userEnv(said: TemplateRun): JsonObject {
  return Object.fromEntries(Object.entries(jobOf(said).env).filter(([name]) => !name.startsWith("PREFECT")));
}

/** Labels without the worker's own. */
function userLabels(labels: Json): JsonObject {
  const all = Object.entries(jobOf({ deployment: { labels } }).labels);
  return Object.fromEntries(all.filter(([name]) => !name.startsWith("prefect.io/")));
}

// Each row: what env is given as, what the container gets.
const ENVIRONMENTS: readonly (readonly [Json, JsonObject])[] = [
  [null, {}],
  ["", {}],
  [{}, {}],
  [{ A: "1", B: null }, { A: "1" }],
  [{ N: 5, T: true, F: 1.5, L: ["a", 1], O: { a: null } }, {
    N: "5",
    T: "True",
    F: "1.5",
    L: "['a', 1]",
    O: "{'a': None}",
  }],
  [[{ name: "A", value: "1" }, { name: "B", value: null }, { Name: "C", Value: 2 }], { A: "1", C: "2" }],
  ['{"A": "1"}', { A: "1" }],
];

for (const [env, expected] of ENVIRONMENTS) {
  Deno.test(`environment: given ${JSON.stringify(env)}, when it is planned, then the container gets ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(userEnv({ deployment: { env } }), expected);
    assert.deepEqual(userEnv({ run: { env } }), expected);
  });
}

for (const env of [5, true, "A=1", ["A=1"], [{ value: "1" }]]) {
  Deno.test(`environment: given ${JSON.stringify(env)}, when it is planned, then the run is refused and env named`, () => {
    assert.match(refusalOf({ deployment: { env } }), /env is .*must be a mapping/);
  });
}

Deno.test("environment: given numbers with a point or many digits, when they are planned, then they are as they were written", () => {
  const env = '{"A": 1.0, "B": 12345678901234567890, "C": 1e3, "D": [2.0]}';
  const flat = parseJson(`{"env": ${env}, "env.E": 3.0, "x": 4.0}`) as JsonObject;

  const expected = { A: "1.0", B: "12345678901234567890", C: "1000.0", D: "[2.0]", E: "3.0" };
  assert.deepEqual(userEnv({ deployment: flat }), expected);
  assert.deepEqual(userEnv({ run: flat }), expected);
  assert.deepEqual(userEnv({ configuration: { env: { X: "{{ x }}" } }, deployment: flat }), {
    X: "4.0",
    ...expected,
  });
});

Deno.test("environment: given null beside names with dots, when it is planned, then the dotted ones stay", () => {
  assert.deepEqual(userEnv({ deployment: { env: null, "env.A": "1" } }), { A: "1" });
  assert.deepEqual(userEnv({ deployment: { env: { B: "2" } }, run: { env: null } }), { B: "2" });
});

Deno.test("environment: given defaults, a template's own, a deployment's and a run's variables, when they are merged, then later wins", () => {
  const env = userEnv({
    configuration: { env: { A: "template", B: "template", C: "template", D: "template", E: "{{ image }}" } },
    defaults: { env: { B: "default", C: "default", D: "default" } },
    deployment: { image: "i", env: { C: "deployment", D: "deployment" } },
    run: { env: { D: "run" } },
  });

  assert.deepEqual(env, { A: "template", B: "default", C: "deployment", D: "run", E: "i" });
});

Deno.test("environment: given settings of the worker, when it is planned, then those that mean the worker alone stay out", () => {
  const names = [
    "PREFECT_HOME",
    "PREFECT_PROFILE",
    "PREFECT_PROFILES_PATH",
    "PREFECT_WORKER_QUERY_SECONDS",
    "PREFECT_CLIENT_METRICS_ENABLED",
    "PREFECT_HOMEPAGE",
    "PREFECT_CLIENT_MAX_RETRIES",
    "PREFECT_API_KEY",
  ];
  const explicit = names.map((name) => ({ name, value: "v", from: "environment" }));
  const passed = (passWorkerSettings: boolean) =>
    Object.keys(jobOf({ worker: { settings: { explicit, passWorkerSettings } } }).env)
      .filter((name) => names.includes(name));

  assert.deepEqual(passed(false), ["PREFECT_HOMEPAGE", "PREFECT_CLIENT_MAX_RETRIES", "PREFECT_API_KEY"]);
  assert.deepEqual(passed(true), names);
});

Deno.test("labels: given null, texts and others, when they are planned, then null is left out and what is no text is refused", () => {
  assert.deepEqual(userLabels({ a: null, b: "x", e: "" }), { b: "x", e: "" });
  assert.match(refusalOf({ deployment: { labels: { n: 5 } } }), /labels\.n is a number/);
  assert.match(refusalOf({ deployment: { labels: { n: true } } }), /labels\.n is /);
  assert.deepEqual(userLabels(null), {});
  assert.match(refusalOf({ deployment: { labels: { team: ["x"] } } }), /labels\.team is a list/);
  assert.match(refusalOf({ deployment: { labels: ["x"] } }), /labels is a list/);
});

for (
  const [given, expected] of [
    ["2026-01-02T03:04:05.678901Z", "2026-01-02T03:04:05.678901+00:00"],
    ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05+00:00"],
    ["2026-01-02T03:04:05.5+02:00", "2026-01-02T01:04:05.500000+00:00"],
    ["2026-01-02T03:04:05.000000+00:00", "2026-01-02T03:04:05+00:00"],
    ["yesterday", "yesterday"],
  ] as const
) {
  Deno.test(`labels: given the time ${given}, when it becomes a label, then it is ${expected}`, () => {
    assert.equal(pythonTime(given), expected);
  });
}

// Each row: what command is given as, its words; compared with shlex.split of Python.
const COMMANDS: readonly (readonly [Json, readonly string[] | null])[] = [
  [null, null],
  ["", null],
  ["  ", null],
  [[], null],
  ["prefect flow-run execute", ["prefect", "flow-run", "execute"]],
  ["python -m x 'y z'", ["python", "-m", "x", "y z"]],
  ['sh -c "a && b \\"c\\" $D"', ["sh", "-c", 'a && b "c" $D']],
  ["a\\ b  c\n d", ["a b", "c", "d"]],
  ["a '' \"\"", ["a", "", ""]],
  ["a'b'\"c\"", ["abc"]],
  ["echo # no comment", ["echo", "#", "no", "comment"]],
  [["/bin/sh", "-c", "python -m warm && prefect flow-run execute"], [
    "/bin/sh",
    "-c",
    "python -m warm && prefect flow-run execute",
  ]],
  [["a b", 'c "d', "", 7], ["a b", 'c "d', "", "7"]],
  ['["sh", "-c", "a b"]', ["sh", "-c", "a b"]],
];

for (const [command, words] of COMMANDS) {
  Deno.test(`command: given ${JSON.stringify(command)}, when it is planned, then its words are ${JSON.stringify(words)}`, () => {
    assert.deepEqual(jobOf({ deployment: { command } }).command, words);
  });
}

for (const command of ["sh -c 'open", 'a "b', 5, true, [["a"]], [true], { a: 1 }]) {
  Deno.test(`command: given ${JSON.stringify(command)}, when it is planned, then the run is refused and command named`, () => {
    assert.match(refusalOf({ deployment: { command } }), /: command /);
  });
}

const NETWORK = { subnets: ["subnet-a"], securityGroups: ["sg-1"], assignPublicIp: "DISABLED" };

// The same network as RunTask, CloudFormation, Terraform and JSON texts have it.
const NETWORKS: readonly Json[] = [
  NETWORK,
  { awsvpcConfiguration: NETWORK },
  { networkConfiguration: { awsvpcConfiguration: NETWORK } },
  { AwsvpcConfiguration: { Subnets: ["subnet-a"], SecurityGroups: ["sg-1"], AssignPublicIp: "DISABLED" } },
  {
    NetworkConfiguration: {
      AwsvpcConfiguration: { Subnets: ["subnet-a"], SecurityGroups: ["sg-1"], AssignPublicIp: "DISABLED" },
    },
  },
  { subnets: ["subnet-a"], security_groups: ["sg-1"], assign_public_ip: false },
  { subnets: "subnet-a", securityGroups: "sg-1,", assignPublicIp: "disabled" },
  JSON.stringify(NETWORK),
  JSON.stringify({ awsvpcConfiguration: NETWORK }),
];

for (const network of NETWORKS) {
  Deno.test(`network: given ${JSON.stringify(network)}, when it is planned, then it is AWS's`, () => {
    const job = jobOf({ deployment: { vpc_id: "vpc-1", network_configuration: network } });

    assert.deepEqual(job.networkConfiguration, NETWORK);
  });
}

Deno.test("network: given a member that nobody knows, when it is planned, then it stays for the check of its name", () => {
  const network = { subnetz: ["subnet-a"] };

  const job = jobOf({ deployment: { vpc_id: "vpc-1", network_configuration: network } });

  assert.deepEqual(job.networkConfiguration, network);
});

const STRATEGY = { capacityProvider: "FARGATE_SPOT", weight: 1 };

for (
  const strategy of [
    [STRATEGY],
    STRATEGY,
    [{ CapacityProvider: "FARGATE_SPOT", Weight: 1 }],
    [{ capacity_provider: "FARGATE_SPOT", weight: 1 }],
    JSON.stringify([STRATEGY]),
  ]
) {
  Deno.test(`capacity: given ${JSON.stringify(strategy)}, when it is planned, then it is AWS's`, () => {
    const job = jobOf({ deployment: { capacity_provider_strategy: strategy } });

    assert.deepEqual(job.taskRunRequest.capacityProviderStrategy, [STRATEGY]);
  });
}

const OPTIONS = { "awslogs-group": "g" };

for (
  const options of [OPTIONS, { options: OPTIONS }, {
    logConfiguration: { logDriver: "awslogs", options: OPTIONS },
  }, JSON.stringify(OPTIONS)]
) {
  Deno.test(`log options: given ${JSON.stringify(options)}, when they are planned, then they are the options`, () => {
    const job = jobOf({
      deployment: {
        configure_cloudwatch_logs: "true",
        execution_role_arn: "r",
        cloudwatch_logs_options: options,
      },
    });

    assert.deepEqual(job.cloudwatchLogsOptions, OPTIONS);
  });
}

// Each row: member, values that are taken, what they become, values that are refused.
const MEMBERS: readonly (readonly [string, readonly Json[], Json, readonly Json[]])[] = [
  ["configure_cloudwatch_logs", [false, "false", " False ", 0, "0", "no"], false, [2, "perhaps", [true], {}]],
  ["auto_deregister_task_definition", [true, "true", "TRUE", 1, "1"], true, [2, "perhaps", []]],
  ["match_latest_revision_in_family", [null, "", " "], false, [{}, "ja"]],
  ["vpc_id", ["vpc-1", " vpc-1\n"], "vpc-1", [5, true, ["vpc-1"], {}]],
  ["cluster", [null, "", "\n"], null, [5, false]],
  ["container_name", ["main", "main\r\n"], "main", [1, {}]],
  ["task_start_timeout_seconds", [600, "600", " 600 "], 600, ["ten", -1, true, []]],
];

const READ: Readonly<Record<string, keyof ReturnType<typeof jobOf>>> = {
  configure_cloudwatch_logs: "configureCloudwatchLogs",
  auto_deregister_task_definition: "autoDeregisterTaskDefinition",
  match_latest_revision_in_family: "matchLatestRevisionInFamily",
  vpc_id: "vpcId",
  cluster: "cluster",
  container_name: "containerName",
  task_start_timeout_seconds: "taskStartTimeoutSeconds",
};

for (const [name, taken, expected, refused] of MEMBERS) {
  for (const value of taken) {
    Deno.test(`members: given ${name} ${JSON.stringify(value)}, when it is planned, then it is ${JSON.stringify(expected)}`, () => {
      const job = jobOf({ configuration: { [name]: value } });

      assert.equal(job[READ[name] ?? "name"], expected);
    });
  }
  for (const value of refused) {
    Deno.test(`members: given ${name} ${JSON.stringify(value)}, when it is planned, then the run is refused and ${name} named`, () => {
      assert.match(refusalOf({ configuration: { [name]: value } }), new RegExp(`: ${name} is `));
    });
  }
}

Deno.test("names: given blanks and line ends around names, when they are planned, then they are trimmed, and values are not", () => {
  const job = jobOf({
    configuration: {
      task_definition: {
        containerDefinitions: [{
          ...CONTAINER,
          image: "{{ image }}",
          environment: { image: " x " },
          command: [" a "],
        }],
      },
    },
    deployment: { image: "example/flow:1\n", cluster: " prod\n", env: { A: " b\n" } },
  });

  assert.deepEqual(job.taskDefinition.containerDefinitions, [
    { name: "prefect", image: "example/flow:1", environment: { image: " x " }, command: [" a "] },
  ]);
  assert.deepEqual([job.cluster, job.taskRunRequest.cluster, job.env.A], ["prod", "prod", " b\n"]);
});

Deno.test("names: given placeholders of flow and run, when the job is named, then they are filled in", () => {
  assert.equal(
    jobOf({ deployment: { name: "{{ ctx.flow.name }}-{{ ctx.flow_run.name }}{{ ctx.none }}" } }).name,
    "etl-brave-otter",
  );
  assert.equal(jobOf({ deployment: { name: "" } }).name, "brave-otter");
});

Deno.test("template: given a pool whose template cannot be taken, when a run is planned, then it is refused with run, member, pool and limit", () => {
  const run = templateRun({});
  const templateProblem = "nests deeper than 200 levels";

  const pool = { ...run.pool, template: {}, templateProblem };

  assert.throws(
    () => jobVariables({ ...run, pool }),
    new RegExp(
      `flow run ${run.id}: base_job_template of work pool ${run.pool.name} ${templateProblem}: save`,
    ),
  );
});
