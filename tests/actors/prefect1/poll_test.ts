/** One poll: the queue, the metadata, rows that cannot be read. @module */

import assert from "node:assert/strict";
import { errors, type FakePrefect, fakePrefect, scheduledRun } from "../../support/fake_prefect1.ts";
import { type TestAgent, testAgent } from "../../support/prefect1_agent.ts";
import { someClaim } from "../../support/claim.ts";

const poll = (agent: TestAgent, busy: readonly string[] = [], ms = 100) =>
  agent.during(agent.orchestrator.poll(new Set(busy), agent.signal), ms);

function setUp(n: number): { api: FakePrefect; agent: TestAgent } {
  const api = fakePrefect(Array.from({ length: n }, (_, at) => scheduledRun(`run-${at}`)));
  return { api, agent: testAgent(api.call) };
}

Deno.test("poll: given an empty queue, when polled, then nothing else is asked", async () => {
  const { api, agent } = setUp(0);

  assert.deepEqual(await poll(agent), { runs: [], malformed: [], full: false });
  assert.deepEqual(api.ops(), ["get_runs_in_queue"]);
  assert.deepEqual(api.seen[0]?.input, {
    before: "2023-01-02T03:04:15+00:00",
    labels: ["b", "a"],
    tenant_id: null,
  });
});

Deno.test("poll: given due runs, when polled, then the metadata query asks for Scheduled and late Running ones", async () => {
  const { api, agent } = setUp(2);

  await poll(agent);

  assert.match(
    api.of("flow_run")[0]?.query ?? "",
    /where: \{ id: \{ _in: \["run-0","run-1"\] \}, _or: \[\{ state: \{ _eq: "Scheduled" \} \}, \{ state: \{ _eq: "Running" \}, task_runs: \{ state_start_time: \{ _lte: "2023-01-02T03:04:02\+00:00" \} \} \}\] \}/,
  );
});

Deno.test("poll: given ids that are busy or named twice, when polled, then only new ones are asked for, once", async () => {
  const { api, agent } = setUp(3);
  api.queue = ["run-0", "run-1", "run-1", "run-2"];

  const page = await poll(agent, ["run-0"]);

  assert.deepEqual(page.runs.map(({ header }) => header.id), ["run-1", "run-2"]);
  assert.match(api.of("flow_run")[0]?.query ?? "", /_in: \["run-1","run-2"\]/);
});

Deno.test("poll: given only busy ids, when polled, then no metadata is asked for", async () => {
  const { api, agent } = setUp(2);

  await poll(agent, ["run-0", "run-1"]);

  assert.deepEqual(api.ops(), ["get_runs_in_queue"]);
});

for (const [n, full] of [[24, false], [25, true]] as const) {
  Deno.test(`poll: given ${n} ids, when polled, then the page is ${full ? "" : "not "}full`, async () => {
    const { agent } = setUp(n);

    assert.equal((await poll(agent)).full, full);
  });
}

Deno.test("poll: given start times in any order, when polled, then runs are ordered by the text (Q-SORT-TEXT)", async () => {
  const api = fakePrefect([
    scheduledRun("late", 1, "2023-01-02T03:04:04+00:00"),
    // An earlier moment, but a later text.
    scheduledRun("zone", 1, "2023-01-02T05:00:00+05:00"),
    scheduledRun("early", 1, "2023-01-02T03:04:01+00:00"),
  ]);

  const page = await poll(testAgent(api.call));

  assert.deepEqual(page.runs.map(({ header }) => header.id), ["early", "late", "zone"]);
});

Deno.test("poll: given rows that cannot be read, when polled, then the others come through", async () => {
  const { api, agent } = setUp(2);
  const good = scheduledRun("good");
  const rows = [
    { ...good.row, id: "good", version: 1, serialized_state: good.state },
    null,
    "text",
    { id: "no-version", serialized_state: good.state, flow: {} },
    { ...good.row, id: "bad-state", version: 2, serialized_state: "Scheduled" },
    { ...good.row, id: "bad-time", version: 2, serialized_state: { type: "Scheduled", start_time: "soon" } },
    { ...good.row, id: "not-asked", version: 1, serialized_state: good.state },
  ];
  api.queue = ["good", "no-version", "bad-state", "bad-time"];
  api.faults.set("flow_run", [{ status: 200, body: { data: { flow_run: rows } } as never }]);

  const page = await poll(agent);

  assert.deepEqual(page.runs.map(({ header }) => header.id), ["good"]);
  assert.deepEqual(page.malformed.map((one) => [one.id, one.version]), [
    ["", null],
    ["", null],
    ["no-version", null],
    ["bad-state", "2"],
    ["bad-time", "2"],
  ]);
  assert.match(page.malformed[2]?.message ?? "", /no-version .*: version is missing/);
});

