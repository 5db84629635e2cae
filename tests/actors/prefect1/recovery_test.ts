/** Claims found again, and runs confirmed as cancelled. @module */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../schemas/json/json.ts";
import {
  answer,
  errors,
  type FakePrefect,
  fakePrefect,
  type FakeRun,
  scheduledRun,
} from "../../support/fake_prefect1.ts";
import { type TestAgent, testAgent } from "../../support/prefect1_agent.ts";

const OURS = { agent: "agent", region: "r", cluster: "c" };

const submitted = (claim: string, place: JsonObject = OURS): JsonObject => ({
  type: "Submitted",
  context: { "prefect-agent": { ...place, claim, by: "an earlier process" } },
});

function run(id: string, state: JsonObject, more: Partial<FakeRun> = {}): FakeRun {
  return { ...scheduledRun(id, 2), state, ...more };
}

async function find(agent: TestAgent) {
  const claims = await agent.during(
    agent.orchestrator.findClaims({ agent: "agent", scope: "r/c" }, agent.signal),
  );
  return claims.map((one) => [one.run.id, one.claim.key, one.phase]);
}

Deno.test("findClaims: given claims of all kinds, when looked for, then only ours that have not ended are found", async () => {
  const task = { id: "t", version: 5, serialized_state: submitted("r3:t@4") };
  const base = scheduledRun("x").row ?? {};
  const api = fakePrefect([
    run("a-submitted", submitted("v1")),
    run("b-running", { type: "Running" }, { states: [submitted("v2")] }),
    run("c-cancelling", { type: "Cancelling" }, { states: [submitted("v3")] }),
    run("d-late-retry", { type: "Running" }, {
      row: { ...base, task_runs: [task] },
      states: [submitted("v1")],
    }),
    run("e-other-agent", submitted("v1", { ...OURS, agent: "other" })),
    run("f-other-region", submitted("v1", { ...OURS, region: "other" })),
    run("g-other-cluster", submitted("v1", { ...OURS, cluster: "other" })),
    run("h-python", { type: "Submitted", context: {} }),
    run("i-ended", { type: "Success" }, { states: [submitted("v1")] }),
    run("j-scheduled", { type: "Scheduled" }, { states: [submitted("v1")] }),
  ]);

  assert.deepEqual(await find(testAgent(api.call)), [
    ["a-submitted", "v1", "submitted"],
    ["b-running", "v2", "running"],
    ["c-cancelling", "v3", "running"],
    ["d-late-retry", "r3:t@4", "submitted"],
  ]);
  // A late retry of a run that another agent had claimed first stays with that agent: it is found by its task runs.
  assert.match(
    api.seen[0]?.query ?? "",
    /_or: \[\{ agent: \{ name: \{ _eq: "agent" \} \} \}, \{ task_runs: \{ state: \{ _eq: "Submitted" \} \} \}\]/,
  );
});

Deno.test("findClaims: given late claims whose task runs have gone on, when looked for, then the run is found under the newest that is ours", async () => {
  const base = scheduledRun("x").row ?? {};
  const lateRun = (id: string, own: string, late: readonly JsonObject[]) =>
    run(id, { type: "Running" }, {
      row: { ...base, late: late.map((state) => ({ states: [{ serialized_state: state }] })) },
      states: [submitted(own)],
    });
  const other = { ...OURS, agent: "other" };
  const api = fakePrefect([
    lateRun("a-one", "v1", [submitted("r3:t@4")]),
    lateRun("b-newest", "v1", [submitted("r3:t@4"), submitted("r3:u@7"), submitted("r3:w@5")]),
    lateRun("c-others", "v1", [submitted("r3:t@4"), submitted("r3:u@7", other)]),
    lateRun("d-older", "v5", [submitted("r3:t@4")]),
    lateRun("e-unmarked", "v1", [{ type: "Submitted", context: {} }]),
  ]);

  assert.deepEqual(await find(testAgent(api.call)), [
    ["a-one", "r3:t@4", "running"],
    ["b-newest", "r3:u@7", "running"],
    ["c-others", "v1", "running"],
    ["d-older", "v5", "running"],
    ["e-unmarked", "v1", "running"],
  ]);
});

