/**
 * Where the `fargate` flavour differs from the original on purpose, one test for each FIX row of
 * `tests/golden/fargate/README.md` that concerns options and planning; and what no recorded case says.
 *
 * @module
 */

import { told } from "../../support/launch_plan.ts";
import assert from "node:assert/strict";
import { checkPlan } from "../../../actors/ecs/check_plan.ts";
import { checkSamples } from "../../../agent/prepare_options.ts";
import { fargateFlavour } from "../../../flavours/fargate_agent/flavour.ts";
import { parseFargateOptions } from "../../../flavours/fargate_agent/options.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { FlowRun } from "../../../schemas/prefect1/flow_run.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { mapping, mappings } from "../../../schemas/json/shape.ts";
import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import type { Readings } from "../../../schemas/plan/source.ts";
import { Secret } from "../../../schemas/secrets/secret.ts";
import type { Prefect1Settings } from "../../../schemas/prefect1/config/settings.ts";
import { registration } from "../../support/flavour.ts";
import type { OptionValues } from "../../../schemas/options/option.ts";
import { someFlowRun } from "../../support/flow_run.ts";
import { someSettings } from "../../support/settings.ts";
import { s3Source } from "../../../schemas/templates/place_source.ts";

interface Start {
  readonly pairs?: readonly string[];
  readonly values?: OptionValues;
  readonly env?: Readonly<Record<string, string>>;
  readonly settings?: Partial<Prefect1Settings>;
}

function started({ pairs = [], values = {}, env = {}, settings = {} }: Start) {
  const split = pairs.map((pair) =>
    [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)] as const
  );
  return parseFargateOptions({ pairs: split, values, env }, someSettings(settings));
}

function planned(start: Start, run: FlowRun = someFlowRun(), readings: Readings = {}): LaunchPlan {
  return fargateFlavour.plan(run, started(start), readings);
}

function definition(plan: LaunchPlan): JsonObject {
  return registration(plan) ?? {};
}

function container(plan: LaunchPlan): JsonObject {
  return mappings(definition(plan).containerDefinitions)[0] ?? {};
}

function variables(plan: LaunchPlan): readonly string[] {
  return mappings(container(plan).environment).map((entry) => `${entry.name}=${entry.value}`);
}

function overrides(plan: LaunchPlan): readonly string[] {
  const [override] = mappings(mapping(plan.runTask.overrides).containerOverrides);
  return mappings(override?.environment).map((entry) => `${entry.name}=${entry.value}`);
}

function refusal(work: () => unknown) {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof FailureError) return thrown.failure;
    throw thrown;
  }
  throw new assert.AssertionError({ message: "expected a refusal" });
}

function refusesToStart(start: Start, field: string, text: RegExp): void {
  const failure = refusal(() => started(start));
  assert.ok(failure.tag === "configuration", failure.tag);
  assert.equal(failure.field, field);
  assert.match(failure.message, text);
}

Deno.test("F-NUMERIC-STRING: given text that looks like a number, when AWS wants text, then it stays text", () => {
  const plan = planned({ pairs: ["startedBy=123", "platformVersion=1.4", "cluster=0xff", "group=1e5"] });

  const { startedBy, platformVersion, cluster, group } = plan.runTask;
  assert.deepEqual([startedBy, platformVersion, cluster, group], ["123", "1.4", "0xff", "1e5"]);
});

Deno.test("F-NUMERIC-STRING: given a list for a text parameter, when started, then the parameter is named", () => {
  refusesToStart({ pairs: ["cluster=['a']"] }, "cluster", /cluster .*expected text, got a list/);
});

Deno.test("F-JSON-LITERALS: given JSON words, when parsed, then they count as well as Python's", () => {
  const plan = planned({
    pairs: [
      "enableECSManagedTags=true",
      `containerDefinitions=[{"mountPoints": [{"readOnly": true}]}]`,
      "tags=null",
    ],
  });

  assert.equal(plan.runTask.enableECSManagedTags, true);
  assert.deepEqual(container(plan).mountPoints, [{ readOnly: true }]);
  assert.equal(plan.runTask.tags, undefined);
});

