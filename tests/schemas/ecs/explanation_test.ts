import { makeRedactor } from "../../../schemas/secrets/redact.ts";
import assert from "node:assert/strict";
import { explainPlan, type Explanation } from "../../../schemas/ecs/explanation.ts";
import { explanationLines } from "../../../schemas/ecs/explanation_text.ts";
import type { ExplainedField } from "../../../schemas/explain/explained_fields.ts";
import { sourceText } from "../../../schemas/explain/explained_lines.ts";
import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import type { FieldSource } from "../../../schemas/plan/field_source.ts";
import { goldenRun } from "../../support/goldens/ecs_golden.ts";
import { caseOf, planGolden, withRunConfig } from "../../support/goldens/ecs_plan.ts";

const RUN = goldenRun(caseOf("basic/run-config-minimal"));

function explained(plan: LaunchPlan, origins = new Map<string, FieldSource>()): Explanation {
  return explainPlan({
    flavour: "ecs",
    run: RUN,
    plan,
    origins,
    warnings: [],
    problems: [],
    redact: makeRedactor(),
  });
}

function fieldAt({ requests }: Explanation, path: string): ExplainedField | undefined {
  return requests.flatMap(({ fields }) => fields).find((field) => field.path === path);
}

const secretPlan = () =>
  planGolden(withRunConfig({
    env: { MINE: "hush-1" },
    task_definition: {
      cpu: 256,
      containerDefinitions: [{
        name: "flow",
        environment: [{ name: "OURS", value: "hush-2" }],
        secrets: [{ name: "DB", valueFrom: "arn:aws:ssm:x" }],
        systemControls: [{ namespace: "net.core.somaxconn", value: "1024" }],
        logConfiguration: {
          logDriver: "splunk",
          options: { "splunk-token": "hush-3", "splunk-url": "https://s" },
        },
      }],
    },
  }));

Deno.test("explanation: given values of variables and tokens, when explained, then names are shown and no value", () => {
  const explanation = explained(secretPlan());

  const shown = [JSON.stringify(explanation), ...explanationLines(explanation)].join("\n");
  assert.ok(!shown.includes("hush"));
  for (const name of ["MINE", "OURS", "splunk-token", "PREFECT__CLOUD__API_KEY"]) {
    assert.ok(shown.includes(name), name);
  }
});

Deno.test("explanation: given tags, when explained, then each stands by its key, and what is called a secret is hidden", () => {
  const tags = [{ key: "team", value: "data" }, { key: "API_TOKEN", value: "hush-4" }];
  const explanation = explained(planGolden(withRunConfig({ run_task_kwargs: { tags } })));

  const values = ["tags[team]", "tags[API_TOKEN]"].map((path) => fieldAt(explanation, path)?.value);
  assert.equal(values[0], "data");
  assert.ok(typeof values[1] === "string" && !values[1].includes("hush"));
});

Deno.test("explanation: given list items without name or key, when explained, then their members stand by their place", () => {
  const explanation = explained(secretPlan());

  const path = "containerDefinitions[flow].systemControls[0].namespace";
  assert.equal(fieldAt(explanation, path)?.value, "net.core.somaxconn");
});

Deno.test("explanation: given a plan, when explained, then each field names its origin", () => {
  const explanation = explained(secretPlan());

  const sources = [
    ["cpu", { from: "run config", name: "task_definition" }],
    ["tags[prefect:flow-version]", { from: "flow run", name: "flow" }],
    ["containerDefinitions[flow].image", { from: "flow run", name: "core_version" }],
    ["containerDefinitions[flow].secrets[DB].valueFrom", { from: "run config", name: "task_definition" }],
    ["requiresCompatibilities", { from: "default", name: "launch type" }],
    ["networkConfiguration.awsvpcConfiguration.subnets", { from: "AWS", name: "default VPC" }],
    ["overrides.containerOverrides[flow].environment[MINE]", { from: "run config", name: "env" }],
    ["overrides.containerOverrides[flow].environment[PREFECT__CLOUD__API]", {
      from: "agent",
      name: "cloud.api",
    }],
  ] as const;
  for (const [path, source] of sources) assert.deepEqual(fieldAt(explanation, path)?.source, source, path);
});

Deno.test("explanation: given every recorded random case, when explained, then every leaf is a field with an origin", () => {
  for (const id of ["random/r003", "random/r004", "random/r005"]) {
    const { requests } = explained(planGolden(caseOf(id)));

    for (const field of requests.flatMap(({ fields }) => fields)) {
      assert.notEqual(sourceText(field.source), "default", `${id} ${field.path}`);
    }
  }
});

Deno.test("explanation: given the origin of a setting, when explained, then it stands in place of the agent", () => {
  const origins = new Map<string, FieldSource>([["PREFECT__CLOUD__API", { from: "flag", name: "--api" }]]);

  const explanation = explained(planGolden(caseOf("basic/run-config-minimal")), origins);

  const path = "overrides.containerOverrides[flow].environment[PREFECT__CLOUD__API]";
  assert.deepEqual(fieldAt(explanation, path)?.source, { from: "flag", name: "--api" });
});

Deno.test("explanation: given each way to a definition, when explained, then a sentence says it", () => {
  const plan = planGolden(caseOf("basic/run-config-minimal"));
  const request = { family: "fam" };
  const ways = [
    [{ how: "existing", name: "mine:7" }, /runs mine:7 as it is, registers nothing/],
    [
      { how: "perRun", ownFamily: null, request },
      /registers a definition for this run in family fam and deregisters it/,
    ],
    [
      { how: "byDigest", family: "fam", digest: "d1", request },
      /family fam whose tag prefect-agent:digest is d1/,
    ],
    [
      { how: "byFamily", family: "fam", request, runByFamily: true },
      /fam without comparing.*; RunTask names the bare family/,
    ],
    [
      { how: "byFlowVersion", family: "fam", flowId: "0b9b", flowVersion: 3, request, runByFamily: false },
      /family fam tagged for flow 0b9b, version 3, else registers one$/,
    ],
  ] as const;
  for (const [definition, sentence] of ways) {
    const explanation = explained({ ...plan, definition });

    assert.match(explanation.definition, sentence);
    assert.equal(explanation.requests.length, definition.how === "existing" ? 1 : 2);
  }
});

Deno.test("explanation: given warnings, problems and a value with control characters, when printed, then all is said in one line each", () => {
  const plan = { ...planGolden(caseOf("basic/run-config-minimal")), warnings: ["careful"] };
  const runTask = { group: "a\u001b[2Jb", count: 2, tags: [], cluster: "" };
  const explanation = explainPlan({
    flavour: "ecs",
    run: RUN,
    plan: { ...plan, runTask, sources: () => ({ "/runTask": { from: "file", name: "k.yaml" } }) },
    origins: new Map(),
    warnings: ["first"],
    problems: ["count must be 1"],
    redact: makeRedactor(),
  });

  const lines = explanationLines(explanation);

  const at = lines.indexOf("RunTask");
  assert.deepEqual(lines.slice(at), [
    "RunTask",
    '  group    "a\\u001b[2Jb"  file: k.yaml',
    "  count    2              file: k.yaml",
    "  tags     []             file: k.yaml",
    '  cluster  ""             file: k.yaml',
    "",
    "Warnings",
    "  first",
    "  careful",
    "",
    "AWS would refuse this",
    "  count must be 1",
  ]);
});
