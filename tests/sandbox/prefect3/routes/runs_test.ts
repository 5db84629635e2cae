import assert from "node:assert/strict";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { prefect3World, withDeployment } from "../../support/prefect3_world.ts";

Deno.test("Prefect 3 API: given a scheduled run, when it is claimed twice, then the second claim is aborted and names the reason", async () => {
  const world = prefect3World();
  const { run, propose } = await withDeployment(world);
  const { id, next_scheduled_start_time: due } = await run();

  const first = await propose(id, { type: "PENDING" });
  const second = await propose(id, { type: "PENDING" });

  assert.equal(first.status, "ACCEPT");
  assert.equal(first.state.state_details["scheduled_time"], due);
  assert.equal(second.status, "ABORT");
  assert.match(
    String(second.details["reason"]),
    /in a PENDING state and cannot transition to a PENDING state/,
  );
});

Deno.test("Prefect 3 API: given a repeated transition, then it is rejected with the state that it made, and answered 200", async () => {
  const world = prefect3World();
  const { run } = await withDeployment(world);
  const { id } = await run();
  const state = { type: "PENDING", state_details: { transition_id: "11111111-1111-4111-8111-111111111111" } };

  const first = await world.ask("POST", `/flow_runs/${id}/set_state`, { state });
  const second = await world.ask("POST", `/flow_runs/${id}/set_state`, { state });

  assert.deepEqual([first.status, second.status], [201, 200]);
  const [one, other] = [first.body, second.body] as { status: string; state: { id: string } }[];
  assert.deepEqual([one?.status, other?.status, one?.state.id === other?.state.id], [
    "ACCEPT",
    "REJECT",
    true,
  ]);
});

Deno.test("Prefect 3 API: given a deployment with one slot, when two runs are claimed, then the second waits until the first has ended", async () => {
  const world = prefect3World();
  const { run, propose, deployment } = await withDeployment(world, { concurrency_limit: 1 });
  const [one, other] = [await run(), await run()];

  const first = await propose(one.id, { type: "PENDING" });
  const refused = await propose(other.id, { type: "PENDING" });
  const taken = await world.made("GET", `/deployments/${deployment.id}`);
  await propose(one.id, { type: "RUNNING" });
  await propose(one.id, { type: "COMPLETED" });
  const free = await world.made("GET", `/deployments/${deployment.id}`);
  const again = await propose(other.id, { type: "PENDING" });

  assert.equal(first.status, "ACCEPT");
  assert.deepEqual([refused.status, refused.state["name"]], ["REJECT", "AwaitingConcurrencySlot"]);
  const slots = (row: JsonObject) => (row["global_concurrency_limit"] as JsonObject)["active_slots"];
  assert.deepEqual([slots(taken), slots(free)], [1, 0]);
  assert.equal(again.status, "ACCEPT");
});

Deno.test("Prefect 3 API: given a lease that nobody renews, when its time is over, then its slot is free", async () => {
  const world = prefect3World({ deploymentLease: 60 });
  const { run, propose } = await withDeployment(world, { concurrency_limit: 1 });
  const [one, other] = [await run(), await run()];
  const claimed = await propose(one.id, { type: "PENDING" });
  const lease = String(claimed.state.state_details["deployment_concurrency_lease_id"]);

  await world.clock.advance(50_000);
  const renewed = await world.ask("POST", `/v2/concurrency_limits/leases/${lease}/renew`, {
    lease_duration: 60,
  });
  await world.clock.advance(50_000);
  world.sweep();
  const held = await propose(other.id, { type: "PENDING" });
  await world.clock.advance(61_000);
  world.sweep();
  const free = await propose(other.id, { type: "PENDING" });

  assert.equal(renewed.status, 204);
  assert.equal(held.status, "REJECT");
  assert.equal(free.status, "ACCEPT");
});

Deno.test("Prefect 3 API: given a suspended run, when it is resumed, then it is offered as new work, its pause has fired, and its states tell the way", async () => {
  const world = prefect3World();
  const { run, propose } = await withDeployment(world);
  const { id } = await run();
  const pause = {
    type: "PAUSED",
    name: "Suspended",
    state_details: { pause_reschedule: true, pause_key: "k", pause_timeout: "2026-12-02T00:00:00Z" },
  };

  await propose(id, { type: "PENDING" });
  await propose(id, { type: "RUNNING" });
  const suspended = await propose(id, pause);
  const resumed = await world.ask("POST", `/flow_runs/${id}/resume`, {});
  const { body: offered } = await world.ask("POST", "/work_pools/lab/get_scheduled_flow_runs", {});
  await propose(id, { type: "PENDING" });
  await propose(id, { type: "RUNNING" });
  const again = await propose(id, pause);
  const { body: states } = await world.ask("GET", `/flow_run_states/?flow_run_id=${id}`);

  assert.equal(suspended.status, "ACCEPT");
  assert.equal(resumed.status, 201);
  assert.deepEqual((offered as { flow_run: { id: string } }[]).map(({ flow_run }) => flow_run.id), [id]);
  assert.equal(again.status, "REJECT");
  const names = (states as JsonObject[]).map(({ name }) => name);
  assert.deepEqual(names, ["Scheduled", "Pending", "Running", "Suspended", "Resuming", "Pending", "Running"]);
});

