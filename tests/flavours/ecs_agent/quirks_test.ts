import assert from "node:assert/strict";
import { ecsFlavour } from "../../../flavours/ecs_agent/flavour.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { Secret } from "../../../schemas/secrets/secret.ts";
import { goldenReadings, goldenRun } from "../../support/goldens/ecs_golden.ts";
import {
  caseOf,
  failureOf,
  planGolden,
  prepareGolden,
  registration,
  variablesOf,
  withAgent,
  withFlow,
  withRunConfig,
} from "../../support/goldens/ecs_plan.ts";

function containers(request: JsonObject): JsonObject[] {
  return request.containerDefinitions as JsonObject[];
}

function overrides(runConfig: JsonObject): JsonObject {
  return planGolden(withRunConfig(runConfig)).runTask.overrides as JsonObject;
}

function definition(template: JsonObject): JsonObject {
  return registration(planGolden(withRunConfig({ task_definition: template })));
}

Deno.test("Q-FLOW-LOST: given a run config's template without container flow, when planned, then it is complete", () => {
  const request = definition({ containerDefinitions: [{ name: "side", image: "s:1" }] });

  assert.deepEqual(containers(request)[1], {
    name: "flow",
    image: "prefecthq/prefect:1.4.1",
    environment: [{ name: "PREFECT__CONTEXT__IMAGE", value: "prefecthq/prefect:1.4.1" }],
  });
});

Deno.test("Q-STR-NONE: given null, whole and broken amounts, when planned, then omitted, whole and refused", () => {
  assert.deepEqual(
    [definition({ family: "x", cpu: null, memory: 1024.0 })].map(({ cpu, memory }) => [cpu, memory]),
    [[undefined, "1024"]],
  );
  assert.equal(overrides({ run_task_kwargs: { overrides: { cpu: null } } }).cpu, undefined);
  for (const cpu of [true, 0.5, [1], {}]) {
    const failure = failureOf(() => definition({ cpu }));
    assert.match(failure.message, /run_config\.task_definition is wrong: cpu must be a whole number or text/);
    const other = failureOf(() => overrides({ run_task_kwargs: { overrides: { memory: cpu } } }));
    assert.match(other.message, /run_config\.run_task_kwargs is wrong: overrides\.memory must be/);
  }
});

Deno.test("Q-STR-NONE: given a flow without version, when planned, then the tag is left out", () => {
  const request = registration(planGolden(caseOf("basic/flow-version-null")));

  assert.deepEqual((request.tags as JsonObject[]).map(({ key }) => key), ["prefect:flow-id"]);
});

Deno.test("Q-NULLS: given nulls in place of lists and mappings, when planned, then they count as absent", () => {
  const request = definition({
    cpu: "256",
    tags: null,
    volumes: null,
    requiresCompatibilities: null,
    containerDefinitions: [{ name: "flow", environment: null, portMappings: null }],
  });
  const run = overrides({ run_task_kwargs: { overrides: null, tags: null, capacityProviderStrategy: null } });

  assert.deepEqual((request.tags as JsonObject[]).length, 2);
  assert.deepEqual(request.requiresCompatibilities, ["FARGATE"]);
  assert.deepEqual(Object.keys(containers(request)[0] ?? {}), ["name", "environment", "image"]);
  assert.ok(!("volumes" in request));
  assert.deepEqual(Object.keys(run), ["containerOverrides"]);
});

Deno.test("Q-NULLS: given recorded nulls, when planned, then each case launches", () => {
  const ids = [
    "template/containers-null",
    "template/tags-null",
    "run-kwargs/overrides-null",
    "run-kwargs/agent-container-overrides-null",
  ];
  for (const id of ids) assert.equal(planGolden(caseOf(id)).definition.how, "perRun", id);
});

Deno.test("Q-TAG-DUP: given a template with our tags, when planned, then they are replaced", () => {
  const tags = [{ key: "prefect:flow-id", value: "theirs" }, { key: "team", value: "data" }];

  assert.deepEqual(definition({ tags, containerDefinitions: [] }).tags, [
    { key: "team", value: "data" },
    { key: "prefect:flow-id", value: "0b9b7a44-6e55-4d0e-8c11-2f3e4d5c6b7a" },
    { key: "prefect:flow-version", value: "1" },
  ]);
});

