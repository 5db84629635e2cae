import assert from "node:assert/strict";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { type Bench, bench, created, registered, serializedFlow } from "../support/sandbox_store.ts";

const STATES = "states { id status message }";
const INFO = "id version serialized_state";

interface Started {
  readonly on: Bench;
  readonly run: string;
  readonly task: string;
}

/** A run of a flow whose only task has the tag `heavy`; the run is Running. */
function running(on: Bench = bench()): Started {
  const tasks = [{
    slug: "first",
    name: "first",
    type: "prefect.Task",
    tags: ["heavy"],
    cache_key: "shared",
  }];
  const flow = registered(on, serializedFlow("tagged", { tasks, edges: [] }));
  const run = created(on, { flow_id: flow });
  on.mutate("set_flow_run_states", { states: [{ flow_run_id: run, state: { type: "Running" } }] }, STATES);
  const [row] = on.store.all("SELECT id FROM task WHERE flow_id = ?", flow);
  return { on, run, task: String(row?.["id"]) };
}

function info({ on, run, task }: Started, mapIndex = -1): JsonObject {
  return on.mutate(
    "get_or_create_task_run_info",
    { flow_run_id: run, task_id: task, map_index: mapIndex },
    INFO,
  );
}

function set({ on }: Started, id: unknown, type: string, version: number | null = null): JsonObject {
  return on.mutate(
    "set_task_run_states",
    { states: [{ task_run_id: String(id), state: { type }, version }] },
    STATES,
  );
}

Deno.test("task runs: given one that goes on, when its history is asked for, then it begins with Pending", () => {
  const at = running();
  const ask = () =>
    at.on.ask("query { task_run { state states(order_by: { version: asc }) { state version message } } }");
  const created = { state: "Pending", version: 0, message: "Task run created" };
  const before = ask();
  set(at, info(at)["id"], "Running", 0);
  const after = ask();

  assert.deepEqual(before, [{ state: "Pending", states: [created] }]);
  assert.deepEqual(after, [{
    state: "Running",
    states: [created, { state: "Running", version: 1, message: null }],
  }]);
});

Deno.test("task runs: given a new flow run, when asked for, then each task has a Pending one in version 0", () => {
  const at = running();

  const { version, serialized_state } = info(at);

  assert.deepEqual({ version, serialized_state }, {
    version: 0,
    serialized_state: { type: "Pending", message: "Task run created" },
  });
  assert.deepEqual(at.on.ask("query { task_run { map_index cache_key } }"), [{
    map_index: -1,
    cache_key: "shared",
  }]);
});

Deno.test("task runs: given a place, when asked for twice, then it is the same; another index is another", () => {
  const at = running();

  const mapped = info(at, 0);

  assert.equal(info(at, 0)["id"], mapped["id"]);
  assert.notEqual(info(at)["id"], mapped["id"]);
  assert.notEqual(info(at, 1)["id"], mapped["id"]);
  assert.equal((at.on.ask("query { task_run { id } }") as unknown[]).length, 3);
});

Deno.test("task runs: given its states, when set, then version, run count and times follow", () => {
  const at = running();
  const { id } = info(at);

  set(at, id, "Running", 0);
  set(at, id, "Retrying");
  set(at, id, "Running", 2);
  set(at, id, "Success");

  const row = at.on.store.byId("task_run", String(id)) ?? {};
  assert.equal(row["version"], 4);
  assert.equal(row["run_count"], 2);
  assert.ok(String(row["start_time"]) < String(row["end_time"]));
  const answer = at.on.ask(`query { get_task_run_info(task_run_id: "${id}") { version serialized_state } }`);
  assert.deepEqual(answer, { version: 4, serialized_state: { type: "Success" } });
});

Deno.test("task runs: given Running of an old version, when set, then it is refused", () => {
  const at = running();
  const { id } = info(at);
  set(at, id, "Running", 0);

  const states = [{ task_run_id: String(id), state: { type: "Running" }, version: 0 }];

  assert.equal(at.on.refused("set_task_run_states", { states }, STATES).code, "VERSION_LOCKING_ERROR");
});

for (const type of ["Scheduled", "Submitted", "Cancelled", "Success"]) {
  Deno.test(`task runs: given a flow run that is ${type}, when a task run starts, then it is refused`, () => {
    const at = running();
    const { id } = info(at);
    at.on.mutate("set_flow_run_states", { states: [{ flow_run_id: at.run, state: { type } }] }, STATES);

    const states = [{ task_run_id: String(id), state: { type: "Running" } }];

    const { message } = at.on.refused("set_task_run_states", { states }, STATES);
    assert.ok(message.startsWith(`State update failed for task run ID ${id}`), message);
  });
}

Deno.test("task runs: given a flow run that is Cancelling, when a task run starts, then it may", () => {
  const at = running();
  at.on.mutate("cancel_flow_run", { flow_run_id: at.run }, "state");

  assert.match(JSON.stringify(set(at, info(at)["id"], "Running")), /SUCCESS/);
});

Deno.test("tag limit: given as many running as the limit allows, when one more starts, then it is QUEUED unchanged", () => {
  const at = running();
  const other = running(at.on);
  at.on.mutate("update_task_tag_limit", { tag: "heavy", limit: 1 }, "id");
  set(at, info(at)["id"], "Running");
  const { id } = info(other);

  assert.deepEqual(set(other, id, "Running", 0), {
    states: [{ id, status: "QUEUED", message: "Queued by task tag concurrency limit: heavy" }],
  });
  assert.equal(info(other)["version"], 0);

  set(at, info(at)["id"], "Success");
  assert.match(JSON.stringify(set(other, id, "Running", 0)), /SUCCESS/);
});

Deno.test("tag limit: given a limit, when read, changed and deleted, then each is seen", () => {
  const on = bench();
  const ask = () => on.ask('query { task_tag_limit(where: { tag: { _eq: "heavy" } }) { limit } }');

  const { id } = on.mutate("update_task_tag_limit", { tag: "heavy", limit: 3 }, "id");
  on.mutate("update_task_tag_limit", { tag: "heavy", limit: 2 }, "id");
  assert.deepEqual(ask(), [{ limit: 2 }]);
  assert.deepEqual(on.mutate("delete_task_tag_limit", { limit_id: String(id) }, "success"), {
    success: true,
  });
  assert.deepEqual(ask(), []);
  assert.equal(on.refused("update_task_tag_limit", { tag: "heavy", limit: -1 }, "id").status, 400);
});

Deno.test("task runs: given a name, when set, then it is kept", () => {
  const at = running();

  at.on.mutate("set_task_run_name", { task_run_id: String(info(at)["id"]), name: "named-7" }, "success");

  assert.deepEqual(at.on.ask("query { task_run { name } }"), [{ name: "named-7" }]);
});

Deno.test("task runs: given ids that do not exist, when used, then the error names them", () => {
  const at = running();
  const place = { flow_run_id: at.run, task_id: "none", map_index: -1 };

  assert.equal(at.on.refused("get_or_create_task_run_info", place, INFO).message, "Task none not found");
  const states = [{ task_run_id: "gone", state: { type: "Running" } }];
  assert.equal(at.on.refused("set_task_run_states", { states }, STATES).message, "Task run gone not found");
});
