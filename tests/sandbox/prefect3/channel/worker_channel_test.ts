import assert from "node:assert/strict";
import { workerChannel } from "../../../../sandbox/prefect3/channel/worker_channel.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { readChannelFrame } from "../../../../schemas/prefect3/channel_frames.ts";
import {
  fakePeer,
  type Prefect3World,
  prefect3World,
  TEMPLATE,
  withDeployment,
} from "../../support/prefect3_world.ts";

const CONSUMER = "22222222-2222-4222-8222-222222222222";
const TEARDOWN = "cancelling_timeout_teardown.v1";

function frame(type: string, payload: JsonObject): JsonObject {
  return { type, id: crypto.randomUUID(), sent_at: "2026-12-01T05:00:00Z", payload };
}

function hello(more: JsonObject = {}): JsonObject {
  return frame("worker.hello.v1", {
    consumer_id: CONSUMER,
    worker_name: "one",
    worker_type: "ecs",
    heartbeat_interval_seconds: 30,
    supported_channel_versions: ["work_pool_worker_channel.v1"],
    requested_capabilities: ["worker_heartbeat.v1", "work_pool_snapshot.v1", "cleanup_delivery.v1"],
    work_queue_names: [],
    handled_cleanup_kinds: [TEARDOWN],
    max_cleanup_concurrency: 2,
    create_pool_if_not_found: true,
    default_base_job_template: TEMPLATE,
    worker_metadata: null,
    ...more,
  });
}

function opened({ serving, cleanups }: Prefect3World, poolName = "lab") {
  const peer = fakePeer();
  const listener = workerChannel({ serving, cleanups, poolName }, peer);
  const types = () => peer.sent.map(({ type }) => type);
  const payload = (type: string) =>
    peer.sent.findLast((sent) => sent["type"] === type)?.["payload"] as JsonObject;
  return { peer, listener, types, payload };
}

Deno.test("worker channel of the sandbox: given no pool, when a worker greets, then pool, queue and worker are made, and our own reader understands the answer", async () => {
  const world = prefect3World();
  const { listener, peer } = opened(world);

  listener.frame(hello());
  const pool = await world.made("GET", "/work_pools/lab");
  const { body: workers } = await world.ask("POST", "/work_pools/lab/workers/filter", {});

  const { frame: ready, strange } = readChannelFrame(peer.sent[0] ?? {});
  assert.equal(ready?.type, "worker.ready.v1");
  assert.equal(strange, null);
  assert.deepEqual(pool["base_job_template"], TEMPLATE);
  assert.deepEqual((workers as JsonObject[]).map(({ name, status }) => [name, status]), [["one", "ONLINE"]]);
});

/** First frames that end the channel. */
const REFUSED: readonly (readonly [what: string, first: JsonObject | null, code: number, reason: string])[] =
  [
    ["no JSON object", null, 1002, "protocol_error"],
    [
      "a heartbeat",
      frame("worker.heartbeat.v1", {
        consumer_id: CONSUMER,
        worker_name: "one",
        heartbeat_interval_seconds: 30,
      }),
      1002,
      "protocol_error",
    ],
    ["an unknown member", hello({ colour: "red" }), 1002, "protocol_error"],
    ["another version", hello({ supported_channel_versions: ["v9"] }), 1008, "unsupported_version"],
    [
      "no pool and no wish to make it",
      hello({ create_pool_if_not_found: false }),
      1008,
      "authorization_failed",
    ],
    ["a queue that is not there", hello({ work_queue_names: ["nope"] }), 1008, "authorization_failed"],
    ["no heartbeats", hello({ requested_capabilities: ["work_pool_snapshot.v1"] }), 1002, "protocol_error"],
  ];

for (const [what, first, code, reason] of REFUSED) {
  Deno.test(`worker channel of the sandbox: given ${what} at first, then it is closed with ${code} ${reason}`, () => {
    const { listener, peer } = opened(prefect3World());

    listener.frame(first);

    assert.deepEqual(peer.closed, [{ code, reason }]);
    assert.deepEqual(peer.sent, []);
  });
}