Deno.test("F-JSON-LITERALS: given text that is neither, when a structure is wanted, then start is refused", () => {
  refusesToStart(
    { pairs: ["tags=[{"] },
    "tags",
    /expected a list, got text that is neither a Python literal nor JSON/,
  );
  refusesToStart({ env: { containerDefinitions_secrets: "[" } }, "containerDefinitions_secrets", /variable/);
});

Deno.test("F-NONE-PASSED: given None, when planned, then the parameter is absent and its variable counts", () => {
  const plan = planned({ pairs: ["cluster=None", "count=None"], env: { cluster: "from-env" } });

  assert.equal(plan.runTask.cluster, "from-env");
  assert.equal("count" in plan.runTask, false);
});

for (const image of ["", null]) {
  Deno.test(`F-NONE-PASSED: given the image ${JSON.stringify(image)} in an environment, when planned, then the run is refused`, () => {
    const environment = { type: "LocalEnvironment", metadata: { image } };

    const failure = refusal(() => planned({}, someFlowRun({ flow: { environment } })));

    assert.equal(failure.tag, "badFlowRun");
    assert.match(failure.message, /environment.metadata.image must name an image/);
  });
}

Deno.test("F-CPU-TYPE: given an external file with true or a fraction, when planned, then the run is refused", () => {
  for (const text of [`{"cpu": true}`, `{"cpu": 256.0}`, `{"memory": 0.5}`]) {
    const failure = refusal(() => planned(...external(text)));

    assert.ok(failure.tag === "badFlowRun");
    assert.match(failure.message, /expected text or a whole number/);
  }
});

Deno.test("F-CPU-TYPE: given an integer in the external file, when planned, then it becomes text", () => {
  assert.equal(definition(planned(...external(`{"cpu": 1024}`))).cpu, "1024");
});

Deno.test("F-FALSY-ENV: given False, 0 or nothing, when a variable says otherwise, then the given value wins", () => {
  const plan = planned({
    pairs: ["enableECSManagedTags=False", "count=0", "tags=[]", "networkMode="],
    env: { enableECSManagedTags: "True", count: "2", tags: "[{'key': 'a'}]", networkMode: "bridge" },
  });

  assert.deepEqual([plan.runTask.enableECSManagedTags, plan.runTask.count, plan.runTask.tags], [
    false,
    0,
    [],
  ]);
  assert.equal(definition(plan).networkMode, "");
});

Deno.test("F-UNKNOWN-KWARG: given unsupported names, when started, then each is named in a warning without its value", () => {
  const { warnings } = started({
    pairs: ["ulimits=[]", "task_role_arn=arn:x", "containerDefinitions=[{'command': ['hush']}]"],
    env: { containerDefinitions: "[]", containerDefinitions_cpu: "10" },
  });

  const text = warnings.join("\n");
  for (
    const name of ["ulimits", "task_role_arn", "containerDefinitions[0].command", "containerDefinitions_cpu"]
  ) {
    assert.ok(text.includes(name), name);
  }
  assert.match(text, /did you mean taskRoleArn/);
  assert.doesNotMatch(text, /hush|arn:x/);
});

Deno.test("F-CONTAINERDEFS-SHAPE: given anything but a list with one object, when started, then it is refused", () => {
  const shapes = ["not a list", "{}", "{'environment': []}", "[None]", "[]", "[{}, {}]", "5"];
  for (const shape of shapes) {
    refusesToStart(
      { pairs: [`containerDefinitions=${shape}`] },
      "containerDefinitions",
      /single container definition/,
    );
  }
});

