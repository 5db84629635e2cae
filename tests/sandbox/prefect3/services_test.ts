import assert from "node:assert/strict";
import { startServices } from "../../../sandbox/prefect3/services.ts";
import { prefect3World, withDeployment } from "../support/prefect3_world.ts";

Deno.test("Prefect 3 API: given a run that nobody takes, when 15 s are over, then it is Late and still offered", async () => {
  const world = prefect3World();
  const { run } = await withDeployment(world);
  const { id } = await run();

  await world.clock.advance(16_000);
  world.sweep();
  const read = await world.made("GET", `/flow_runs/${id}`);
  const { body } = await world.ask("POST", "/work_pools/lab/get_scheduled_flow_runs", {});

  assert.deepEqual([read["state_type"], read["state_name"]], ["SCHEDULED", "Late"]);
  assert.equal((body as unknown[]).length, 1);
});

Deno.test("Prefect 3 API: given a pause that nobody ends, when its time is over, then the run is Failed", async () => {
  const world = prefect3World();
  const { run, propose } = await withDeployment(world);
  const { id } = await run();
  await propose(id, { type: "PENDING" });
  await propose(id, { type: "RUNNING" });
  await propose(id, {
    type: "PAUSED",
    state_details: { pause_timeout: "2026-12-01T05:01:00Z", pause_key: "k", pause_reschedule: false },
  });

  world.sweep();
  const before = await world.made("GET", `/flow_runs/${id}`);
  await world.clock.advance(61_000);
  world.sweep();
  const after = await world.made("GET", `/flow_runs/${id}`);

  assert.deepEqual([before["state_name"], after["state_name"]], ["Paused", "Failed"]);
});

Deno.test("Prefect 3 API: given a run that is Cancelling for too long, then it is Cancelled and one message asks to stop its task", async () => {
  const world = prefect3World({ cancellingTimeout: 30 });
  const { run, propose, pool } = await withDeployment(world);
  const taker = { poolId: pool.id, worker: "one", kinds: ["cancelling_timeout_teardown.v1"], most: 2 };
  const { id } = await run();
  await propose(id, { type: "PENDING" });
  await propose(id, { type: "RUNNING" });
  await world.ask("PATCH", `/flow_runs/${id}`, { infrastructure_pid: "default::arn:task" });
  await propose(id, { type: "CANCELLING" });

  await world.clock.advance(29_000);
  world.sweep();
  const early = world.cleanups.reserve(taker, null);
  await world.clock.advance(2000);
  world.sweep();
  world.sweep();
  const read = await world.made("GET", `/flow_runs/${id}`);
  const reserved = world.cleanups.reserve(taker, null);
  const another = world.cleanups.reserve(taker, null);

  assert.equal(early, null);
  assert.equal(read["state_name"], "Cancelled");
  assert.deepEqual(reserved?.message["target"], { flow_run_id: id, infrastructure_pid: "default::arn:task" });
  assert.equal(another, null);
});

Deno.test("Prefect 3 API: given a worker, when three heartbeats are missing, then it is OFFLINE and its pool not ready", async () => {
  const world = prefect3World();
  await withDeployment(world);
  const beat = { name: "one", heartbeat_interval_seconds: 2 };
  const status = async () => {
    const { body } = await world.ask("POST", "/work_pools/lab/workers/filter", {});
    const pool = await world.made("GET", "/work_pools/lab");
    return [(body as { status: string }[])[0]?.status, pool["status"]];
  };

  await world.ask("POST", "/work_pools/lab/workers/heartbeat", beat);
  const living = await status();
  await world.clock.advance(7000);
  const dead = await status();

  assert.deepEqual([living, dead], [["ONLINE", "READY"], ["OFFLINE", "NOT_READY"]]);
});

Deno.test("Prefect 3 API: given a store that fails, when late runs are looked for, then one line says so each time, and it is tried again", async () => {
  const world = prefect3World();
  world.serving.store.close();
  const end = startServices(world.serving, world.cleanups);

  await world.clock.advance(5000);
  const first = world.lines.length;
  await world.clock.advance(5000);
  end();

  assert.deepEqual([first, world.lines.length], [1, 2]);
  assert.match(world.lines[0] ?? "", /^prefect3: looking for late, paused and cancelled runs failed/);
});