Deno.test("worker channel of the sandbox: given an edited pool, then snapshots tell of it once, with growing numbers", async () => {
  const world = prefect3World();
  const { listener, payload, types } = opened(world);
  listener.frame(hello());

  await world.ask("PATCH", "/work_pools/lab", { is_paused: true });
  await world.ask("PATCH", "/work_pools/lab", { concurrency_limit: 5 });
  await world.clock.advance(60);
  const first = payload("work_pool.snapshot.v1");
  await world.ask("PATCH", "/work_pools/lab", { is_paused: false });
  await world.clock.advance(60);

  assert.deepEqual(types(), ["worker.ready.v1", "work_pool.snapshot.v1", "work_pool.snapshot.v1"]);
  const pool = first["work_pool"] as JsonObject;
  assert.deepEqual([first["snapshot_sequence"], pool["is_paused"], pool["concurrency_limit"]], [2, true, 5]);
  assert.equal(payload("work_pool.snapshot.v1")["snapshot_sequence"], 3);
});

async function cancelledRun(world: Prefect3World): Promise<string> {
  const { run, propose } = await withDeployment(world);
  const { id } = await run();
  await propose(id, { type: "PENDING" });
  await propose(id, { type: "RUNNING" });
  await world.ask("PATCH", `/flow_runs/${id}`, { infrastructure_pid: "default::arn:task" });
  await propose(id, { type: "CANCELLING" });
  await world.clock.advance(301_000);
  world.sweep();
  return id;
}

function operation(type: string, message: JsonObject, more: JsonObject = {}): JsonObject {
  const { message_id, reservation_token } = message;
  return frame(type, {
    message_id: message_id ?? null,
    reservation_token: reservation_token ?? null,
    ...more,
  });
}

Deno.test("worker channel of the sandbox: given a cancelling timeout while no worker is there, when one greets, then it gets the message, and an acknowledged one does not come again", async () => {
  const world = prefect3World();
  const runId = await cancelledRun(world);
  const { listener, payload } = opened(world);

  listener.frame(hello());
  const message = payload("cleanup.message.v1");
  listener.frame(operation("cleanup.renew.v1", message));
  const renewed = payload("cleanup.operation_result.v1");
  listener.frame(operation("cleanup.ack.v1", message));
  const acked = payload("cleanup.operation_result.v1");
  listener.frame(operation("cleanup.ack.v1", message));
  const repeated = payload("cleanup.operation_result.v1");
  const next = opened(world);
  next.listener.frame(hello());

  assert.deepEqual(message["target"], { flow_run_id: runId, infrastructure_pid: "default::arn:task" });
  assert.equal(renewed["status"], "accepted");
  assert.ok(String(renewed["lease_expires_at"]) > "2026");
  assert.deepEqual([acked["status"], repeated["status"]], ["accepted", "not_found"]);
  assert.deepEqual(next.types(), ["worker.ready.v1"]);
});

Deno.test("worker channel of the sandbox: given a message whose worker is gone, when its lease is over, then another worker gets it, and the late answer is refused", async () => {
  const world = prefect3World();
  await cancelledRun(world);
  const first = opened(world);
  first.listener.frame(hello());
  const message = first.payload("cleanup.message.v1");
  first.listener.closed();
  const second = opened(world);
  second.listener.frame(hello({ worker_name: "two" }));

  const before = second.types();
  await world.clock.advance(31_000);
  world.sweep();
  second.listener.frame(operation("cleanup.ack.v1", message));

  assert.deepEqual(before, ["worker.ready.v1"]);
  assert.equal(second.payload("cleanup.message.v1")["delivery_count"], 2);
  assert.equal(second.payload("cleanup.operation_result.v1")["status"], "invalid_token");
});

Deno.test("worker channel of the sandbox: given a message that is given back three times, then it is given up", async () => {
  const world = prefect3World();
  await cancelledRun(world);
  const { listener, payload, types } = opened(world);
  listener.frame(hello());

  const results: unknown[] = [];
  for (let at = 0; at < 3; at += 1) {
    listener.frame(
      operation("cleanup.release.v1", payload("cleanup.message.v1"), { reason: "handler_failed" }),
    );
    results.push(payload("cleanup.operation_result.v1")["status"]);
  }

  assert.deepEqual(results, ["accepted", "accepted", "dead_lettered"]);
  assert.equal(types().filter((type) => type === "cleanup.message.v1").length, 3);
});

Deno.test("worker channel of the sandbox: given an edit that cannot be read any more when it is told, then one line says so and the channel is closed", async () => {
  const world = prefect3World();
  const { listener, peer } = opened(world);
  listener.frame(hello());

  await world.ask("PATCH", "/work_pools/lab", { is_paused: true });
  world.serving.store.close();
  await world.clock.advance(60);

  assert.deepEqual(peer.closed, [{ code: 1011, reason: "transient_server_error" }]);
  assert.equal(world.lines.length, 1);
  assert.match(world.lines[0] ?? "", /^prefect3: a worker of pool lab is not told of its edit/);
});
