import assert from "node:assert/strict";
import type { Graphql } from "../../../actors/prefect1/graphql.ts";
import { readFlowRun } from "../../../actors/prefect1/read_flow_run.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { caseOf } from "../../support/goldens/ecs_plan.ts";

const { signal } = new AbortController();

function answering(data: JsonObject, asked: string[] = []): Graphql {
  return ({ query }) => {
    asked.push(query);
    return Promise.resolve(data);
  };
}

Deno.test("read flow run: given a row, when read, then it is parsed and asked for by id in any state", async () => {
  const asked: string[] = [];
  const row = caseOf("basic/run-config-minimal").flow_run;

  const run = await readFlowRun('x"y', answering({ flow_run: [row] }, asked), signal);

  assert.equal(run.flow.name, "Test Flow");
  assert.ok(asked[0]?.includes('where: { id: { _eq: "x\\"y" } }'), asked[0]);
  assert.ok(!asked[0]?.includes("Scheduled"));
});

for (
  const [what, data, message] of [
    ["no row", { flow_run: [] }, /Cannot find flow run r1 in the Prefect API/],
    ["another answer", { hello: "x" }, /Cannot find flow run r1/],
    [
      "a row without flow",
      { flow_run: [{ id: "r1", version: 1, serialized_state: { type: "Success" } }] },
      /r1 .*flow is missing/,
    ],
  ] as const
) {
  Deno.test(`read flow run: given ${what}, when read, then the failure says so`, async () => {
    await assert.rejects(readFlowRun("r1", answering(data), signal), message);
  });
}