Deno.test("F-CONTAINERENV-SHAPE: given variables that are no list of name and value, when started, then it is refused", () => {
  for (const shape of ["A=b", "{'A': 'b'}", "['A']", "[{'value': 'b'}]", "[{'name': 'A', 'value': 1}]"]) {
    const env = { containerDefinitions_environment: shape };
    refusesToStart({ env }, "containerDefinitions_environment", /list/);
  }
});

Deno.test("F-DUP-ENV: given a name in base, env_vars and container, when planned, then it stands once, the later source wins", () => {
  const plan = planned({
    settings: { envVars: { PREFECT__LOGGING__LEVEL: "DEBUG" } },
    pairs: [
      "containerDefinitions=[{'environment': [{'name': 'A', 'value': '1'}, {'name': 'A', 'value': '2'}]}]",
    ],
  });

  const names = variables(plan).map((entry) => entry.split("=")[0]);
  assert.equal(new Set(names).size, names.length);
  assert.ok(variables(plan).includes("PREFECT__LOGGING__LEVEL=DEBUG"));
  assert.ok(variables(plan).includes("A=2"));
});

Deno.test("F-LAUNCH-CASE: given fargate in small letters, when planned, then FARGATE is sent", () => {
  const plan = planned({ pairs: ["launch_type=fargate"] });

  assert.equal(plan.runTask.launchType, "FARGATE");
  assert.deepEqual(definition(plan).requiresCompatibilities, ["FARGATE"]);
});

Deno.test("F-LAUNCH-DASH: given --launch-type as option or pair, when planned, then it counts", () => {
  assert.equal(planned({ pairs: ["launch-type=EC2"] }).runTask.launchType, "EC2");
  assert.equal(planned({ values: { "launch-type": "ec2" } }).runTask.launchType, "EC2");
});

Deno.test("launch type: given an unknown one, when started, then the accepted values are named", () => {
  refusesToStart({ pairs: ["launch_type=LAMBDA"] }, "launch_type", /FARGATE, EC2, EXTERNAL.*LAMBDA/);
});

Deno.test("F-BOOL-FLAG: given a switch as text, when parsed, then False is false", () => {
  const spellings = ["False", "false", "0", "no", ""];
  for (const word of spellings) {
    assert.equal(started({ pairs: [`enable_task_revisions=${word}`] }).enableTaskRevisions, false, word);
  }
  for (const word of ["True", "true", "1", "yes"]) {
    assert.equal(started({ pairs: [`enable_task_revisions=${word}`] }).enableTaskRevisions, true, word);
  }
  assert.equal(started({ values: { "enable-task-revisions": true } }).enableTaskRevisions, true);
  refusesToStart({ pairs: ["enable_task_revisions=maybe"] }, "enable_task_revisions", /True or False.*maybe/);
});

for (const pair of ["name=x", "labels=['a']", "env_vars={}", "max_polls=5", "no_cloud_logs=False"]) {
  Deno.test(`F-CLI-CLASH, F-CLI-UNTYPED: given the pair ${pair}, when started, then the option is named`, () => {
    const failure = refusal(() => started({ pairs: [pair] }));

    assert.equal(failure.tag, "usage");
    assert.match(failure.message, /give it as --/);
  });
}

Deno.test("F-BOTOCORE-CLI: given botocore options on the command line, when started, then they are mapped", () => {
  const pairs = [
    `botocore_config={'read_timeout': 5, 'retries': {'max_attempts': 2}, 'tcp_keepalive': True}`,
  ];

  const { botocoreConfig, warnings } = started({ pairs });

  assert.equal(botocoreConfig.requestTimeoutMs, 5000);
  assert.equal(botocoreConfig.maxAttempts, 3);
  assert.match(warnings.join("\n"), /tcp_keepalive/);
});

