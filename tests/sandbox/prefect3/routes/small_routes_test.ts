import assert from "node:assert/strict";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { prefect3World, withDeployment } from "../../support/prefect3_world.ts";

Deno.test("Prefect 3 API: given lines of logs, when they are filtered, then by run, level, order and page", async () => {
  const world = prefect3World();
  const { run } = await withDeployment(world);
  const [one, other] = [await run(), await run()];
  const line = (id: string, level: number, second: number) => ({
    ...{ name: "n", level, message: `${level}`, flow_run_id: id },
    timestamp: `2026-12-01T05:00:0${second}Z`,
  });
  await world.ask("POST", "/logs/", [line(one.id, 20, 2), line(one.id, 40, 1), line(other.id, 20, 3)]);

  const read = async (body: JsonObject) =>
    ((await world.ask("POST", "/logs/filter", body)).body as { message: string }[]).map(({ message }) =>
      message
    );

  assert.deepEqual(await read({ logs: { flow_run_id: { any_: [one.id] } } }), ["40", "20"]);
  assert.deepEqual(await read({ logs: { flow_run_id: { any_: [one.id] }, level: { ge_: 30 } } }), ["40"]);
  assert.deepEqual(await read({ sort: "TIMESTAMP_DESC", limit: 1, offset: 1 }), ["20"]);
});

Deno.test("Prefect 3 API: given a variable and a block, when they are read by name, then their values come back, and a second of the name is refused", async () => {
  const world = prefect3World();
  const type = await world.made("POST", "/block_types/", { name: "Secret", slug: "secret" });
  const schema = await world.made("POST", "/block_schemas/", { fields: {}, block_type_id: type.id });
  const document = { name: "key", data: { value: "v" }, block_schema_id: schema.id, block_type_id: type.id };
  const block = await world.made("POST", "/block_documents/", document);
  await world.made("POST", "/variables/", { name: "limit", value: { a: [1] } });
  await world.ask("PATCH", "/variables/name/limit", { value: 7 });

  const byName = await world.made("GET", "/block_types/slug/secret/block_documents/name/key");
  const byId = await world.made("GET", `/block_documents/${block.id}`);
  const variable = await world.made("GET", "/variables/name/limit");
  const again = [
    await world.ask("POST", "/variables/", { name: "limit", value: 1 }),
    await world.ask("POST", "/block_documents/", document),
    await world.ask("POST", "/block_types/", { name: "Secret", slug: "secret" }),
  ];

  assert.deepEqual([byName["data"], byId["data"]], [{ value: "v" }, { value: "v" }]);
  assert.equal(variable["value"], 7);
  assert.deepEqual(again.map(({ status }) => status), [409, 409, 409]);
});

Deno.test("Prefect 3 API: given inputs of a run, when they are filtered, read and deleted, then by prefix, and each once", async () => {
  const world = prefect3World();
  const { run } = await withDeployment(world);
  const { id } = await run();
  for (const key of ["in-1", "in-2", "other"]) {
    await world.ask("POST", `/flow_runs/${id}/input`, { key, value: key });
  }

  const twice = await world.ask("POST", `/flow_runs/${id}/input`, { key: "in-1", value: "x" });
  const { body } = await world.ask("POST", `/flow_runs/${id}/input/filter`, {
    ...{ prefix: "in-", limit: 5, exclude_keys: ["in-1"] },
  });
  const read = await world.send("GET", `/flow_runs/${id}/input/in-2`, "");
  await world.ask("DELETE", `/flow_runs/${id}/input/in-2`);
  const gone = await world.ask("GET", `/flow_runs/${id}/input/in-2`);

  assert.equal(twice.status, 409);
  assert.deepEqual((body as JsonObject[]).map(({ key }) => key), ["in-2"]);
  assert.equal(await read.text(), "in-2");
  assert.equal(gone.status, 404);
});

