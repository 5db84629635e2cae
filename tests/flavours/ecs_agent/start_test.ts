import assert from "node:assert/strict";
import { ecsFlavour } from "../../../flavours/ecs_agent/flavour.ts";
import { parseEcsOptions } from "../../../flavours/ecs_agent/options.ts";
import { ecsOptionRows } from "../../../flavours/ecs_agent/option_rows.ts";
import { goldenOptions, readGroup, saysAs } from "../../support/goldens/ecs_golden.ts";
import { caseOf, failureOf, prepareGolden, withAgent } from "../../support/goldens/ecs_plan.ts";
import { DEFAULT_NETWORK } from "../../../schemas/ecs/source.ts";
import { fileSource } from "../../../schemas/templates/place_source.ts";

/** Refusals of AWS escape unchanged from the readers, not from the flavour. */
const starts = readGroup("init").filter(({ aws_before }) => aws_before?.errors === undefined);

for (
  const golden of starts.filter(({ expect, verdict }) => expect.error === undefined && verdict !== "FIX")
) {
  Deno.test(`ecs start: given ${golden.id}, when prepared, then the options are as recorded`, () => {
    const options = prepareGolden(golden);

    const expected = golden.expect.agent ?? {};
    assert.deepEqual({
      cluster: options.cluster,
      launch_type: options.launchType,
      task_role_arn: options.taskRoleArn,
      execution_role_arn: options.executionRoleArn,
      run_task_kwargs: options.runTaskKwargs,
      task_definition: options.template,
    }, {
      cluster: expected.cluster,
      launch_type: expected.launch_type,
      task_role_arn: expected.task_role_arn,
      execution_role_arn: expected.execution_role_arn,
      run_task_kwargs: expected.run_task_kwargs,
      task_definition: expected.task_definition,
    });
  });
}

for (const golden of starts.filter(({ expect }) => expect.error !== undefined)) {
  Deno.test(`ecs start: given ${golden.id}, when prepared, then the start is refused`, () => {
    const failure = failureOf(() => prepareGolden(golden));

    assert.equal(failure.tag, "configuration");
    const error = golden.expect.error ?? assert.fail();
    assert.ok(saysAs(failure.message, error), failure.message);
  });
}

Deno.test("ecs start: given Q-EMPTY-YAML, when prepared, then option and file are named", () => {
  for (const id of ["init/taskdef-empty-file", "template/agent-template-empty", "init/kwargs-list"]) {
    const golden = caseOf(id);
    const failure = failureOf(() => prepareGolden(golden));

    assert.match(failure.message, /'\/\S+\.yaml' \(--(task-definition|run-task-kwargs)\)/);
    assert.match(failure.message, /mapping/);
  }
});

Deno.test("ecs start: given a file with a network, when asked for sources, then none is inferred", () => {
  const golden = caseOf("init/kwargs-with-network");
  const options = prepareGolden(golden);

  assert.equal(options.networkInferred, false);
  assert.deepEqual(ecsFlavour.startSources(options).map(({ key }) => key), [fileSource("/etc/p/k.yaml").key]);
});

Deno.test("ecs start: given no file, when asked before prepare, then nothing is read yet", () => {
  const options = goldenOptions(caseOf("init/defaults"));

  assert.deepEqual(ecsFlavour.startSources(options), []);
  assert.deepEqual(ecsFlavour.startSources(ecsFlavour.prepare(options, {})), [DEFAULT_NETWORK]);
});

Deno.test("ecs start: given prepared options, when prepared again, then nothing changes", () => {
  const golden = caseOf("init/kwargs-capacity-and-launch");
  const once = prepareGolden(golden);

  assert.deepEqual(prepareGolden(golden, once), once);
});

