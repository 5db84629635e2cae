/**
 * Every recorded case of the Fargate agents 0.15.13 and 0.14.22 as one pure call: configuration in, two requests out.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fargateFlavour } from "../../../flavours/fargate_agent/flavour.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { listItems, mappings } from "../../../schemas/json/shape.ts";
import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import { fargateCase } from "../../support/goldens/fargate_case.ts";
import {
  assertSameRequest,
  failureOf,
  planCase,
  type Planned,
  plansOf,
  registration,
} from "../../support/flavour.ts";
import { at, type GoldenCase, goldenCases } from "../../support/goldens/golden.ts";

const GROUPS = [
  "agent_init",
  "agent_env",
  "agent_cli",
  "random_agent",
  "task_revisions",
  "external_kwargs",
  "image_and_command",
  "aws_errors",
  "lifecycle",
  "agent_versions",
];

const OLDER = /prefect 0\.(13|6)\./;

// Texts that users know; everything else of an error is worded anew.
const KNOWN_TEXTS = [/^Storage for flow run/, /^Fargate agent only accepts/, /^Docker storage is missing/];

for (const group of GROUPS) {
  for (const golden of goldenCases(`fargate/${group}`)) {
    if (OLDER.test(String(golden.json.source))) continue;
    Deno.test(`fargate flavour: given ${golden.id}, when planned, then the recorded requests come out`, () => {
      judge(golden, planCase(fargateFlavour, fargateCase(golden)));
    });
  }
}

function judge(golden: GoldenCase, planned: Planned): void {
  if (golden.quirks.length > 0) return judgeQuirk(planned);
  const expect = at(golden.json, "expect");
  const error = plannedError(expect);
  if (error === undefined) return comparePlans(expect, plansOf(planned));
  const { failure, stage } = failureOf(planned);
  assert.equal(stage, expect.error_stage ?? "deploy");
  assert.match(failure.message, /\S/);
  if (KNOWN_TEXTS.some((known) => known.test(error))) {
    assert.ok(failure.message.includes(error), failure.message);
  }
}

// A FIX row is launched differently or refused with a message; which of the two, the tests named after the rows say.
function judgeQuirk(planned: Planned): void {
  if ("failure" in planned) assert.match(planned.failure.message, /\S/);
  else assert.ok(planned.plans.length > 0);
}

// What AWS refused, or the Prefect API, says nothing about planning.
function plannedError(expect: JsonObject): string | undefined {
  const error = at(expect, "error");
  const failed = mappings(at(expect).api_calls).map((call) => at(call, "state")).find((s) =>
    s.type === "Failed"
  );
  const message = error.message ?? failed?.message;
  if (typeof message !== "string" || error.type === "ClientError") return undefined;
  return /^(An error occurred|State update failed|list index)/.test(message) ? undefined : message;
}

function comparePlans(expect: JsonObject, plans: readonly LaunchPlan[]): void {
  for (const [index, recorded] of mappings(expect.run_task).entries()) {
    const { taskDefinition: _, ...params } = recorded;
    assertSameRequest(plans[index]?.runTask, params);
  }
  assert.deepEqual(plans.flatMap((plan) => plan.notes ?? []), recordedNotes(expect));
  let next = 0;
  for (const recorded of mappings(expect.registered)) {
    next = plans.findIndex((plan, index) => index >= next && registration(plan)?.family === recorded.family);
    assertSameRequest(registration(plans[next]), recorded);
    next += 1;
  }
}

// Lines of the start and of the submit step are not the planner's.
const PLANNED_LINE = /^Fetching external|have external kwargs|with external$|^Adding tags/;

function recordedNotes(expect: JsonObject): readonly string[] {
  return listItems(expect.logs).flatMap((line) => {
    const [level, text] = listItems(line);
    return level === "INFO" && PLANNED_LINE.test(String(text)) ? [String(text)] : [];
  });
}
