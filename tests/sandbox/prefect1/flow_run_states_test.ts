import assert from "node:assert/strict";
import { isJsonObject, type JsonObject } from "../../../schemas/json/json.ts";
import { FINISHED } from "../../../sandbox/prefect1/store/states.ts";
import { type Bench, bench, created, firstError, registered, START_MS } from "../support/sandbox_store.ts";

const STATES = "states { id status message }";

interface Started {
  readonly on: Bench;
  readonly run: string;
}

function started(): Started {
  const on = bench();
  return { on, run: created(on, { flow_id: registered(on), flow_run_name: "one" }) };
}

function state(type: string, more: JsonObject = {}): JsonObject {
  return { type, message: `now ${type}`, ...more };
}

function set(
  { on, run }: Started,
  type: string,
  version: number | null = null,
  more: JsonObject = {},
): JsonObject {
  const states = [{ flow_run_id: run, state: state(type, more), version }];
  return on.mutate("set_flow_run_states", { states }, STATES);
}

function refusedSet({ on, run }: Started, type: string, version: number | null = null) {
  const states = [{ flow_run_id: run, state: state(type), version }];
  return on.refused("set_flow_run_states", { states }, STATES);
}

function row({ on, run }: Started): JsonObject {
  const found = on.store.byId("flow_run", run);
  assert.ok(found !== undefined);
  return found;
}

Deno.test("states: given a new run, when read, then it is Scheduled in version 1 with one line of history", () => {
  const at = started();

  const { version, state, state_message, start_time, end_time, times_resurrected } = row(at);
  assert.deepEqual({ version, state, state_message, start_time, end_time, times_resurrected }, {
    version: 1,
    state: "Scheduled",
    state_message: "Flow run scheduled.",
    start_time: null,
    end_time: null,
    times_resurrected: 0,
  });
  assert.equal(row(at)["state_start_time"], row(at)["scheduled_start_time"]);
});

Deno.test("states: given the way of a run, when each state is set, then versions, columns and history follow", () => {
  const at = started();

  set(at, "Submitted", 1);
  assert.equal(row(at)["state_start_time"], null);
  at.on.at(START_MS + 1_000);
  set(at, "Running", 2);
  const startedAt = row(at)["start_time"];
  assert.equal(startedAt, "2026-11-21T08:00:01.000000+00:00");
  assert.notEqual(row(at)["heartbeat"], null);
  at.on.at(START_MS + 2_000);
  set(at, "Success");

  const { version, state, start_time, end_time, state_message } = row(at);
  assert.deepEqual({ version, state, start_time, state_message }, {
    version: 4,
    state: "Success",
    start_time: startedAt,
    state_message: "now Success",
  });
  assert.equal(end_time, "2026-11-21T08:00:02.000000+00:00");
  const history = at.on.ask(
    "query { flow_run { states(order_by: { version: asc }) { state version message } } }",
  );
  assert.deepEqual(history, [{
    states: [
      { state: "Scheduled", version: 1, message: "Flow run scheduled." },
      { state: "Submitted", version: 2, message: "now Submitted" },
      { state: "Running", version: 3, message: "now Running" },
      { state: "Success", version: 4, message: "now Success" },
    ],
  }]);
});

Deno.test("states: given an answer, when a state was set, then it names the run and SUCCESS", () => {
  const at = started();

  assert.deepEqual(set(at, "Submitted", 1), { states: [{ id: at.run, status: "SUCCESS", message: null }] });
});

Deno.test("states: given a state as read, when queried, then it comes back as it was sent", () => {
  const at = started();
  const sent = state("Failed", { context: { a: [1] }, _result: { type: "NoResultType" }, extra: "kept" });

  at.on.mutate("set_flow_run_states", { states: [{ flow_run_id: at.run, state: sent }] }, STATES);

  assert.deepEqual(at.on.ask("query { flow_run { serialized_state } }"), [{ serialized_state: sent }]);
});

Deno.test("states: given a claim, when another comes within 30 s, then it is refused in the server's words", () => {
  const at = started();
  set(at, "Submitted", 1);
  at.on.at(START_MS + 29_000);

  for (const version of [1, 2, null]) {
    const { message, status } = refusedSet(at, "Submitted", version);
    assert.equal(message, "State update failed: this run has already been submitted.");
    assert.equal(status, 200);
  }
  assert.equal(row(at)["version"], 2);
});

