import assert from "node:assert/strict";
import { readEcsRun } from "../../../flavours/ecs_agent/run_config.ts";
import { runTaskRequest } from "../../../flavours/ecs_agent/run_task_request.ts";
import { noWork } from "../../../schemas/bounds/work.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { caseOf, failureOf, prepareGolden } from "../../support/goldens/ecs_plan.ts";
import { someFlowRun } from "../../support/flow_run.ts";
import { assertLinear } from "../../support/linear.ts";

const options = prepareGolden(caseOf("basic/run-config-minimal"));

function requestFor(runTaskKwargs: JsonObject) {
  const run = someFlowRun({ runConfig: null });
  const config = { ...readEcsRun(run), runTaskKwargs };
  return runTaskRequest({ run, config, options, definition: {}, definitionSources: () => ({}) });
}

const OWN = { from: "run config", name: "run_task_kwargs" };

Deno.test("runTaskRequest: given containers that share a name, when planned, then members of each have their source", () => {
  const containerOverrides = [
    { name: "log", cpu: 1, memory: 2 },
    { name: "flow", environment: [] },
    { name: "log", cpu: 3, memoryReservation: 4 },
  ];
  const { request, sources } = requestFor({ overrides: { containerOverrides } });

  assert.deepEqual((request.overrides as JsonObject).containerOverrides, [
    { name: "log", cpu: 3, memory: 2, memoryReservation: 4 },
    ((request.overrides as JsonObject).containerOverrides as JsonObject[])[1],
  ]);
  const at = "/runTask/overrides/containerOverrides/0/";
  const found = Object.entries(sources()).filter(([pointer]) => pointer.startsWith(at));
  assert.deepEqual(found, ["cpu", "memory", "memoryReservation"].map((name) => [at + name, OWN]));
});

Deno.test("runTaskRequest: given ever more container overrides, when planned, then each name is read as often", () => {
  assertLinear((count) => {
    const work = noWork();
    const containerOverrides = Array.from({ length: count }, (_, n) => ({
      get name() {
        work.steps++;
        return `c${n}`;
      },
    }));
    // ECS takes fewer: what is counted is the way to that refusal.
    assert.throws(() => requestFor({ overrides: { containerOverrides } }), FailureError);
    return work.steps;
  }, 1000);
});

Deno.test("runTaskRequest: given 100 000 container overrides, when planned, then their size is refused", () => {
  const containerOverrides = Array.from({ length: 100_000 }, (_, n) => ({ name: `c${n}` }));
  const failure = failureOf(() => requestFor({ overrides: { containerOverrides } }));
  assert.match(failure.message, /take \d+ characters, ECS accepts at most 8192; /);
});