Deno.test("Q-IMAGE-EMPTY: given an empty image, when planned, then the template's is used", () => {
  const request = registration(planGolden(caseOf("image/rc-image-empty")));

  assert.equal(containers(request)[0]?.image, "tpl/img:2");
  assert.equal(
    containers(definition({ containerDefinitions: [{ name: "flow", image: "" }] }))[0]?.image,
    "prefecthq/prefect:1.4.1",
  );
});

Deno.test("Q-ARN-EMPTY, Q-PATH-EMPTY: given empty texts, when planned, then they count as absent", () => {
  const plan = planGolden(
    withRunConfig({ task_definition_arn: "", task_definition_path: "", task_definition: { cpu: 1 } }),
  );

  assert.equal(registration(plan).cpu, "1");
});

Deno.test("Q-CORE-VERSION: given pre-releases and words, when planned, then PEP 440 decides and words are new", () => {
  const commands = ["0.13.0rc1", "0.13", "0.12.9", "latest", "", null].map((version) => {
    const plan = planGolden(withFlow({ core_version: version }));
    return JSON.stringify(plan.runTask).includes("cloud-flow");
  });

  assert.deepEqual(commands, [true, false, true, false, true, true]);
});

Deno.test("Q-ENV-NONSTR: given values that are no text, when planned, then they become text, vanish or are refused", () => {
  const variables = variablesOf(
    planGolden(withRunConfig({ env: { A: 1, B: 1.5, C: true, D: null, E: "x" } })),
  );

  assert.deepEqual(
    ["A", "B", "C", "D", "E"].map((name) => variables[name]),
    ["1", "1.5", "true", undefined, "x"],
  );
  const failure = failureOf(() => planGolden(withRunConfig({ env: { A: ["hush"] } })));
  assert.match(failure.message, /run_config\.env\.A must be text, a number, or true or false, not a list/);
});

Deno.test("Q-LOGS-TYPE: given logs switched off by 0, when planned, then false is passed", () => {
  const variables = variablesOf(planGolden(caseOf("env/logs-config-0")));

  assert.equal(variables.PREFECT__CLOUD__SEND_FLOW_RUN_LOGS, "false");
  assert.equal(variables.PREFECT__LOGGING__LOG_TO_CLOUD, "false");
});

Deno.test("Q-CAP-LOWER: given a strategy and a launch type in lower case, when planned, then it is upper case", () => {
  const plan = planGolden(caseOf("run-kwargs/agent-capacity-launch-lower"));

  assert.deepEqual(registration(plan).requiresCompatibilities, ["EC2"]);
  assert.equal(plan.runTask.launchType, undefined);
});

Deno.test("Q-DUP-KW: given arguments that are the agent's own, when planned, then they are ignored with a warning", () => {
  const plan = planGolden(
    withRunConfig({ run_task_kwargs: { taskDefinition: "x", count: 1 } }),
  );

  assert.deepEqual([plan.runTask.taskDefinition, plan.runTask.count], [undefined, 1]);
  assert.deepEqual(plan.warnings, [
    "Ignored taskDefinition in the run config's run_task_kwargs: this agent sets it itself",
  ]);
});

Deno.test("Q-EMPTY-YAML: given an empty file on S3, when planned, then the run is refused with the file's name", () => {
  const golden = { ...withRunConfig({ task_definition_path: "s3://conf/e.yaml" }) };
  const agent = { ...golden.agent, s3: { "conf/e.yaml": "# nothing\n" } };

  const failure = failureOf(() => planGolden({ ...golden, agent }));

  assert.equal(failure.tag, "badFlowRun");
  assert.match(failure.message, /from 's3:\/\/conf\/e\.yaml': it is empty; it must hold a mapping/);
});

Deno.test("Q-HTTP-STATUS: given an error page, when planned, then the run is refused", () => {
  const failure = failureOf(() => planGolden(caseOf("template/path-http-500")));

  assert.match(failure.message, /http:\/\/conf\.example\.com\/f\.yaml.*500/);
});

Deno.test("Q-YAML11: given a value that is no text, when read, then container, variable and file are named", () => {
  const failure = failureOf(() => prepareGolden(caseOf("yaml/value-yes")));

  assert.match(
    failure.message,
    /'\/t\.yaml' \(--task-definition\): containerDefinitions\[0\].*variable A, must be text/,
  );
});

Deno.test("Q-VERTEX: given another run config, when planned, then its type is named", () => {
  const golden = withRunConfig({ type: "VertexRun" });

  assert.match(
    failureOf(() => planGolden(golden)).message,
    /of type `VertexRun`, only `ECSRun` is supported/,
  );
});