Deno.test("poll: given the queue fails, when polled, then the failure says what was asked", async () => {
  const { api, agent } = setUp(1);
  api.faults.set("get_runs_in_queue", [errors("no queue")]);

  await assert.rejects(poll(agent), {
    failure: { tag: "apiError", code: "", message: "Failed to query for ready flow runs: no queue" },
  });
});

Deno.test("poll: given the metadata fails, when polled, then the failure says what was asked", async () => {
  const { api, agent } = setUp(1);
  api.faults.set("flow_run", [{ status: 502, body: "<html>" }]);

  await assert.rejects(poll(agent), {
    message: "Failed to query for flow run metadata: The Prefect API is not available: HTTP 502",
  });
});

Deno.test("poll: given API_ERROR, when polled, then the request is sent again up to six times", async () => {
  const { api, agent } = setUp(0);
  api.faults.set("get_runs_in_queue", Array(7).fill(errors("x", "API_ERROR")));

  await assert.rejects(poll(agent, [], 20_000), {
    message: "Failed to query for ready flow runs: API_ERROR: x",
  });

  assert.equal(api.ops().length, 7);
});

Deno.test("poll: given 25 runs in a page, when claimed and logged, then a run costs less than a quarter of a call", async () => {
  const { api, agent } = setUp(25);
  const { runs } = await poll(agent);
  const { claim, log } = agent.orchestrator;

  await agent.during(Promise.all(runs.map(({ run }) => claim(run, someClaim(), agent.signal))));
  await agent.during(
    Promise.all(runs.map(({ header }) => log(header.id, "INFO", "Submitted for execution", agent.signal))),
  );

  assert.ok(api.ops().length / 25 <= 0.25, `${api.ops().length} calls for 25 runs`);
});

Deno.test("poll: given an id with quotes and brackets, when polled, then the others come through", async () => {
  const { api, agent } = setUp(2);
  api.queue = ["run-0", '[a] "b"] }) { id } }\\', "run-1"];

  const page = await poll(agent);

  assert.deepEqual(page.runs.map(({ header }) => header.id), ["run-0", "run-1"]);
});

Deno.test("poll: given a malformed row of a run nobody asked for, when polled, then it is left alone", async () => {
  const { api, agent } = setUp(1);
  api.faults.set("flow_run", [{
    status: 200,
    body: { data: { flow_run: [{ id: "other" }, { id: "run-0" }, {}] } },
  }]);

  const { runs, malformed } = await poll(agent);

  assert.deepEqual(runs, []);
  assert.deepEqual(malformed.map(({ id }) => id), ["run-0", ""]);
});

Deno.test("poll: given a queue without bounds, when polled, then one page of real ids is asked for, the rest later", async () => {
  const { api, agent } = setUp(1);
  api.queue = ["x".repeat(1_000_000), ...Array.from({ length: 5_000 }, (_, i) => `r${i}`)];

  const { full } = await poll(agent);

  const query = api.of("flow_run")[0]?.query ?? "";
  assert.equal(full, true);
  assert.match(query, /"r0".*"r199"\]/);
  assert.ok(!query.includes("xxx") && !query.includes('"r200"'));
});

for (const version of [1.5, 1e308, 2 ** 53, "1", null, true]) {
  Deno.test(`poll: given the version ${version}, when polled, then the run is malformed`, async () => {
    const { api, agent } = setUp(1);
    const [row] = [{
      ...scheduledRun("run-0").row,
      id: "run-0",
      version,
      serialized_state: { type: "Scheduled" },
    }];
    api.faults.set("flow_run", [{ status: 200, body: { data: { flow_run: [row] } } }]);

    const { malformed } = await poll(agent);

    assert.match(malformed[0]?.message ?? "", /: version is (not a whole number|not a number|missing)$/);
  });
}
