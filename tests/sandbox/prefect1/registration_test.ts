import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { type Bench, bench, created, registered, serializedFlow } from "../support/sandbox_store.ts";

function flows(on: Bench, fields: string): Json {
  return on.ask(`query { flow(order_by: { version: asc }) { ${fields} } }`);
}

Deno.test("registration: given a flow, when registered, then its parts, tasks and edges can be read", () => {
  const on = bench();
  const flow = serializedFlow("etl", { run_config: { type: "UniversalRun", labels: ["lab"] } });

  registered(on, flow);

  assert.deepEqual(
    flows(
      on,
      "name version archived core_version storage run_config environment parameters settings serialized_flow",
    ),
    [{
      name: "etl",
      version: 1,
      archived: false,
      core_version: "0.15.13",
      storage: { type: "Local" },
      run_config: { type: "UniversalRun", labels: ["lab"] },
      environment: null,
      parameters: [],
      settings: {},
      serialized_flow: flow,
    }],
  );
  assert.deepEqual(flows(on, "tasks { slug is_root_task is_terminal_task mapped } edges { key mapped }"), [{
    tasks: [
      { slug: "first", is_root_task: true, is_terminal_task: false, mapped: false },
      { slug: "second", is_root_task: false, is_terminal_task: true, mapped: false },
    ],
    edges: [{ key: "x", mapped: false }],
  }]);
});

Deno.test("registration: given a flow again, when registered, then it is the next version and the old one archived", () => {
  const on = bench();
  const first = registered(on);
  const waiting = created(on, { flow_id: first });
  const running = created(on, { flow_id: first });
  const states = [{ flow_run_id: running, state: { type: "Running" } }];
  on.mutate("set_flow_run_states", { states }, "states { id }");

  registered(on);

  assert.deepEqual(flows(on, "version archived"), [{ version: 1, archived: true }, {
    version: 2,
    archived: false,
  }]);
  assert.equal(on.store.byId("flow_run", waiting)?.["state"], "Cancelled");
  assert.equal(on.store.byId("flow_run", running)?.["state"], "Running");
  assert.deepEqual(on.ask("query { flow_group { flows { version } } }"), [{
    flows: [{ version: 1 }, { version: 2 }],
  }]);
});

Deno.test("registration: given idempotency keys, when the last one repeats, then nothing is registered", () => {
  const on = bench();
  const flow = serializedFlow("etl");
  const first = registered(on, flow, { idempotency_key: "k1" });

  assert.equal(registered(on, flow, { idempotency_key: "k1" }), first);
  const second = registered(on, flow, { idempotency_key: "k2" });
  assert.notEqual(second, first);
  assert.notEqual(
    registered(on, flow, { idempotency_key: "k1" }),
    first,
    "only the key of the last version counts",
  );
  assert.deepEqual(flows(on, "version"), [{ version: 1 }, { version: 2 }, { version: 3 }]);
});

Deno.test("registration: given a version group, when two flows share it, then they are versions of each other", () => {
  const on = bench();

  registered(on, serializedFlow("one"), { version_group_id: "shared" });
  registered(on, serializedFlow("two"), { version_group_id: "shared" });
  registered(on, serializedFlow("one"));

  assert.deepEqual(flows(on, "name version version_group_id"), [
    { name: "one", version: 1, version_group_id: "shared" },
    { name: "two", version: 2, version_group_id: "shared" },
    { name: "one", version: 3, version_group_id: "shared" },
  ]);
});

Deno.test("registration: given flows of one name in two projects, when registered, then each has its own versions", () => {
  const on = bench();
  registered(on);
  const { id } = on.mutate("create_project", { name: "second" }, "id");

  on.mutate("create_flow", { project_id: String(id), serialized_flow: serializedFlow("etl") }, "id");

  assert.deepEqual(flows(on, "version project { name }"), [
    { version: 1, project: { name: "lab" } },
    { version: 1, project: { name: "second" } },
  ]);
});

Deno.test("registration: given gzip in base64, when registered, then it is the flow inside", () => {
  const on = bench();
  const project = on.mutate("create_project", { name: "lab" }, "id")["id"] ?? null;
  const packed = Buffer.from(gzipSync(JSON.stringify(serializedFlow("packed")))).toString("base64");
  const send = (serialized_flow: string) => ({ project_id: project, serialized_flow });

  on.mutate("create_flow_from_compressed_string", send(packed), "id");

  assert.deepEqual(flows(on, "name"), [{ name: "packed" }]);
  for (const wrong of ["", "AAAA", "{}", Buffer.from(gzipSync("not json")).toString("base64")]) {
    const error = on.refused("create_flow_from_compressed_string", send(wrong), "id");
    assert.match(error.message, /Invalid flow/);
  }
});