const refused: readonly (readonly [string, Record<string, Json>, RegExp])[] = [
  ["numbers for cpu", { cpu: 256 }, /run_config\.cpu must be text, not a number/],
  [
    "a list of variables",
    { env: ["A=1"] },
    /run_config\.env must be a mapping of names to values, not a list/,
  ],
  ["labels that are null", { labels: null }, /run_config\.labels must be a list of text, not null/],
  ["labels that are text", { labels: "x" }, /run_config\.labels must be a list of text, not text/],
  ["labels that are numbers", { labels: [1] }, /run_config\.labels/],
  [
    "a template that is a list",
    { task_definition: [1] },
    /run_config\.task_definition must be a mapping, not a list/,
  ],
  ["arguments that are a list", { run_task_kwargs: [1] }, /run_config\.run_task_kwargs must be a mapping/],
  ["a role that is a number", { task_role_arn: 1 }, /run_config\.task_role_arn must be text/],
  [
    "definition and image",
    { task_definition_arn: "x:1", image: "i" },
    /Cannot provide both `task_definition_arn` and `image`/,
  ],
  ["a missing file", { task_definition_path: "/no.yaml" }, /from '\/no\.yaml': No such file/],
];

for (const [what, runConfig, message] of refused) {
  Deno.test(`ecs run config: given ${what}, when planned, then the run is refused with the reason`, () => {
    const failure = failureOf(() => planGolden(withRunConfig(runConfig)));

    assert.equal(failure.tag, "badFlowRun");
    assert.match(failure.message, message);
  });
}

Deno.test("ecs: given no run config and an old environment, when planned, then it runs with the defaults", () => {
  const golden = withFlow({ environment: { type: "LocalEnvironment" } });
  const run = { ...goldenRun(golden), runConfig: null };
  const readings = goldenReadings(ecsFlavour.sources(run), golden);

  const plan = ecsFlavour.plan(run, prepareGolden(golden), readings);

  assert.equal(containers(registration(plan))[0]?.image, "prefecthq/prefect:1.4.1");
});

