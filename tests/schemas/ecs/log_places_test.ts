/** Where containers log. @module */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../schemas/json/json.ts";
import type { DefinitionPlan } from "../../../schemas/ecs/launch_plan.ts";
import { logPlaces, logSources } from "../../../schemas/ecs/log_places.ts";

const ARN = "arn:aws:ecs:us-east-1:123456789012:task/prod/abc";

const plan = (...containers: JsonObject[]): DefinitionPlan => ({
  how: "perRun",
  ownFamily: null,
  request: { containerDefinitions: containers },
});

const options = {
  "awslogs-group": "/ecs/flows",
  "awslogs-stream-prefix": "p",
  "awslogs-region": "eu-west-1",
};

Deno.test("log places: given awslogs with a prefix, when asked, then the stream is prefix, container, task id", () => {
  const container = { name: "flow", logConfiguration: { logDriver: "awslogs", options } };

  assert.deepEqual(logPlaces(logSources(plan(container)), ARN), [
    { container: "flow", group: "/ecs/flows", stream: "p/flow/abc", region: "eu-west-1" },
  ]);
});

const NOTHING: readonly (readonly [string, DefinitionPlan])[] = [
  ["a definition of the user's own", { how: "existing", name: "fam:1" }],
  ["no log configuration", plan({ name: "flow" })],
  ["another driver", plan({ name: "flow", logConfiguration: { logDriver: "splunk", options } })],
  [
    "no prefix",
    plan({
      name: "flow",
      logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "g" } },
    }),
  ],
  ["no options", plan({ name: "flow", logConfiguration: { logDriver: "awslogs" } })],
  ["no containers", { how: "perRun", ownFamily: null, request: {} }],
];
for (const [name, definition] of NOTHING) {
  Deno.test(`log places: given ${name}, when asked, then none is named`, () => {
    assert.deepEqual(logPlaces(logSources(definition), ARN), []);
  });
}