Deno.test("F-API-KEY: given an API key, when planned, then key and tenant reach the task", () => {
  const credential = { kind: "key", key: new Secret("FAKE-KEY"), tenantId: "t-1" } as const;

  const plan = planned({ settings: { credential } });

  assert.deepEqual(overrides(plan).slice(0, 3), [
    "PREFECT__CLOUD__AUTH_TOKEN=FAKE-KEY",
    "PREFECT__CLOUD__API_KEY=FAKE-KEY",
    "PREFECT__CLOUD__TENANT_ID=t-1",
  ]);
});

Deno.test("F-API-KEY: given a legacy token only, when planned, then nothing but the token is passed", () => {
  const plan = planned({ settings: { agentToken: new Secret("FAKE-RUNNER") } });

  assert.equal(overrides(plan)[0], "PREFECT__CLOUD__AUTH_TOKEN=FAKE-RUNNER");
  assert.equal(overrides(plan).length, 3);
});

Deno.test("credentials: given an ECS secret of the same name, when planned, then the override leaves it to ECS", () => {
  const secrets =
    "[{'name': 'PREFECT__CLOUD__AUTH_TOKEN', 'valueFrom': 'arn:aws:ssm:us-east-1:1:parameter/t'}]";

  const plan = planned({
    env: { containerDefinitions_secrets: secrets },
    settings: { agentToken: new Secret("FAKE-RUNNER") },
  });

  assert.equal(overrides(plan).some((entry) => entry.startsWith("PREFECT__CLOUD__AUTH_TOKEN")), false);
});

Deno.test("F-RUN-CONFIG-IGNORED: given cpu and env in a run config, when planned, then a warning names them", () => {
  const runConfig = {
    type: "ECSRun",
    image: "mine:1",
    cpu: "2 vcpu",
    env: { A: "hush" },
    labels: ["x"],
    memory: null,
  };

  const { warnings } = planned({}, someFlowRun({ runConfig }));

  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /ignored cpu, env of flow run/);
  assert.doesNotMatch(warnings[0] ?? "", /hush/);
});

for (const coreVersion of ["latest", "v0.15.0"]) {
  Deno.test(`F-CORE-VERSION: given core version ${coreVersion}, when planned, then it counts as new`, () => {
    const plan = planned({}, someFlowRun({ flow: { coreVersion } }));

    assert.deepEqual(container(plan).command, ["/bin/sh", "-c", "prefect execute flow-run"]);
  });
}

Deno.test("F-S3-KEY-NONE: given no prefix, when asked for sources, then the key begins with the slug", () => {
  const options = started({ pairs: ["use_external_kwargs=True", "external_kwargs_s3_bucket=kw"] });

  const sources = fargateFlavour.sources(someFlowRun(), options, {});

  assert.deepEqual(sources, [s3Source("kw", "etl/a1b2c3d4.json")]);
});

Deno.test("external kwargs: given no bucket, when started, then it is asked for", () => {
  refusesToStart(
    { pairs: ["use_external_kwargs=True"] },
    "external_kwargs_s3_bucket",
    /must name an S3 bucket/,
  );
});

Deno.test("external kwargs: given a broken object, when planned, then object, line and column are named, not its text", () => {
  const failure = refusal(() => planned(...external(`{'hush': 1}`)));

  assert.match(failure.message, /s3:\/\/kw\/etl\/a1b2c3d4\.json is not JSON \(line 1 column 2\)/);
  assert.doesNotMatch(failure.message, /hush/);
});

Deno.test("F-TAG-CASE: given tags that are no list of key and value, when started, then it is refused", () => {
  for (
    const tags of [
      "{'team': 'x'}",
      "[{'Key': 'team', 'Value': 'x'}]",
      "['team']",
      "[{'key': 'a', 'value': 1}]",
    ]
  ) {
    refusesToStart({ pairs: [`tags=${tags}`, "enable_task_revisions=True"] }, "tags", /list|object/);
  }
});