Deno.test("Prefect 3 API: given a task run that stands for a flow run, when that changes its state, then the task run has it too", async () => {
  const world = prefect3World();
  const { run, flow, propose } = await withDeployment(world);
  const parent = await run();
  const task = { task_key: "sub", dynamic_key: "0", flow_run_id: parent.id, name: "sub-0" };

  const made = await world.made("POST", "/task_runs/", task);
  const again = await world.ask("POST", "/task_runs/", task);
  const child = await world.made("POST", "/flow_runs/", { flow_id: flow.id, parent_task_run_id: made.id });
  await propose(child.id, { type: "RUNNING" });
  await propose(child.id, { type: "COMPLETED" });
  const read = await world.made("GET", `/task_runs/${made.id}`);
  const { body } = await world.ask("POST", "/task_runs/filter", { flow_runs: { id: { any_: [parent.id] } } });

  assert.equal(again.status, 200);
  assert.equal(read["state_name"], "Completed");
  assert.equal(((read["state"] as JsonObject)["state_details"] as JsonObject)["child_flow_run_id"], child.id);
  assert.equal((body as unknown[]).length, 1);
});

Deno.test("Prefect 3 API: given queues, when one wants a priority that is taken, then the others move on", async () => {
  const world = prefect3World();
  await world.made("POST", "/work_pools/", { name: "lab", type: "ecs" });
  await world.made("POST", "/work_pools/lab/queues", { name: "second" });
  await world.made("POST", "/work_pools/lab/queues", { name: "first", priority: 1 });
  await world.made("POST", "/work_pools/lab/queues", { name: "last" });

  const { body } = await world.ask("POST", "/work_pools/lab/queues/filter", {});
  await world.ask("PATCH", "/work_pools/lab/queues/last", { priority: 2 });
  const { body: moved } = await world.ask("POST", "/work_pools/lab/queues/filter", {});
  const { body: one } = await world.ask("POST", "/work_pools/lab/queues/filter", {
    work_queues: { name: { startswith_: ["se"] } },
  });

  const order = (rows: unknown) => (rows as JsonObject[]).map(({ name, priority }) => `${name} ${priority}`);
  assert.deepEqual(order(moved), ["first 1", "last 2", "default 3", "second 4"]);
  assert.deepEqual(order(body), ["first 1", "default 2", "second 3", "last 4"]);
  assert.deepEqual((one as JsonObject[]).map(({ name }) => name), ["second"]);
});

Deno.test("Prefect 3 API: given pools of two types, when they are filtered by type, then only those of it come", async () => {
  const world = prefect3World();
  await world.made("POST", "/work_pools/", { name: "lab", type: "ecs" });
  await world.made("POST", "/work_pools/", { name: "desk", type: "process" });

  const { body } = await world.ask("POST", "/work_pools/filter", { work_pools: { type: { any_: ["ecs"] } } });

  assert.deepEqual((body as JsonObject[]).map(({ name }) => name), ["lab"]);
});

Deno.test("Prefect 3 API: given a run, when its name is taken away, then it gets a new one", async () => {
  const world = prefect3World();
  const { id } = await (await withDeployment(world)).run({ name: "mine" });

  await world.ask("PATCH", `/flow_runs/${id}`, { name: null });
  const { name } = await world.made("GET", `/flow_runs/${id}`);

  assert.match(String(name), /^[a-z]+-[a-z]+$/);
});

Deno.test("Prefect 3 API: given a deployment that is deployed again, then it is the same one with its changes, and its limit can be taken away", async () => {
  const world = prefect3World();
  const { flow, deployment } = await withDeployment(world, { concurrency_limit: 2 });
  const values = { name: "daily", flow_id: flow.id, work_pool_name: "lab", work_queue_name: "fast" };

  const again = await world.ask("POST", "/deployments/", { ...values, description: "new" });
  await world.ask("PATCH", `/deployments/${deployment.id}`, { concurrency_limit: null, tags: ["x"] });
  const read = await world.made("GET", "/deployments/name/greet/daily");

  assert.equal(again.status, 200);
  assert.equal((again.body as JsonObject)["id"], deployment.id);
  assert.deepEqual(
    [read["description"], read["work_queue_name"], read["global_concurrency_limit"], read["tags"]],
    ["new", "fast", null, ["x"]],
  );
});
