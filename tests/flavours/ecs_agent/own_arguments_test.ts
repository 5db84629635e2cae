/** What a run's own arguments may not say, and that the operator's may. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { checkPlan } from "../../../actors/ecs/check_plan.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { FLOW_RUN_TAG } from "../../../schemas/ecs/task_owner.ts";
import { caseOf, failureOf, planGolden, withAgent, withRunConfig } from "../../support/goldens/ecs_plan.ts";

const RUN_ID = "5f1c2c9e-8f0b-4a51-9c3e-0d6a7b8c9d0e";
const OTHER_ID = "0a1b2c3d-8f0b-4a51-9c3e-0d6a7b8c9d0f";

/** Plans a run with these arguments of its own, and checks the requests as the agent does. */
function planned(runTaskKwargs: JsonObject, ofAgent: JsonObject = {}) {
  const { flow_run } = withRunConfig({ run_task_kwargs: runTaskKwargs });
  const files = { "/etc/kwargs.yaml": JSON.stringify(ofAgent) };
  const init = { ...caseOf("basic/run-config-minimal").agent.init, run_task_kwargs_path: "/etc/kwargs.yaml" };
  const plan = planGolden({ ...withAgent({ init, files }), flow_run });
  checkPlan(plan);
  return plan;
}

function refusal(runTaskKwargs: JsonObject): string {
  const failure = failureOf(() => planned(runTaskKwargs));
  assert.equal(failure.tag, "badFlowRun");
  return failure.message;
}

for (
  const [name, problem] of [
    ["count", "must be 1 or left out"],
    ["clientToken", "must be left out"],
    ["startedBy", "must not be the id of another flow run"],
  ] as const
) {
  Deno.test(`own arguments: given a ${name} that could start or hide other tasks, when planned, then it is refused by its name and what is accepted`, () => {
    const kwargs = { count: 2, clientToken: "t", startedBy: OTHER_ID };

    assert.match(
      refusal({ [name]: kwargs[name] }),
      new RegExp(`run_config.run_task_kwargs.${name} ${problem}`),
    );
  });
}

Deno.test("own arguments: given any count but 1, when planned, then the run is refused", () => {
  const counts = fc.oneof(
    fc.integer().filter((count) => count !== 1),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((count) => count !== 1),
    fc.constantFrom(true, false, "1", "2", "", [1], { value: 1 }),
  );
  fc.assert(fc.property(counts, (count) => {
    assert.match(refusal({ count }), /count must be 1 or left out, not /);
  }));
  assert.equal(planned({ count: 1 }).runTask.count, 1);
  assert.equal(planned({ count: null }, { count: 3 }).runTask.count, 3);
});

Deno.test("own arguments: given the id of another run in any spelling, when planned as startedBy, then the run is refused", () => {
  const spelled = fc.constantFrom<(id: string) => string>(
    (id) => id,
    (id) => id.toUpperCase(),
    (id) => `{${id}}`,
    (id) => `urn:uuid:${id}`,
    (id) => ` ${id}\n`,
  );
  fc.assert(fc.property(fc.uuid(), spelled, (id, spell) => {
    if (id !== RUN_ID) {
      assert.match(refusal({ startedBy: spell(id) }), /must not be the id of another flow run/);
    }
  }));
});

Deno.test("own arguments: given any other startedBy, when planned, then it is sent as given and a tag names the run", () => {
  for (const startedBy of ["nightly", "etl/2024", OTHER_ID.slice(1), OTHER_ID.replaceAll("-", ""), ""]) {
    const { runTask, sources } = planned({ startedBy, tags: [{ key: "team", value: "etl" }] });

    assert.equal(runTask.startedBy, startedBy);
    assert.deepEqual(runTask.tags, [{ key: "team", value: "etl" }, { key: FLOW_RUN_TAG, value: RUN_ID }]);
    assert.deepEqual(sources()["/runTask/tags/1"], { from: "flow run", name: "id" });
  }
});

Deno.test("own arguments: given the run's own id as startedBy, when planned, then nothing is added", () => {
  const { runTask } = planned({ startedBy: RUN_ID });

  assert.deepEqual([runTask.startedBy, runTask.tags], [RUN_ID, undefined]);
});

Deno.test("own arguments: given members in another spelling or place, when planned, then AWS's check refuses them", () => {
  for (const kwargs of [{ Count: 2 }, { COUNT: 2 }, { overrides: { count: 2 } }, { ClientToken: "t" }]) {
    assert.match(refusal(kwargs), /is unknown/);
  }
  const failure = failureOf(() => checkPlan(planGolden(withRunConfig({ task_definition: { count: 2 } }))));
  assert.match(failure.message, /count is unknown/);
});

Deno.test("own arguments: given all three in the operator's file, when planned, then count and startedBy are kept as recorded and no tag is added", () => {
  const { runTask } = planned({}, { count: 3, clientToken: "t", startedBy: OTHER_ID });

  assert.deepEqual([runTask.count, runTask.startedBy, runTask.clientToken, runTask.tags], [
    3,
    OTHER_ID,
    undefined,
    undefined,
  ]);
});
