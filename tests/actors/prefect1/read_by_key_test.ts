import assert from "node:assert/strict";
import { makePrefect1Api } from "../../../actors/prefect1/api.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { fakeClock } from "../../support/clock.ts";
import { testAgent } from "../../support/prefect1_agent.ts";

const SIGNAL = new AbortController().signal;

function apiOver(data: JsonObject, asked: string[]) {
  return makePrefect1Api({
    graphql: ({ query }) => {
      asked.push(query);
      return Promise.resolve(data);
    },
    session: { tenantId: null, agentId: null },
    clock: fakeClock(),
    name: "agent",
    labels: [],
  });
}

Deno.test("reads by key: given two runs of which the API knows one, when both are read, then one request asks for both and one is answered", async () => {
  const asked: string[] = [];
  const known = {
    ...{ id: "run-1", version: 4, state: "Success", serialized_state: { type: "Success" } },
    ...{ states: [], task_runs: [] },
  };
  const rows = await apiOver({ r0: known, r1: null }, asked).readFlowRunsByKey(["run-1", "run-2"], SIGNAL);

  assert.deepEqual(rows.map(({ id, type, finished }) => [id, type, finished]), [["run-1", "Success", true]]);
  assert.equal(asked.length, 1);
  assert.match(asked[0] ?? "", /r0: flow_run_by_pk\(id: "run-1"\).*r1: flow_run_by_pk\(id: "run-2"\)/);
});

Deno.test("reads by key: given an id with a quotation mark, when it is read, then it stays within its text", async () => {
  const asked: string[] = [];
  await apiOver({ r0: null }, asked).readFlowRunsByKey(['a"b'], SIGNAL);

  assert.ok(asked[0]?.includes('id: "a\\"b"'), asked[0]);
});

for (
  const [claim, type, expected] of [
    ["r3:t-1@2", "Running", true],
    ["r3:t-1@2", "Cancelling", true],
    ["v1", "Running", undefined],
    ["r3:t-1@2", "Success", undefined],
  ] as const
) {
  Deno.test(`reads by key: given a run that is ${type} with a task run claimed by ${claim}, when it is read, then its late claim is ${expected}`, async () => {
    const marker = { agent: "agent", region: "r", cluster: "c", claim, by: "x" };
    const claimed = { serialized_state: { type: "Submitted", context: { "prefect-agent": marker } } };
    const row = {
      ...{ id: "run-1", version: 3, serialized_state: { type } },
      states: [],
      task_runs: [claimed],
    };
    const body = new TextEncoder().encode(JSON.stringify({ data: { flow_run: [row] } }));
    const agent = testAgent(() => Promise.resolve({ status: 200, headers: {}, body }));

    const [state] = await agent.during(agent.orchestrator.read(["run-1"], agent.signal), 2000);

    assert.equal(state?.claimedLate, expected);
  });
}