Deno.test("arguments: given members AWS does not know, when checked, then start is refused with their paths", () => {
  const options = started({
    pairs: ["networkConfiguration={'awsvpcConfiguration': {'subnets': 'hush'}}"],
    env: { containerDefinitions_secrets: "[{'name': 'A'}]" },
  });

  const failure = refusal(() => checkSamples(fargateFlavour.samples(options), checkPlan));

  assert.ok(failure.tag === "configuration");
  assert.match(failure.message, /containerDefinitions\[0\].*secrets\[0\] \(A\)\.valueFrom is missing/);
  assert.match(
    failure.message,
    /networkConfiguration\.awsvpcConfiguration\.subnets must be a list, not text/,
  );
  assert.doesNotMatch(failure.message, /hush/);
});

Deno.test("F-TAG-CASE: given a tuple of tags, when planned, then it is a list", () => {
  const plan = planned({ pairs: ["tags=({'key': 'team', 'value': 'x'},)", "enable_task_revisions=True"] });

  assert.deepEqual(mappings(definition(plan).tags)[0], { key: "team", value: "x" });
});

Deno.test("F-EMPTY-SLUG: given a name without letters, when planned with revisions, then the id names the family", () => {
  const plan = planned({ pairs: ["enable_task_revisions=True"] }, someFlowRun({ flow: { name: "!!!" } }));

  assert.equal(definition(plan).family, "prefect-task-a1b2c3d4");
});

Deno.test("F-LONG-FAMILY: given two long names with one beginning, when planned, then both families fit and differ", () => {
  const families = ["a", "b"].map((end) => {
    const flow = { name: "x".repeat(300) + end };
    return String(
      definition(planned({ pairs: ["enable_task_revisions=True"] }, someFlowRun({ flow }))).family,
    );
  });

  assert.deepEqual(families.map((family) => family.length), [255, 255]);
  assert.notEqual(families[0], families[1]);
});

Deno.test("revisions: given a flow without version, when planned, then no version tag is made", () => {
  const plan = planned({ pairs: ["enable_task_revisions=True"] }, someFlowRun({ flow: { version: null } }));

  assert.deepEqual(definition(plan).tags, [{ key: "PrefectFlowId", value: "a1b2c3d4" }]);
});

Deno.test("--run-by-family: given, when planned, then the definition is run by its family", () => {
  const plan = planned({ values: { "run-by-family": true } });

  assert.ok(plan.definition.how === "byFamily");
  assert.equal(plan.definition.runByFamily, true);
});

Deno.test("region: given REGION_NAME and region_name, when started, then the argument wins, then the variable, then botocore", () => {
  const env = { REGION_NAME: "us-west-2" };
  const pairs = ["botocore_config={'region_name': 'sa-east-1'}"];

  assert.equal(started({ env, pairs: ["region_name=eu-west-1", ...pairs] }).regionName, "eu-west-1");
  assert.equal(started({ env, pairs }).regionName, "us-west-2");
  assert.equal(started({ pairs }).regionName, "sa-east-1");
  assert.equal(started({}).regionName, null);
});

Deno.test("AWS credentials: given as pair and variable, when started, then each comes from its own place and none is shown", () => {
  const options = started({
    pairs: ["aws_access_key_id=AKIAFAKE"],
    env: { AWS_SECRET_ACCESS_KEY: "FAKE-SECRET", AWS_SESSION_TOKEN: "" },
  });

  assert.equal(options.credentials?.accessKeyId.reveal(), "AKIAFAKE");
  assert.equal(options.credentials?.secretAccessKey.reveal(), "FAKE-SECRET");
  assert.equal(options.credentials?.sessionToken, null);
  assert.doesNotMatch(JSON.stringify(options) + Deno.inspect(options), /AKIAFAKE|FAKE-SECRET/);
});

Deno.test("AWS credentials: given half a pair, when started, then the other half is asked for", () => {
  refusesToStart({ pairs: ["aws_access_key_id=AKIAFAKE"] }, "aws_secret_access_key", /AWS_SECRET_ACCESS_KEY/);
});