Deno.test("findClaims: given more claims than a page holds, when looked for, then all pages are read", async () => {
  const ids = Array.from({ length: 450 }, (_, at) => `run-${String(at).padStart(3, "0")}`);
  const api = fakePrefect(ids.map((id) => run(id, submitted("v1"))));

  const found = await find(testAgent(api.call));

  assert.deepEqual(found.map(([id]) => id), ids);
  assert.equal(api.seen.length, 3);
});

Deno.test("findClaims: given an API without that relation, when looked for, then the claims of all agents are read, from then on", async () => {
  const api = fakePrefect([run("a", submitted("v1"))]);
  api.faults.set("flow_run", [errors("field agent not found")]);
  const agent = testAgent(api.call);

  assert.deepEqual(await find(agent), [["a", "v1", "submitted"]]);
  assert.deepEqual(await find(agent), [["a", "v1", "submitted"]]);
  assert.deepEqual(api.seen.map((one) => one.query.includes("agent: {")), [true, false, false]);
});

for (const [from, first] of [[0, 1], [4, 5], [10, 20]] as const) {
  Deno.test(`findClaims: given a claim after ${from} looks and an API that finds nothing by that relation, when looked for, then it is done without, soon at first and later after ten looks`, async () => {
    const ours = { id: "a", flow: { id: "f", name: "etl" }, version: 2, serialized_state: submitted("v1") };
    const api = fakePrefect([]);
    let isClaimed = false;
    const call: typeof api.call = (request) => {
      const isBlind = String(request.body).includes("agent: {");
      return isBlind || !isClaimed
        ? api.call(request)
        : Promise.resolve(answer(200, { data: { flow_run: [ours] } }));
    };
    const agent = testAgent(call);

    const found: unknown[] = [];
    for (let look = 0; look < 23; look++) {
      found.push((await find(agent)).length);
      isClaimed = look >= from;
    }

    assert.equal(found.indexOf(1), first);
    assert.ok(found.slice(first).every((count) => count === 1));
  });
}

Deno.test("findClaims: given an API that knows no pages and no filters, when looked for, then it ends and finds each claim once", async () => {
  const rows = Array.from({ length: 300 }, (_, at) => ({
    id: `run-${at}`,
    flow: { id: "f", name: "etl" },
    version: 2,
    serialized_state: at === 0 ? { type: "Success" } : submitted("v1"),
    states: [{ serialized_state: submitted("v1") }],
  }));
  const agent = testAgent(() => Promise.resolve(answer(200, { data: { flow_run: rows } })));

  const found = await find(agent);

  assert.equal(found.length, 299);
});

Deno.test("findClaims: given a row that cannot be read, when looked for, then the others are found", async () => {
  const api = fakePrefect([run("a", submitted("v1"), { row: {} }), run("b", submitted("v1"))]);

  assert.deepEqual(await find(testAgent(api.call)), [["b", "v1", "submitted"]]);
});

function cancel(api: FakePrefect, version: string | null = "2"): Promise<void> {
  const agent = testAgent(api.call);
  return agent.during(
    agent.orchestrator.cancel({ id: "a", version, claim: null }, "Stopped on request", agent.signal),
  );
}

Deno.test("cancel: given a run that is Cancelling, when its task is gone, then it is Cancelled with the message", async () => {
  const api = fakePrefect([run("a", { type: "Cancelling" })]);

  await cancel(api);

  assert.equal(api.runs.get("a")?.state.type, "Cancelled");
  assert.equal(api.runs.get("a")?.state.message, "Stopped on request");
  assert.deepEqual(api.ops(), ["flow_run", "set_flow_run_states"]);
});

Deno.test("cancel: given a run that ended itself, when confirmed, then its end stays", async () => {
  const api = fakePrefect([run("a", { type: "Success" })]);

  await cancel(api);

  assert.equal(api.runs.get("a")?.state.type, "Success");
});