Deno.test("ecs: given overrides beyond 8192 characters, when planned, then the largest variables are named by size", () => {
  const env = { BIG: "hush".repeat(2000), SMALL: "x", MIDDLE: "y".repeat(300) };

  const { message } = failureOf(() => planGolden(withRunConfig({ env })));

  assert.match(
    message,
    /take \d+ characters, ECS accepts at most 8192; the largest variables are BIG \(8000 characters\), MIDDLE \(300/,
  );
  assert.ok(!message.includes("hush"));
});

Deno.test("ecs: given a legacy RUNNER token, when planned, then the run gets it as 0.15 gave it", () => {
  const options = prepareGolden(caseOf("basic/run-config-minimal"));
  const token = new Secret("tok");
  const settings = { ...options.settings, credential: { kind: "token", token } as const };

  const plan = ecsFlavour.plan(goldenRun(caseOf("basic/run-config-minimal")), { ...options, settings }, {});

  const variables = variablesOf(plan);
  assert.deepEqual([variables.PREFECT__CLOUD__AUTH_TOKEN, variables.PREFECT__CLOUD__API_KEY], ["tok", ""]);
});

Deno.test("ecs: given a RUNNER token and a server, when planned, then the run gets no token, as in 1.4.1", () => {
  const options = prepareGolden(caseOf("basic/run-config-minimal"));
  const credential = { kind: "token", token: new Secret("tok") } as const;
  const settings = { ...options.settings, backend: "server", credential } as const;

  const plan = ecsFlavour.plan(goldenRun(caseOf("basic/run-config-minimal")), { ...options, settings }, {});

  assert.equal(variablesOf(plan).PREFECT__CLOUD__AUTH_TOKEN, "");
});

Deno.test("ecs: given reuse, when two runs of a flow are planned, then family, digest and request are the same", () => {
  const reuse = { "perRun": false } as const;
  const golden = caseOf("basic/run-config-minimal");
  const other = { ...golden, flow_run: { ...golden.flow_run, id: "another-run" } };

  const [one, two] = [golden, other].map((each) =>
    planGolden(each, (options) => ({ ...options, ...reuse })).definition
  );

  assert.deepEqual(one, two);
  assert.equal(one?.how, "byDigest");
  assert.equal(one?.how === "byDigest" && one.family, "prefect-test-flow-0b9b7a44");
});

Deno.test("ecs: given reuse, when templates differ in a tag or an image, then digests differ", () => {
  const digests = [
    { containerDefinitions: [] },
    { containerDefinitions: [], tags: [{ key: "team", value: "a" }] },
    { containerDefinitions: [], tags: [{ key: "team", value: "b" }] },
    { containerDefinitions: [{ name: "flow", image: "other" }] },
  ].map((template) => {
    const plan = planGolden(
      withRunConfig({ task_definition: template }),
      (options) => ({ ...options, perRun: false }),
    );
    return plan.definition.how === "byDigest" && plan.definition.digest;
  });

  assert.equal(new Set(digests).size, 4);
});

Deno.test("ecs: given reuse and long or empty names, when planned, then the family is valid and ends in the flow's id", () => {
  for (const name of ["x".repeat(400), "word ".repeat(90), "", "☃"]) {
    const plan = planGolden(withFlow({ name }), (options) => ({ ...options, perRun: false }));
    const family = String(registration(plan).family);

    assert.match(family, /^prefect-[a-z0-9-]*0b9b7a44$/);
    assert.ok(family.length <= 255);
  }
});

Deno.test("ecs: given every level of environment, when planned, then sources name where each came from", () => {
  const plan = planGolden(caseOf("env/four-levels"));

  const at = "/runTask/overrides/containerOverrides/0";
  const names = (plan.runTask.overrides as { containerOverrides: { environment: { name: string }[] }[] })
    .containerOverrides[0]?.environment.map(({ name }) => name) ?? [];
  const from = (name: string) => plan.sources()[`${at}/environment/${names.indexOf(name)}`]?.from;
  assert.deepEqual([from("B"), from("C"), from("A")], ["agent", "run config", undefined]);
  assert.deepEqual(plan.sources()["/runTask"], { from: "file", name: "--run-task-kwargs /k.yaml" });
  assert.deepEqual(plan.sources()[`${at}/cpu`], { from: "run config", name: "run_task_kwargs" });
  assert.deepEqual(plan.sources()["/runTask/networkConfiguration"], {
    from: "platform",
    name: "default VPC",
  });
});

Deno.test("ecs: given Docker storage and an image in the run config, when planned, then a warning says which is used", () => {
  assert.match(
    planGolden(caseOf("image/docker-rc-tpl")).warnings[0] ?? "",
    /Ignored image of the run config/,
  );
  assert.deepEqual(planGolden(withAgent({})).warnings, []);
});

Deno.test("ecs: given a storage nobody knows, when planned, then the run is refused with the known types", () => {
  for (const storage of [null, {}, { type: "Floppy" }]) {
    const { message } = failureOf(() => planGolden(withFlow({ storage })));

    assert.match(message, /storage cannot be read: .*known types are Azure, .*Docker/);
  }
});

Deno.test("Q-DOCKER-URL: given registries and image names, when planned, then they join as POSIX paths", () => {
  const joined = [["https://x/team/", "flows"], ["x//y", "flows"], ["x", "/flows"], [null, "a/b"]]
    .map((pair) => {
      const [registry_url, image_name] = pair as [string | null, string];
      const storage = { type: "Docker", registry_url, image_name, image_tag: "t" };
      return containers(registration(planGolden(withFlow({ storage }))))[0]?.image;
    });

  assert.deepEqual(joined, ["https:/x/team/flows:t", "x/y/flows:t", "/flows:t", "a/b:t"]);
});

Deno.test("ecs run config: given empty things of other types, when planned, then they count as empty mappings", () => {
  for (const nothing of [[], "", false, 0]) {
    const plan = planGolden(withRunConfig({ task_definition: nothing, run_task_kwargs: nothing }));

    assert.equal(registration(plan).cpu, "1024");
  }
});

Deno.test("ecs: given a key without tenant, when the API names one, then runs get it", () => {
  const golden = caseOf("basic/run-config-minimal");
  const options = prepareGolden(golden);
  const credential = { kind: "key", key: new Secret("k"), tenantId: null } as const;
  const keyed = { ...options, settings: { ...options.settings, credential } };

  const tenants = [
    keyed,
    ecsFlavour.registered(keyed, { tenantId: "t1" }),
    ecsFlavour.registered(ecsFlavour.registered(keyed, { tenantId: "t1" }), { tenantId: "t2" }),
  ]
    .map((each) => variablesOf(ecsFlavour.plan(goldenRun(golden), each, {})).PREFECT__CLOUD__TENANT_ID);

  assert.deepEqual(tenants, ["", "t1", "t1"]);
  assert.equal(ecsFlavour.registered(options, { tenantId: "t1" }).settings, options.settings);
});