const startProblems: readonly (readonly [string, Record<string, string>, string, RegExp])[] = [
  [
    "a scheme nobody knows",
    { task_definition_path: "hdfs://x/t.yaml" },
    "",
    /Unsupported file scheme hdfs:\/\/x\/t\.yaml; use/,
  ],
  [
    "Google Cloud Storage",
    { task_definition_path: "gs://b/t.yaml" },
    "",
    /Google Cloud Storage is not supported/,
  ],
  ["a bucket without key", { run_task_kwargs_path: "s3://b" }, "", /s3:\/\/bucket\/key/],
  [
    "a list of containers that is none",
    { task_definition_path: "/t.yaml" },
    "containerDefinitions: 3",
    /containerDefinitions must be a list of mappings, not a number/,
  ],
  [
    "an unquoted boolean",
    { task_definition_path: "/t.yaml" },
    "containerDefinitions: [{name: x, environment: [{name: A, value: yes}]}]",
    /containerDefinitions\[0\]\.environment\[0\]\.value, of variable A, must be text, not true or false; put it in quotes/,
  ],
  [
    "a fraction of a CPU",
    { task_definition_path: "/t.yaml" },
    "cpu: 0.5",
    /cpu must be a whole number or text/,
  ],
  [
    "a member AWS does not know",
    { task_definition_path: "/t.yaml" },
    "wombat: 1",
    /Cannot use --task-definition: AWS would refuse RegisterTaskDefinition: .*wombat/,
  ],
  [
    "an argument RunTask does not know",
    { run_task_kwargs_path: "/t.yaml" },
    "wombat: 1",
    /Cannot use --run-task-kwargs: AWS would refuse RunTask: .*wombat/,
  ],
  [
    "overrides that are a list",
    { run_task_kwargs_path: "/t.yaml" },
    "overrides: [1]",
    /overrides must be a mapping, not a list/,
  ],
];

for (const [what, init, text, message] of startProblems) {
  Deno.test(`ecs start: given ${what}, when prepared, then the message says where and what`, () => {
    const golden = withAgent({ init, files: { "/t.yaml": text } });

    assert.match(failureOf(() => prepareGolden(golden)).message, message);
  });
}

Deno.test("ecs start: given a URL with user and signature, when it cannot be read, then neither is printed", () => {
  const golden = withAgent({
    init: { task_definition_path: "https://me:hush@conf.example.com/t.yaml?sig=hush" },
  });

  const { message } = failureOf(() => prepareGolden(golden));

  assert.ok(message.includes("https://conf.example.com/t.yaml"));
  assert.ok(!message.includes("hush"));
});

const warned: readonly (readonly [string, Record<string, string>, string, RegExp])[] = [
  [
    "Q-KW-LAUNCHTYPE",
    { launch_type: "EC2" },
    "launchType: FARGATE",
    /Ignored launchType FARGATE in --run-task-kwargs/,
  ],
  [
    "Q-EC2-AWSVPC",
    { launch_type: "EC2" },
    "cluster: c",
    /awsvpc without networkConfiguration, and with launch type EC2/,
  ],
  [
    "Q-CAP-NO-NET",
    {},
    "capacityProviderStrategy: [{capacityProvider: S}]",
    /with a capacityProviderStrategy none is inferred/,
  ],
  ["Q-DUP-KW", {}, "taskDefinition: other", /Ignored taskDefinition in the agent's run_task_kwargs/],
];

for (const [quirk, init, text, message] of warned) {
  Deno.test(`ecs start: given ${quirk}, when prepared, then it is warned about`, () => {
    const golden = withAgent({
      init: { ...init, run_task_kwargs_path: "/k.yaml" },
      files: { "/k.yaml": text },
    });

    const { warnings } = prepareGolden(golden);

    assert.equal(warnings.filter((warning) => message.test(warning)).length, 1, warnings.join("\n"));
  });
}

Deno.test("ecs start: given the defaults, when prepared, then nothing is warned about", () => {
  assert.deepEqual(prepareGolden(caseOf("init/defaults")).warnings, []);
});

Deno.test("ecs options: given an unknown launch type, when parsed, then it is a usage error with the accepted ones", () => {
  const { settings } = goldenOptions(caseOf("init/defaults"));
  const values = { "launch-type": "external" };

  const failure = failureOf(() => parseEcsOptions({ values, pairs: [], env: {} }, settings));

  assert.equal(failure.tag, "usage");
  assert.match(failure.message, /--launch-type: external; it must be one of FARGATE, EC2/);
});

Deno.test("ecs options: given each row of the table, when parsed, then its value arrives", () => {
  const { settings } = goldenOptions(caseOf("init/defaults"));
  const values = Object.fromEntries(
    ecsOptionRows.map(({ name, type }) => [name, type === "flag" ? true : name]),
  );

  const options = parseEcsOptions(
    { values: { ...values, "launch-type": "ec2" }, pairs: [], env: {} },
    settings,
  );

  assert.deepEqual(
    [options.cluster, options.launchType, options.taskRoleArn, options.executionRoleArn],
    ["cluster", "EC2", "task-role-arn", "execution-role-arn"],
  );
  assert.deepEqual(
    [options.taskDefinitionPath, options.runTaskKwargsPath, options.perRun],
    ["task-definition", "run-task-kwargs", true],
  );
});
