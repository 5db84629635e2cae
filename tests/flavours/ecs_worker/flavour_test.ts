import assert from "node:assert/strict";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { listItems, mappings } from "../../../schemas/json/shape.ts";
import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import { type GoldenCase, JOB_GROUPS, readGroup } from "../../support/prefect3/golden_run.ts";
import { comparableDefinition, comparableRunTask } from "../../support/prefect3/golden_aws.ts";
import { planGolden } from "../../support/prefect3/plan_golden.ts";
import { verdictOf } from "../../support/prefect3/verdicts.ts";

const CASES = JOB_GROUPS.flatMap((group) => readGroup(group).map((golden) => ({ group, golden })));

/** The failure of a run that cannot be planned. */
function failureOf(golden: GoldenCase): string {
  try {
    planGolden(golden);
  } catch (thrown) {
    if (thrown instanceof FailureError) return thrown.message;
    throw thrown;
  }
  assert.fail("it was planned");
}

/** A call of the case was answered with an error: the run was planned well. */
function isAnswer({ expect: { calls, error, run_task }, aws_before }: GoldenCase): boolean {
  const scripted = [...listItems(aws_before.run_task_responses), ...listItems(aws_before.register_responses)];
  return error !== undefined && scripted.some((answer) => answer !== null) &&
    (run_task !== null || calls.some(({ operation }) => operation === "RegisterTaskDefinition"));
}

/** RunTask as it is wanted, with the corrections of the verdict. */
function wantedRunTask(golden: GoldenCase, plan: LaunchPlan): JsonObject {
  const request = golden.expect.run_task ?? {};
  const verdict = verdictOf(golden);
  const registers = golden.expect.registered !== null;
  const tag = plan.deregisterTag;
  const tags = mappings(request.tags).filter(({ key }) => !registers || tag === null || key !== tag?.key);
  if (verdict?.correct === "tags") {
    return { ...request, tags: tags.map(({ key, value }) => ({ key, value: String(value).slice(0, 256) })) };
  }
  if (verdict?.correct !== "numbers") return { ...request, tags };
  const overrides = request.overrides as JsonObject;
  const containerOverrides = mappings(overrides.containerOverrides).map((container) => ({
    ...container,
    cpu: Number(container.cpu),
    memory: Number(container.memory),
  }));
  return { ...request, tags, overrides: { ...overrides, containerOverrides } };
}

function wantedDefinition(golden: GoldenCase, registered: JsonObject): JsonObject {
  if (verdictOf(golden)?.correct !== "zeros") return registered;
  const containers = mappings(registered.containerDefinitions).map((container) => ({
    ...container,
    ulimits: [{ name: "nofile", softLimit: 0, hardLimit: 10 }],
    healthCheck: { command: ["CMD", "true"], retries: 0 },
    startTimeout: 0,
  }));
  return { ...registered, containerDefinitions: containers };
}

function assertPlan(golden: GoldenCase): void {
  const plan = planGolden(golden);
  const { registered, run_task } = golden.expect;
  if (run_task !== null) {
    assert.deepEqual(comparableRunTask(plan.runTask), comparableRunTask(wantedRunTask(golden, plan)));
  }
  if (registered === null || plan.definition.how !== "byDigest") {
    assert.ok(registered === null, "a definition was to be registered");
    return;
  }
  const got = comparableDefinition(plan.definition.request);
  const wanted = comparableDefinition(wantedDefinition(golden, registered));
  if (verdictOf(golden)?.check === "family-slug") {
    assert.match(plan.definition.family, /^[A-Za-z0-9_-]{1,255}$/);
    assert.equal(got.family, plan.definition.family);
    assert.deepEqual({ ...got, family: null }, { ...wanted, family: null });
  } else assert.deepEqual(got, wanted);
}

/** The key's secret is in the definition, and the key in no variable. */
function assertSecret(golden: GoldenCase): void {
  if (verdictOf(golden)?.must_launch !== true && !isPlanned(golden)) return;
  const { definition, runTask } = planGolden(golden);
  assert.ok(definition.how === "byDigest");
  const secrets = mappings(definition.request.containerDefinitions).flatMap(({ secrets }) =>
    mappings(secrets)
  );
  assert.equal(secrets.filter(({ name }) => name === "PREFECT_API_KEY").length, 1);
  assert.ok(!JSON.stringify(runTask).includes("PREFECT_API_KEY"));
}

function isPlanned(golden: GoldenCase): boolean {
  try {
    planGolden(golden);
    return true;
  } catch {
    return false;
  }
}

for (const { group, golden } of CASES) {
  const { error } = golden.expect;
  const check = verdictOf(golden)?.check;
  if (check === "secret-without-key") {
    Deno.test(`worker flavour: given ${group}/${golden.id}, when its run is planned, then the secret's ARN is in the definition`, () => {
      assertSecret(golden);
    });
  } else if (check === "starts") {
    Deno.test(`worker flavour: given ${group}/${golden.id}, when its run is planned, then there are requests`, () => {
      assert.ok(isPlanned(golden));
    });
  } else if (error === undefined || isAnswer(golden) || (check !== undefined && check !== "crashed")) {
    Deno.test(`worker flavour: given ${group}/${golden.id}, when its run is planned, then the requests are as recorded, or as the verdict says`, () => {
      assertPlan(golden);
    });
  } else {
    Deno.test(`worker flavour: given ${group}/${golden.id}, when its run is planned, then it is refused with what is wrong`, () => {
      const message = failureOf(golden);

      const mentions = listItems(verdictOf(golden)?.mentions).map(String);
      const code = typeof error.aws_code === "string" ? [error.aws_code] : [];
      for (const part of code) assert.ok(message.includes(part), message);
      assert.ok(mentions.length === 0 || mentions.some((part) => message.includes(part)), message);
    });
  }
}
