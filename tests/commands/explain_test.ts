import { makeRedactor } from "../../schemas/secrets/redact.ts";
import assert from "node:assert/strict";
import { ecsFlavour } from "../../flavours/ecs_agent/flavour.ts";
import type { ReadSource } from "../../schemas/plan/source.ts";
import { checkPlan } from "../../actors/ecs/check_plan.ts";
import { planRun } from "../../commands/explain.ts";
import { withPlaceholder } from "../../commands/wiring/ecs/explain.ts";
import { prefect1Dialect } from "../../commands/wiring/prefect1/dialect.ts";
import { ecsRelease } from "../../flavours/ecs_agent/options.ts";
import { explainPlan, type Explanation } from "../../schemas/ecs/explanation.ts";
import { someSettings } from "../support/settings.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { type GoldenCase, goldenOptions, goldenReadings, goldenRun } from "../support/goldens/ecs_golden.ts";
import { caseOf, withRunConfig } from "../support/goldens/ecs_plan.ts";

function reader(golden: GoldenCase): ReadSource {
  return (source) => {
    const reading = goldenReadings([source], golden)[source.key];
    return reading === undefined ? Promise.reject(new Error("not there")) : Promise.resolve(reading);
  };
}

async function explainGolden(golden: GoldenCase, readSource = reader(golden)): Promise<Explanation> {
  const { runId, flowName, ...planned } = await planRun({
    flavour: ecsFlavour,
    options: goldenOptions(golden),
    warnings: ["open"],
    dialect: prefect1Dialect(ecsRelease, someSettings(), { values: {}, env: {}, readText: () => null }),
    platform: { check: checkPlan },
  }, {
    run: goldenRun(golden),
    reader: withPlaceholder(readSource),
    signal: new AbortController().signal,
    warnings: ["command"],
  });
  return explainPlan({ ...planned, run: { id: runId, flow: { name: flowName } }, redact: makeRedactor() });
}

Deno.test("explain: given options and a run, when explained, then both requests and all warnings are there", async () => {
  const explanation = await explainGolden(caseOf("basic/ec2"));

  assert.deepEqual(explanation.requests.map(({ operation }) => operation), [
    "RegisterTaskDefinition",
    "RunTask",
  ]);
  assert.deepEqual(explanation.warnings.slice(0, 2), ["command", "open"]);
  assert.match(explanation.warnings[2] ?? "", /awsvpc without networkConfiguration/);
  assert.deepEqual(explanation.problems, []);
});

Deno.test("explain: given a definition by ARN, when explained, then it is described and nothing is registered", async () => {
  const explanation = await explainGolden(caseOf("arn/roles-on-definition"));

  assert.match(explanation.definition, /task-definition\/mine:7 as it is, registers nothing/);
  const role = explanation.requests[0]?.fields.find(({ path }) => path === "overrides.taskRoleArn");
  assert.deepEqual(role, {
    path: "overrides.taskRoleArn",
    value: "arn:aws:iam::123456789012:role/td",
    source: { from: "AWS", name: "task definition" },
  });
});

/** Q-ROLE-OVERRIDE, Q-EXEC-TEMPLATE: whose role RunTask repeats. */
const ROLE_SOURCES: readonly (readonly [id: string, role: string, from: string, name: RegExp])[] = [
  ["roles/ec2-exec", "executionRoleArn", "flag", /^--execution-role-arn$/],
  ["roles/exec-a0t1r0o0", "executionRoleArn", "run config", /^task_definition$/],
  ["roles/exec-a1t1r1o0", "executionRoleArn", "run config", /^execution_role_arn$/],
  ["roles/task-a1t1r0o0", "taskRoleArn", "run config", /^task_definition$/],
  ["roles/task-a1t0r0o0", "taskRoleArn", "flag", /^--task-role-arn$/],
  ["roles/task-a0t0r1o0", "taskRoleArn", "run config", /^task_role_arn$/],
];

for (const [id, role, from, name] of ROLE_SOURCES) {
  Deno.test(`explain: given ${id}, when explained, then the ${role} of RunTask is said to come from ${from} ${name.source}`, async () => {
    const { requests } = await explainGolden(caseOf(id));

    const field = requests[1]?.fields.find(({ path }) => path === `overrides.${role}`);
    assert.equal(field?.source.from, from);
    assert.match(field?.source.name ?? "", name);
  });
}

Deno.test("explain: given no AWS credentials, when the network is to be inferred, then a placeholder stands for it", async () => {
  const golden = caseOf("basic/run-config-minimal");
  const failing: ReadSource = () =>
    Promise.reject(new FailureError({ tag: "credentials", message: "No credentials" }));

  const explanation = await explainGolden(golden, failing);

  const subnets = explanation.requests[1]?.fields.find(({ path }) => path.endsWith(".subnets"));
  assert.deepEqual(subnets?.value, ["(subnets of the default VPC)"]);
  assert.match(explanation.warnings.at(-1) ?? "", /placeholder: No credentials/);
});

Deno.test("explain: given an argument that RunTask does not know, when explained, then the problem is named", async () => {
  const explanation = await explainGolden(withRunConfig({ run_task_kwargs: { wombat: 1 } }));

  assert.equal(explanation.problems.length, 1);
  assert.match(explanation.problems[0] ?? "", /wombat/);
});

Deno.test("explain: given a template that cannot be read, when explained, then the failure escapes", async () => {
  const golden = caseOf("init/taskdef-missing");

  await assert.rejects(
    explainGolden({ ...golden, flow_run: caseOf("basic/ec2").flow_run }),
    /default task definition/,
  );
});
