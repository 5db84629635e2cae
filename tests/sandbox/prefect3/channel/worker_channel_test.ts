import assert from "node:assert/strict";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { readChannelFrame } from "../../../../schemas/prefect3/channel_frames.ts";
import { prefect3World, TEMPLATE } from "../../support/prefect3_world.ts";
import { CONSUMER, frame, hello, opened } from "../../support/worker_channel.ts";

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

/** Its configuration names a variable that it does not have. */
const NO_TEMPLATE = { ...TEMPLATE, job_configuration: { image: "{{ colour }}" } };

const BAD_DEFAULT = {
  job_configuration: { cpu: "{{ cpu }}" },
  variables: { type: "object", properties: { cpu: { type: "integer", default: "many" } } },
};

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
    [
      "a new pool and another queue than its first",
      hello({ work_queue_names: ["default", "fast"] }),
      1008,
      "authorization_failed",
    ],
    [
      "a template that is none",
      hello({ default_base_job_template: NO_TEMPLATE }),
      1011,
      "transient_server_error",
    ],
    ["defaults that do not fit", hello({ default_base_job_template: BAD_DEFAULT }), 1002, "protocol_error"],
    ["no heartbeats", hello({ requested_capabilities: ["work_pool_snapshot.v1"] }), 1002, "protocol_error"],
  ];

for (const [what, first, code, reason] of REFUSED) {
  Deno.test(`worker channel of the sandbox: given ${what} at first, then it is closed with ${code} ${reason} and nothing is made`, async () => {
    const world = prefect3World();
    const { listener, peer } = opened(world);

    listener.frame(first);
    const { status } = await world.ask("GET", "/work_pools/lab");

    assert.deepEqual(peer.closed, [{ code, reason }]);
    assert.deepEqual(peer.sent, []);
    assert.equal(status, 404);
  });
}

/** Templates of a worker, and how it fares in a pool that has none. */
const FILLINGS: readonly (readonly [template: JsonObject, closed: number | null])[] = [
  [TEMPLATE, null],
  [{}, null],
  [NO_TEMPLATE, 1011],
  [BAD_DEFAULT, 1002],
];

for (const [template, closed] of FILLINGS) {
  Deno.test(`worker channel of the sandbox: given a pool without a template, when a worker brings ${JSON.stringify(template).slice(0, 60)}, then ${closed === null ? "the pool has it" : `the channel is closed with ${closed} and the pool has none`}`, async () => {
    const world = prefect3World();
    await world.made("POST", "/work_pools/", { name: "lab", type: "ecs" });
    const { listener, peer } = opened(world);

    listener.frame(hello({ default_base_job_template: template }));
    const pool = await world.made("GET", "/work_pools/lab");

    assert.deepEqual(peer.closed.map(({ code }) => code), closed === null ? [] : [closed]);
    assert.deepEqual(pool["base_job_template"], closed === null ? template : {});
  });
}

Deno.test("worker channel of the sandbox: given a pool with a template, when a worker brings one that is none, then it is let in and the pool keeps its own", async () => {
  const world = prefect3World();
  await world.made("POST", "/work_pools/", { name: "lab", type: "ecs", base_job_template: TEMPLATE });
  const { listener, types } = opened(world);

  listener.frame(hello({ default_base_job_template: NO_TEMPLATE }));
  const pool = await world.made("GET", "/work_pools/lab");

  assert.deepEqual(types(), ["worker.ready.v1"]);
  assert.deepEqual(pool["base_job_template"], TEMPLATE);
});

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