Deno.test("Prefect 3 API: given runs of a deployment, when fifty are claimed at once, then each is answered by its id", async () => {
  const world = prefect3World();
  const { run, propose } = await withDeployment(world);
  const ids = [(await run()).id, (await run()).id, (await run()).id];
  await propose(ids[1] ?? "", { type: "PENDING" });

  const { body } = await world.ask("POST", "/flow_runs/bulk_set_state", {
    flow_runs: { id: { any_: ids } },
    state: { type: "PENDING" },
    limit: 50,
  });

  const { results } = body as { results: { flow_run_id: string; status: string }[] };
  const verdicts = new Map(results.map(({ flow_run_id, status }) => [flow_run_id, status]));
  assert.deepEqual(ids.map((id) => verdicts.get(id)), ["ACCEPT", "ABORT", "ACCEPT"]);
});

Deno.test("Prefect 3 API: given a pool with two slots and a paused queue, when it is polled, then limits, pauses, priorities and times are kept", async () => {
  const world = prefect3World();
  const { run, propose } = await withDeployment(world);
  await world.made("POST", "/work_pools/lab/queues", { name: "urgent", priority: 1 });
  await world.made("POST", "/work_pools/lab/queues", { name: "stopped", is_paused: true });
  const plain = [(await run({ name: "a" })).id, (await run({ name: "b" })).id, (await run({ name: "c" })).id];
  await run({
    name: "later",
    state: { type: "SCHEDULED", state_details: { scheduled_time: "2026-12-01T06:00:00Z" } },
  });
  await run({ name: "paused", work_queue_name: "stopped" });
  await run({ name: "first", work_queue_name: "urgent" });
  await world.made("PATCH", "/work_pools/lab", { concurrency_limit: 3 }).catch(() => undefined);
  await propose(plain[0] ?? "", { type: "PENDING" });

  const polled = await world.ask("POST", "/work_pools/lab/get_scheduled_flow_runs", {
    work_queue_names: [],
    scheduled_before: "2026-12-01T05:01:00Z",
  });
  await world.ask("PATCH", "/work_pools/lab", { is_paused: true });
  const paused = await world.ask("POST", "/work_pools/lab/get_scheduled_flow_runs", {});

  const names = (polled.body as { flow_run: { name: string } }[]).map(({ flow_run }) => flow_run.name);
  assert.deepEqual(names, ["first", "b"]);
  assert.deepEqual(paused.body, []);
});

Deno.test("Prefect 3 API: given a key for idempotency, when a run is made twice, then it is one run", async () => {
  const world = prefect3World();
  const { deployment } = await withDeployment(world);
  const path = `/deployments/${deployment.id}/create_flow_run`;

  const first = await world.ask("POST", path, { idempotency_key: "k" });
  const second = await world.ask("POST", path, { idempotency_key: "k" });

  assert.deepEqual([first.status, second.status], [201, 200]);
  assert.equal((first.body as JsonObject)["id"], (second.body as JsonObject)["id"]);
});

Deno.test("Prefect 3 API: given runs in several states, when they are filtered, then by id, name, state, tag, pool and page", async () => {
  const world = prefect3World();
  const { run, propose } = await withDeployment(world);
  const red = await run({ name: "red one", tags: ["red"] });
  const blue = await run({ name: "blue_one", tags: ["blue", "sky"] });
  await propose(red.id, { type: "PENDING" });
  const found = async (body: JsonObject) =>
    ((await world.ask("POST", "/flow_runs/filter", body)).body as { name: string }[]).map(({ name }) => name);

  assert.deepEqual(await found({ flow_runs: { id: { any_: [blue.id] } } }), ["blue_one"]);
  assert.deepEqual(await found({ flow_runs: { state: { type: { any_: ["PENDING"] } } } }), ["red one"]);
  assert.deepEqual(await found({ flow_runs: { name: { like_: "E_O" } } }), ["blue_one"]);
  assert.deepEqual(await found({ flow_runs: { tags: { all_: ["sky", "blue"] } } }), ["blue_one"]);
  assert.deepEqual(await found({ work_pools: { name: { any_: ["lab"] } }, sort: "NAME_DESC" }), [
    "red one",
    "blue_one",
  ]);
  assert.deepEqual(await found({ work_pools: { name: { any_: ["other"] } } }), []);
  assert.deepEqual(await found({ sort: "NAME_ASC", limit: 1, offset: 1 }), ["red one"]);
  assert.deepEqual((await world.ask("POST", "/flow_runs/count", {})).body, 2);
});

Deno.test("Prefect 3 API: given an infrastructure id and labels, then the id is stored and labels are merged", async () => {
  const world = prefect3World();
  const { run } = await withDeployment(world);
  const { id } = await run();

  await world.ask("PATCH", `/flow_runs/${id}`, { infrastructure_pid: "c::arn" });
  await world.ask("PATCH", `/flow_runs/${id}/labels`, { mine: "1" });
  const read = await world.made("GET", `/flow_runs/${id}`);

  const labels = read["labels"] as JsonObject;
  assert.equal(read["infrastructure_pid"], "c::arn");
  assert.deepEqual(Object.keys(labels), ["prefect.flow.id", "prefect.deployment.id", "mine"]);
  assert.equal(read["state_name"], "Scheduled");
});