Deno.test("registration: given tasks and edges in batches, when sent, then they join the flow; mapped ones say so", () => {
  const on = bench();
  const flow_id = registered(on, serializedFlow("bare", { tasks: [], edges: [] }));
  const task = (slug: string) => ({
    slug,
    name: slug,
    type: "T",
    max_retries: 2,
    retry_delay: 60,
    tags: ["x"],
  });
  const edge = { upstream_task: { slug: "a" }, downstream_task: { slug: "b" }, key: "x", mapped: true };

  on.mutate("register_tasks", { flow_id, serialized_tasks: [task("a")] }, "success");
  on.mutate("register_tasks", { flow_id, serialized_tasks: [task("a"), task("b")] }, "success");
  on.mutate("register_edges", { flow_id, serialized_edges: [edge] }, "success");
  on.mutate("register_edges", { flow_id, serialized_edges: [] }, "success");

  assert.deepEqual(
    on.ask("query { task(order_by: { slug: asc }) { slug mapped max_retries retry_delay tags } }"),
    [
      { slug: "a", mapped: false, max_retries: 2, retry_delay: 60, tags: ["x"] },
      { slug: "b", mapped: true, max_retries: 2, retry_delay: 60, tags: ["x"] },
    ],
  );
  const lost = { ...edge, downstream_task: { slug: "c" } };
  const error = on.refused("register_edges", { flow_id, serialized_edges: [lost] }, "success");
  assert.match(error.message, /no task "c"/);
});

const WRONG: readonly (readonly [JsonObject, RegExp])[] = [
  [{ serialized_flow: serializedFlow("") }, /no name/],
  [{ serialized_flow: [1] }, /not an object/],
  [{ project_id: "none" }, /Project none not found/],
];

for (const [wrong, message] of WRONG) {
  Deno.test(`registration: given ${message}, when registered, then it is refused and nothing is kept`, () => {
    const on = bench();
    const project_id = on.mutate("create_project", { name: "lab" }, "id")["id"] ?? null;
    const input = { project_id, serialized_flow: serializedFlow("etl"), ...wrong };

    assert.match(on.refused("create_flow", input, "id").message, message);
    assert.deepEqual(flows(on, "id"), []);
    assert.deepEqual(on.ask("query { flow_group { id } }"), []);
  });
}

Deno.test("registration: given a flow whose edges are wrong, when registered, then the earlier version stays", () => {
  const on = bench();
  registered(on);
  const edges = [{ upstream_task: { slug: "first" }, downstream_task: { slug: "lost" } }];
  const project_id = String(on.store.all("SELECT id FROM project")[0]?.["id"]);

  on.refused("create_flow", { project_id, serialized_flow: serializedFlow("etl", { edges }) }, "id");

  assert.deepEqual(flows(on, "version archived"), [{ version: 1, archived: false }]);
});

Deno.test("projects: given a name that is taken, when created, then the message is the one the CLI looks for", () => {
  const on = bench();
  on.mutate("create_project", { name: "lab", tenant_id: null }, "id");

  const error = on.refused("create_project", { name: "lab" }, "id");

  assert.deepEqual(error, { status: 200, message: "Uniqueness violation.", code: "INTERNAL_SERVER_ERROR" });
});

Deno.test("projects: given one with runs, when deleted, then all of it is gone and the name free again", () => {
  const on = bench();
  created(on, { flow_id: registered(on) });
  const project_id = String(on.store.all("SELECT id FROM project")[0]?.["id"]);

  assert.deepEqual(on.mutate("delete_project", { project_id }, "success"), { success: true });
  assert.deepEqual(on.mutate("delete_project", { project_id }, "success"), { success: false });

  for (const table of ["project", "flow", "task", "edge", "flow_run", "task_run", "flow_run_state"]) {
    assert.deepEqual(on.ask(`query { ${table} { id } }`), [], table);
  }
  registered(on);
});

Deno.test("schedules: given a flow, when switched and archived, then it says so", () => {
  const on = bench();
  const flow_id = registered(on);

  on.mutate("set_schedule_inactive", { flow_id }, "success");
  assert.deepEqual(flows(on, "is_schedule_active"), [{ is_schedule_active: false }]);
  on.mutate("set_schedule_active", { flow_id }, "success");
  assert.deepEqual(flows(on, "is_schedule_active"), [{ is_schedule_active: true }]);
  on.mutate("archive_flow", { flow_id }, "success");
  assert.deepEqual(flows(on, "archived"), [{ archived: true }]);
});