Deno.test("states: given a claim, when another comes after 30 s, then only the version decides", () => {
  const at = started();
  set(at, "Submitted", 1);
  at.on.at(START_MS + 30_001);

  assert.equal(refusedSet(at, "Submitted", 1).code, "VERSION_LOCKING_ERROR");
  set(at, "Submitted", 2);
  assert.equal(row(at)["version"], 3);
});

for (const type of ["Submitted", "Running"]) {
  Deno.test(`states: given ${type} of an old version, when set, then it is refused as a lost claim with status 200`, () => {
    const at = started();
    set(at, "Scheduled");

    const { code, status } = refusedSet(at, type, 1);

    assert.deepEqual({ code, status }, { code: "VERSION_LOCKING_ERROR", status: 200 });
    assert.equal(row(at)["state"], "Scheduled");
  });
}

Deno.test("states: given Failed of an old version, when set, then it is taken: agents send it with the claim's", () => {
  const at = started();
  set(at, "Submitted", 1);

  set(at, "Failed", 1);

  assert.equal(row(at)["state"], "Failed");
});

Deno.test("states: given version locking switched off for the flow, when an old version comes, then it is taken", () => {
  const at = started();
  const [flow] = at.on.ask("query { flow { id } }") as { id: string }[];
  at.on.mutate("disable_flow_version_lock", { flow_id: String(flow?.id) }, "success");
  set(at, "Scheduled");

  set(at, "Running", 1);

  assert.equal(row(at)["state"], "Running");
  assert.deepEqual(at.on.ask("query { flow { settings } }"), [{
    settings: { version_locking_enabled: false },
  }]);
});

Deno.test("states: given locking off by default, when a flow switches it on, then old versions are refused", () => {
  const at = started();
  const [flow] = at.on.ask("query { flow { id } }") as { id: string }[];
  const claim = { states: [{ flow_run_id: at.run, state: state("Running"), version: 7 }] };
  at.on.mutate("set_flow_run_states", claim, STATES, { versionLocking: false });
  at.on.mutate("enable_flow_version_lock", { flow_id: String(flow?.id) }, "success");

  const { code } = at.on.refused("set_flow_run_states", claim, STATES, { versionLocking: false });

  assert.equal(code, "VERSION_LOCKING_ERROR");
});

Deno.test("states: given a list with a refused state, when set, then it is an error and the others are kept", () => {
  const at = started();
  const [flow] = at.on.ask("query { flow { id } }") as { id: string }[];
  const other = created(at.on, { flow_id: String(flow?.id) });
  set(at, "Submitted", 1);
  const claims = [at.run, other].map((id) => ({ flow_run_id: id, state: state("Submitted"), version: 1 }));

  const { message } = at.on.refused("set_flow_run_states", { states: claims }, STATES);

  assert.match(message, /already been submitted/);
  assert.equal(at.on.store.byId("flow_run", other)?.["state"], "Submitted");
});

Deno.test("states: given an agent's claim, when stored, then the run names the agent", () => {
  const at = started();
  const agent = at.on.mutate("register_agent", { type: "EcsAgent" }, "id");
  const states = [{ flow_run_id: at.run, state: state("Submitted"), version: 1 }];

  at.on.mutate("set_flow_run_states", { states }, STATES, { agentId: String(agent["id"]) });

  assert.deepEqual(at.on.ask("query { flow_run { agent { type } } }"), [{ agent: { type: "EcsAgent" } }]);
});

Deno.test("states: given cached inputs, when a state without them follows, then they are carried on", () => {
  const at = started();
  const inputs = { x: { type: "Result", location: "s3://x" } };
  set(at, "Running", null, { cached_inputs: inputs });
  set(at, "Failed", null, { cached_inputs: {} });
  assert.deepEqual((row(at)["serialized_state"] as JsonObject)["cached_inputs"], inputs);

  set(at, "Success", null, { cached_inputs: { y: 1 } });
  assert.deepEqual((row(at)["serialized_state"] as JsonObject)["cached_inputs"], { y: 1 });
});

Deno.test("states: given Scheduled without a start time, when set, then the run is due at once", () => {
  const at = started();

  set(at, "Scheduled");

  assert.equal(row(at)["state_start_time"], row(at)["state_timestamp"]);
});