Deno.test("sources: given flag, variable, file and default, when planned, then every field says where it came from", () => {
  const [start, run, readings] = external(`{"cpu": "512"}`);

  const { sources } = planned(
    {
      ...start,
      pairs: [...start.pairs ?? [], "cluster=prod", "cpu=256"],
      env: { memory: "1024", containerDefinitions_secrets: "[{'name': 'A', 'valueFrom': 'b'}]" },
    },
    run,
    readings,
  );

  assert.deepEqual(sources()["/runTask/cluster"], { from: "flag", name: "cluster" });
  assert.deepEqual(sources()["/registerTaskDefinition/memory"], { from: "variable", name: "memory" });
  assert.deepEqual(sources()["/registerTaskDefinition/cpu"]?.from, "file");
  assert.deepEqual(sources()["/registerTaskDefinition/networkMode"]?.from, "default");
  assert.deepEqual(sources()["/registerTaskDefinition/containerDefinitions/0/secrets"]?.from, "variable");
  assert.deepEqual(sources()["/runTask/overrides/containerOverrides/0/environment/1"]?.from, "flow run");
});

Deno.test("sources: given any plan, when listed, then every member of both requests has one", () => {
  const plan = planned({
    pairs: ["enable_task_revisions=True", "tags=[{'key': 'a', 'value': 'b'}]", "count=2"],
  });

  for (
    const [root, request] of [["/registerTaskDefinition", definition(plan)], [
      "/runTask",
      plan.runTask,
    ]] as const
  ) {
    for (const name of Object.keys(request)) {
      const at = `${root}/${name}`;
      const covered = Object.keys(plan.sources()).some((key) => key === at || key.startsWith(`${at}/`));
      assert.ok(covered, at);
    }
  }
});

Deno.test("given options and a run, when planned twice, then both plans are equal and the options unchanged", () => {
  const options = started({
    pairs: ["tags=[{'key': 'PrefectFlowId', 'value': 'mine'}]", "enable_task_revisions=True"],
  });
  const before = JSON.stringify(options);

  const plans = [1, 2].map(() => told(fargateFlavour.plan(someFlowRun(), options, {})));

  assert.deepEqual(plans[0], plans[1]);
  assert.equal(JSON.stringify(options), before);
});

function external(text: string): [Start, FlowRun, Readings] {
  const pairs = ["use_external_kwargs=True", "external_kwargs_s3_bucket=kw"];
  return [{ pairs }, someFlowRun(), { "s3://kw/etl/a1b2c3d4.json": { kind: "text", text } }];
}

for (
  const [name, run] of [
    ["run config", someFlowRun({ runConfig: { type: "ECSRun", image: "evil:1" } })],
    [
      "environment",
      someFlowRun({
        runConfig: null,
        flow: { environment: { type: "LocalEnvironment", metadata: { image: "evil:1" } } },
      }),
    ],
    [
      "Docker storage",
      someFlowRun({
        flow: { storage: { type: "Docker", registry_url: "", image_name: "evil", image_tag: "1" } },
      }),
    ],
  ] as const
) {
  Deno.test(`fargate: given an image of the ${name}, when it is not listed, then the run is refused, else it is planned with any role and cluster of the agent's`, () => {
    const pairs = ["taskRoleArn=own", "executionRoleArn=own", "cluster=own"];
    const lists = { "allow-cluster": ["x"], "allow-task-role-arn": ["x"], "allow-execution-role-arn": ["x"] };
    const allowing = (image: string): Start => ({ pairs, values: { ...lists, "allow-image": [image] } });

    assert.match(
      refusal(() => planned(allowing("good:*"), run)).message,
      /flow, evil:1, is not allowed by --allow-image/,
    );
    assert.equal(container(planned(allowing("evil:*"), run)).image, "evil:1");
  });
}
