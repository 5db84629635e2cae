import assert from "node:assert/strict";
import { checkPlan } from "../../actors/check_plan.ts";
import { FailureError } from "../../schemas/failure.ts";
import type { JsonObject } from "../../schemas/json.ts";
import type { LaunchPlan } from "../../schemas/launch_plan.ts";

function planOf(request: JsonObject | null, runTask: JsonObject = {}): LaunchPlan {
  const definition = request === null
    ? { how: "existing", name: "fam:3" } as const
    : { how: "perRun", request } as const;
  return { definition, runTask, infoPrefix: "Task ", sources: {}, warnings: [] };
}

Deno.test("checkPlan: given two good requests or a definition by name, when checked, then nothing happens", () => {
  checkPlan(planOf({ family: "f", containerDefinitions: [{ name: "flow" }] }, { cluster: "prod" }));
  checkPlan(planOf(null));
});

Deno.test("checkPlan: given a fault in either request, when checked, then operation and path are named, the value is not", () => {
  const value = "hunter2";
  const table: readonly (readonly [LaunchPlan, string, RegExp])[] = [
    [
      planOf({ family: [value], containerDefinitions: [] }),
      "family",
      /refuse RegisterTaskDefinition: family must be text/,
    ],
    [planOf(null, { count: value }), "count", /refuse RunTask: count must be an integer, not text$/],
  ];
  for (const [plan, field, message] of table) {
    assert.throws(() => checkPlan(plan), (error: unknown) => {
      assert.ok(error instanceof FailureError && error.failure.tag === "badFlowRun");
      assert.equal(error.failure.field, field);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  }
});