const BAD: readonly (readonly [JsonObject[string], RegExp])[] = [
  [null, /not an object/],
  ["Running", /not an object/],
  [{ type: "Sleeping" }, /unknown state type "Sleeping"/],
  [{}, /unknown state type null/],
  [{ type: "Running", message: "x".repeat(1_000_001) }, /too large/],
  [{ type: "Scheduled", start_time: "soon" }, /timestamp/],
];

for (const [wrong, message] of BAD) {
  Deno.test(`states: given ${JSON.stringify(wrong).slice(0, 60)}, when set, then it is refused`, () => {
    const at = started();

    const error = at.on.refused("set_flow_run_states", {
      states: [{ flow_run_id: at.run, state: wrong ?? null }],
    }, STATES);

    assert.match(error.message, message);
    assert.equal(row(at)["version"], 1);
  });
}

Deno.test("states: given a run that does not exist, when a state is set, then the run is named", () => {
  const error = bench().refused("set_flow_run_states", {
    states: [{ flow_run_id: "none", state: state("Running") }],
  }, STATES);

  assert.equal(error.message, "Flow run none not found");
});

const CANCELS: readonly (readonly [string, string])[] = [
  ["Scheduled", "Cancelled"],
  ["Submitted", "Cancelled"],
  ["Paused", "Cancelled"],
  ["Queued", "Cancelled"],
  ["Running", "Cancelling"],
  ["Cancelling", "Cancelling"],
  ...[...FINISHED].map((type): [string, string] => [type, type]),
];

for (const [before, after] of CANCELS) {
  Deno.test(`cancel: given a run that is ${before}, when cancelled, then it is ${after}`, () => {
    const at = started();
    set(at, before);

    assert.deepEqual(at.on.mutate("cancel_flow_run", { flow_run_id: at.run }, "state"), { state: after });
    assert.equal(row(at)["state"], after);
  });
}

Deno.test("cancel: given a run that waits, when cancelled, then its task runs are cancelled, finished ones stay", () => {
  const at = started();
  const [first] = at.on.ask('query { task_run(where: { task: { slug: { _eq: "first" } } }) { id } }') as {
    id: string;
  }[];
  set(at, "Running");
  const done = [{ task_run_id: String(first?.id), state: state("Success") }];
  at.on.mutate("set_task_run_states", { states: done }, STATES);

  set(at, "Cancelled");

  const rows = at.on.ask("query { task_run(order_by: { task: { slug: asc } }) { state version } }");
  assert.deepEqual(rows, [{ state: "Success", version: 1 }, { state: "Cancelled", version: 1 }]);
});

Deno.test("heartbeat: given a run, when it gives a sign of life, then the time is kept", () => {
  const at = started();
  at.on.at(START_MS + 60_000);

  assert.deepEqual(at.on.mutate("update_flow_run_heartbeat", { flow_run_id: at.run }, "success"), {
    success: true,
  });
  assert.equal(row(at)["heartbeat"], "2026-11-21T08:01:00.000000+00:00");
});

Deno.test("names: given a run, when renamed and deleted, then both are seen", () => {
  const at = started();

  at.on.mutate("set_flow_run_name", { flow_run_id: at.run, name: "renamed" }, "success");
  assert.deepEqual(at.on.ask("query { flow_run { name } }"), [{ name: "renamed" }]);
  at.on.mutate("delete_flow_run", { flow_run_id: at.run }, "success");
  assert.deepEqual(at.on.ask("query { flow_run { name } }"), []);
  assert.deepEqual(at.on.ask("query { task_run { id } }"), []);
});

Deno.test("inputs: given a mistyped or missing field, when sent, then status 400 names it and not its value", () => {
  const on = bench();
  for (const input of [{ flow_run_id: 7 }, {}, { flow_run_id: "a", sate: "hunter2" }]) {
    const error = on.refused("cancel_flow_run", input, "state");
    assert.equal(error.status, 400);
    assert.match(error.message, /"input\.(flow_run_id|sate)"/);
    assert.doesNotMatch(error.message, /hunter2/);
  }
  assert.equal(
    firstError(on.execute('mutation { cancel_flow_run(input: { flow_run_id: "a" }) { id } }')).status,
    400,
  );
  assert.ok(isJsonObject(on.execute("query { hello }").body));
});
