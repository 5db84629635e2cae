import assert from "node:assert/strict";
import { checkPlan } from "../../../actors/ecs/check_plan.ts";
import { checkRequest } from "../../../actors/aws/check_request.ts";
import { attemptRequest } from "../../../schemas/ecs/capacity_fallback.ts";
import { clientToken } from "../../../schemas/flow_run/client_token.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";

function planOf(request: JsonObject | null, runTask: JsonObject = {}): LaunchPlan {
  const definition = request === null
    ? { how: "existing", name: "fam:3" } as const
    : { how: "perRun", ownFamily: null, request } as const;
  return { definition, runTask, taskLabel: "Task", sources: () => ({}), warnings: [], notes: [] };
}

for (
  const [what, plan] of [
    [
      "two good requests",
      planOf({ family: "f", containerDefinitions: [{ name: "flow" }] }, { cluster: "prod" }),
    ],
    ["a definition by name", planOf(null)],
  ] as const
) {
  Deno.test(`checkPlan: given ${what}, when checked, then the plan is let pass`, () => {
    assert.doesNotThrow(() => checkPlan(plan));
  });
}

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

Deno.test("checkPlan: given a plan it lets pass, when any attempt adds its own, then the request passes where it is sent", () => {
  const strategies = [
    undefined,
    [],
    [{ capacityProvider: "FARGATE_SPOT" }],
    [{ capacityProvider: "FARGATE_SPOT", weight: 3, base: 1 }, { capacityProvider: "FARGATE" }],
    [{ capacityProvider: "a" }, { capacityProvider: "b" }, { capacityProvider: "c" }],
  ];
  for (const strategy of strategies) {
    const plan = planOf(null, strategy === undefined ? {} : { capacityProviderStrategy: strategy });
    checkPlan(plan);
    for (const [refusals, wasReclaimed] of [[0, false], [1, false], [2, true], [7, true]] as const) {
      const sent = {
        ...attemptRequest(plan.runTask, { refusals, wasReclaimed }),
        taskDefinition: "arn:aws:ecs:us-east-1:123456789012:task-definition/fam:3",
        startedBy: "run-1",
        clientToken: clientToken({ runId: "run-1", claim: "c", attempt: refusals + 1 }),
      };
      assert.deepEqual(checkRequest("RunTask", sent), []);
    }
  }
});

Deno.test("checkPlan: given faults in both requests, when checked, then both are named, and a fault that both have once", () => {
  const plan = planOf({ family: "f", containerDefinitions: [], tags: "x" }, { tags: "x", count: "y" });

  assert.throws(() => checkPlan(plan), {
    message: "AWS would refuse RegisterTaskDefinition: tags must be a list, not text; " +
      "RunTask: count must be an integer, not text",
  });
});

Deno.test("checkPlan: given many faults with long names, when checked, then the message stays short and says how many others there are", () => {
  const long = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`${"n".repeat(5000)}${n}`, n]));
  const plans = [
    planOf({ family: "f", containerDefinitions: [], ...long }, long),
    planOf({ family: "f", containerDefinitions: [{ name: "n".repeat(9000), image: 1, Image: 2, ...long }] }, {
      cpu: 1,
    }),
  ];

  for (const plan of plans) {
    assert.throws(() => checkPlan(plan), (error: unknown) => {
      assert.ok(error instanceof FailureError);
      assert.ok(error.message.length < 400, String(error.message.length));
      assert.match(error.message, /\d+ more faults/);
      return true;
    });
  }
});

Deno.test("checkPlan: given a definition in a file that the run named, when checked, then only AWS's names are told", () => {
  const plan = planOf({
    family: "f",
    hunter2: 1,
    NetworkMode: 1,
    containerDefinitions: [{ name: "hunter2", cpu: "x" }],
  });

  assert.throws(() => checkPlan({ ...plan, isDiscreet: true }), (error: unknown) => {
    assert.ok(error instanceof FailureError);
    assert.doesNotMatch(JSON.stringify(error.failure), /hunter2|NetworkMode/);
    assert.match(error.message, /AWS calls it networkMode/);
    return true;
  });
});
