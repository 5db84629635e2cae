import assert from "node:assert/strict";
import { type Channel, openChannel } from "../../../../actors/prefect3/sockets/channel.ts";
import {
  type Cleanups,
  makeCleanups,
  type StoredTask,
} from "../../../../actors/prefect3/sockets/cleanups.ts";
import type { SocketEnd } from "../../../../actors/prefect3/sockets/wire.ts";
import type { Push, StopAnswer } from "../../../../schemas/contracts/orchestrator.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { fakeClock, settle } from "../../../support/clock.ts";
import { countedIds, fakeLog, fakeWires, poolRow } from "../../../support/prefect3/fake_sockets.ts";

const CONSUMER = "99999999-9999-4999-8999-999999999999";
const RUN = "33333333-3333-4333-8333-333333333333";
const TASK = "arn:aws:ecs:us-east-1:123456789012:task/c1/20cc";
const FRAME_ID = "44444444-4444-4444-8444-444444444444";

type StopPush = Extract<Push, { type: "stop.requested" }>;

function world(stored: StoredTask = "none") {
  const clock = fakeClock();
  const wires = fakeWires(clock);
  const { log, lines, matching } = fakeLog();
  const told: string[] = [];
  const downs: (readonly [SocketEnd, boolean])[] = [];
  const stops: StopPush[] = [];
  const iso = (afterMs = 0) => new Date(clock.now() + afterMs).toISOString();
  const newId = countedIds();
  const cleanups: Cleanups = makeCleanups({
    clock,
    log,
    send: (type, payload) => channel.send(type, payload),
    tell: (push) => push.type === "stop.requested" && stops.push(push),
    storedTask: () => Promise.resolve(stored),
  });
  const channel: Channel = openChannel(
    { openSocket: wires.openSocket, clock, random: () => 0.9999, log, newId },
    {
      name: "w-1",
      heartbeatMs: 30_000,
      createPool: true,
      template: { t: 1 },
      metadata: { integrations: [] },
      consumerId: CONSUMER,
    },
    { address: { url: "ws://127.0.0.1/api", headers: {}, token: null }, queues: ["high"] },
    {
      up: (pool, workerId) => void told.push(`up ${pool.name} ${pool.isPaused} ${workerId}`),
      edited: (pool) => void told.push(`edited ${pool.isPaused}`),
      down: (end, isFinal) => {
        downs.push([end, isFinal]);
        cleanups.down();
      },
      cleanup: cleanups.message,
      answered: cleanups.answered,
    },
  );
  const frame = (type: string, payload: JsonObject, over: JsonObject = {}): JsonObject => ({
    type,
    id: FRAME_ID,
    sent_at: iso(),
    payload,
    ...over,
  });
  const snapshot = (sequence: number, over: JsonObject = {}) => ({
    snapshot_sequence: sequence,
    reason: sequence === 1 ? "initial" : "work_pool_updated",
    work_pool: poolRow(over),
  });
  const ready = (over: JsonObject = {}): JsonObject => ({
    consumer_id: CONSUMER,
    worker_id: null,
    selected_channel_version: "work_pool_worker_channel.v1",
    effective_heartbeat_interval_seconds: 30,
    accepted_capabilities: ["worker_heartbeat.v1", "work_pool_snapshot.v1", "cleanup_delivery.v1"],
    rejected_capabilities: [],
    effective_max_cleanup_concurrency: 8,
    resolved_work_queues: [],
    initial_snapshot: snapshot(1),
    ...over,
  });
  const begin = (over: JsonObject = {}) => {
    wires.last().accept();
    wires.last().say(frame("worker.ready.v1", ready(over)));
  };
  const cleanup = (over: JsonObject = {}, more: JsonObject = {}) =>
    wires.last().say(frame("cleanup.message.v1", {
      message_id: "m-1",
      reservation_token: "token-1",
      lease_expires_at: iso(30_000),
      delivery_count: 1,
      work_queue_id: null,
      data: {},
      kind: "cancelling_timeout_teardown.v1",
      target: { flow_run_id: RUN, infrastructure_pid: `c1::${TASK}` },
      ...over,
    }, more));
  const sentOf = (type: string) => wires.last().sent.filter((sent) => sent["type"] === type);
  const answer = (to: JsonObject | undefined, status: string, leaseMs: number | null = null) =>
    wires.last().say(frame("cleanup.operation_result.v1", {
      request_frame_id: to?.["id"] ?? "",
      message_id: "m-1",
      operation: String(to?.["type"] ?? "").replace(/^cleanup\.|\.v1$/g, ""),
      status,
      lease_expires_at: leaseMs === null ? null : iso(leaseMs),
      reason: status === "accepted" ? null : status,
      detail: null,
    }));
  return {
    clock,
    wires,
    lines,
    matching,
    told,
    downs,
    stops,
    channel,
    frame,
    snapshot,
    begin,
    cleanup,
    sentOf,
    answer,
  };
}

function payloadsOf(frames: readonly JsonObject[]) {
  return frames.map(({ payload }) => payload);
}

Deno.test("worker channel: given a server that accepts, when it opens, then hello has every member of the protocol and ready brings the pool", async () => {
  const { wires, begin, told, sentOf, channel } = world();

  begin({ worker_id: "w-id" });

  assert.deepEqual(payloadsOf(sentOf("worker.hello.v1")), [{
    consumer_id: CONSUMER,
    worker_name: "w-1",
    worker_type: "ecs",
    heartbeat_interval_seconds: 30,
    supported_channel_versions: ["work_pool_worker_channel.v1"],
    requested_capabilities: ["worker_heartbeat.v1", "work_pool_snapshot.v1", "cleanup_delivery.v1"],
    work_queue_names: ["high"],
    handled_cleanup_kinds: ["cancelling_timeout_teardown.v1"],
    max_cleanup_concurrency: 8,
    create_pool_if_not_found: true,
    default_base_job_template: { t: 1 },
    worker_metadata: { integrations: [] },
  }]);
  assert.deepEqual(Object.keys(wires.last().sent[1] ?? {}).toSorted(), ["id", "payload", "sent_at", "type"]);
  assert.deepEqual(told, ["up pool-a false w-id"]);
  await channel.end();
});

Deno.test("worker channel: given the server's interval, when it passes, then heartbeats come without jitter until the end", async () => {
  const { wires, clock, begin, sentOf, channel } = world();
  begin({ effective_heartbeat_interval_seconds: 20 });

  for (let i = 0; i < 3; i++) {
    await clock.advance(20_000);
    wires.last().pong();
  }
  assert.deepEqual(
    payloadsOf(sentOf("worker.heartbeat.v1")),
    Array(3).fill({
      consumer_id: CONSUMER,
      worker_name: "w-1",
      heartbeat_interval_seconds: 20,
    }),
  );

  await channel.end();
  await settle();
  assert.equal(clock.pending(), 0);
});

Deno.test("worker channel: given snapshots out of their order, when they come, then an older one changes nothing", () => {
  const { wires, begin, told, frame, snapshot } = world();
  begin();

  wires.last().say(frame("work_pool.snapshot.v1", snapshot(3, { is_paused: true })));
  wires.last().say(frame("work_pool.snapshot.v1", snapshot(2, { is_paused: false })));
  wires.last().say(frame("work_pool.snapshot.v1", snapshot(4, { is_paused: false })));

  assert.deepEqual(told, ["up pool-a false null", "edited true", "edited false"]);
});

Deno.test("worker channel: given frames that nobody knows, when they come twice, then each is one line and the channel goes on", () => {
  const { wires, begin, told, frame, snapshot, matching } = world();
  begin();
  const strange = [
    frame("worker.dance.v1", {}),
    frame("work_pool.snapshot.v1", { ...snapshot(2), more: 1 }),
    frame("work_pool.snapshot.v1", snapshot(3), { extra: true }),
    frame("work_pool.snapshot.v1", { snapshot_sequence: "x" }),
    { no: "type" },
    frame("__proto__", {}),
  ];

  for (const one of [...strange, ...strange]) wires.last().say(one);
  wires.last().say("not json");
  wires.last().say("not json");

  assert.equal(matching(/WARNING .*frame/).length, strange.length + 1);
  assert.deepEqual(told, ["up pool-a false null", "edited false", "edited false"]);
  assert.equal(wires.last().isOver(), false);
});

Deno.test("worker channel: given a setup that goes wrong, when it does, then protocol errors are final and silence is tried again", async () => {
  const wrong = world();
  wrong.wires.last().accept();
  wrong.wires.last().say(wrong.frame("work_pool.snapshot.v1", wrong.snapshot(1)));
  await settle();
  assert.deepEqual(wrong.downs.map(([, isFinal]) => isFinal), [true]);

  const other = world();
  other.begin({ consumer_id: "someone-else" });
  await settle();
  assert.deepEqual(other.downs.map(([, isFinal]) => isFinal), [true]);

  const silent = world();
  silent.wires.last().accept();
  await silent.clock.advance(10_000);
  assert.deepEqual(silent.downs, [[{ kind: "late" }, false]]);
  await silent.clock.advance(1000);
  assert.equal(silent.wires.all.length, 2);
});

Deno.test("worker channel: given it was lost, when it is opened again, then the consumer is the same and sequences begin anew", async () => {
  const { wires, clock, begin, told, sentOf, frame, snapshot } = world();
  begin();
  wires.last().say(frame("work_pool.snapshot.v1", snapshot(9)));
  wires.last().end({ kind: "closed", code: 1011, reason: "transient_server_error" });
  await clock.advance(1000);
  begin();
  wires.last().say(frame("work_pool.snapshot.v1", snapshot(2, { is_paused: true })));

  assert.equal(wires.all.length, 2);
  assert.equal(payloadsOf(sentOf("worker.hello.v1")).length, 1);
  assert.match(JSON.stringify(wires.last().sent[1]), new RegExp(CONSUMER));
  assert.equal(told.at(-1), "edited true");
});

Deno.test("cleanup: given each outcome of the stop, when the agent is done, then the message is acknowledged or given back", async () => {
  const rows: readonly (readonly [StopAnswer, string, string | undefined])[] = [
    ["stopped", "cleanup.ack.v1", undefined],
    ["gone", "cleanup.ack.v1", undefined],
    ["unwanted", "cleanup.ack.v1", undefined],
    ["refused", "cleanup.release.v1", "handler_failed"],
    ["busy", "cleanup.release.v1", "concurrency_limit_reached"],
  ];
  for (const [how, type, reason] of rows) {
    const { begin, cleanup, stops, sentOf, answer, channel } = world();
    begin();
    cleanup();
    assert.deepEqual(stops.map(({ runId, taskId }) => [runId, taskId]), [[RUN, TASK]]);

    stops[0]?.done(how, "why");

    const more = reason === undefined ? {} : { reason };
    assert.deepEqual(payloadsOf(sentOf(type)), [{
      message_id: "m-1",
      reservation_token: "token-1",
      ...more,
    }]);
    answer(sentOf(type)[0], "accepted");
    await channel.end();
  }
});

Deno.test("cleanup: given messages that cannot be carried out, when they come, then each is given back with its reason and nothing is stopped", async () => {
  const rows: readonly (readonly [JsonObject, string | null, StoredTask])[] = [
    [
      { kind: "pending_claim_teardown.v1", target: { flow_run_id: RUN, claim_id: RUN } },
      "unsupported_cleanup_kind",
      "none",
    ],
    [{ kind: "something.v9", target: null }, "unsupported_cleanup_kind", "none"],
    [{ target: {} }, "invalid_payload", "none"],
    [{ target: { flow_run_id: RUN, infrastructure_pid: "c1::" } }, "invalid_payload", "none"],
    [{ target: { flow_run_id: RUN } }, "missing_infrastructure_handle", "stored"],
    [{ target: { flow_run_id: RUN } }, "infrastructure_not_available", "unknown"],
    [{ target: { flow_run_id: RUN } }, null, "none"],
    [{ target: { flow_run_id: RUN, infrastructure_pid: null } }, null, "gone"],
  ];
  for (const [over, reason, stored] of rows) {
    const { begin, cleanup, stops, sentOf } = world(stored);
    begin();

    cleanup(over);
    await settle();

    const released = payloadsOf(sentOf("cleanup.release.v1"));
    const token = { message_id: "m-1", reservation_token: "token-1" };
    assert.deepEqual(released, reason === null ? [] : [{ ...token, reason }], JSON.stringify(over));
    assert.equal(sentOf("cleanup.ack.v1").length, reason === null ? 1 : 0);
    assert.deepEqual(stops, []);
  }
});

Deno.test("cleanup: given a message with unknown members, when it comes, then it is carried out all the same", () => {
  const { begin, cleanup, stops, matching } = world();
  begin();

  cleanup({ novelty: 1 }, { more: 2 });

  assert.equal(stops.length, 1);
  assert.equal(matching(/unknown members \(more, novelty\)/).length, 1);
});

Deno.test("cleanup: given more messages than are carried out at a time, when they come, then the rest is given back", () => {
  const { begin, cleanup, stops, sentOf } = world();
  begin();

  for (let i = 0; i < 10; i++) cleanup({ message_id: `m-${i}`, reservation_token: `t-${i}` });

  assert.equal(stops.length, 8);
  const reasons = sentOf("cleanup.release.v1").map((sent) => JSON.stringify(sent["payload"]));
  assert.equal(reasons.length, 2);
  assert.ok(reasons.every((text) => text.includes("concurrency_limit_reached")));
});

Deno.test("cleanup: given a stop that takes long, when the lease is about to end, then it is renewed five seconds before, each time", async () => {
  const { begin, cleanup, clock, sentOf, answer, wires } = world();
  begin();
  cleanup();

  await clock.advance(24_999);
  assert.equal(sentOf("cleanup.renew.v1").length, 0);
  await clock.advance(1);
  assert.equal(sentOf("cleanup.renew.v1").length, 1);
  answer(sentOf("cleanup.renew.v1")[0], "accepted", 30_000);
  wires.last().pong();
  await settle();
  await clock.advance(25_000);

  assert.equal(sentOf("cleanup.renew.v1").length, 2);
});

Deno.test("cleanup: given a clock that is hours away from the server's, when a message comes, then its lease is measured by the server's alone", async () => {
  for (const skewMs of [-7_200_000, 7_200_000]) {
    const { begin, cleanup, clock, sentOf, stops } = world();
    begin();
    const at = clock.now() + skewMs;

    cleanup(
      { lease_expires_at: new Date(at + 30_000).toISOString() },
      { sent_at: new Date(at).toISOString() },
    );
    await clock.advance(24_000);
    assert.equal(sentOf("cleanup.renew.v1").length, 0);
    await clock.advance(1000);

    assert.equal(stops.length, 1);
    assert.equal(sentOf("cleanup.renew.v1").length, 1);
  }
});

Deno.test("cleanup: given a renewal that is refused, when the stop is done later, then nothing more is said of the message", async () => {
  for (
    const status of ["not_current", "not_found", "expired", "invalid_token", "unauthorized", "dead_lettered"]
  ) {
    const { begin, cleanup, clock, sentOf, answer, stops } = world();
    begin();
    cleanup();
    await clock.advance(25_000);
    answer(sentOf("cleanup.renew.v1")[0], status);
    await settle();

    stops[0]?.done("stopped", "");

    assert.equal(sentOf("cleanup.ack.v1").length, 0, status);
  }
});

Deno.test("cleanup: given an acknowledgement without an answer, or with an error, when time passes, then it is sent three times in all", async () => {
  const silent = world();
  silent.begin();
  silent.cleanup();
  silent.stops[0]?.done("stopped", "");
  for (let i = 0; i < 12; i++) {
    silent.wires.last().pong();
    await silent.clock.advance(10_000);
  }
  assert.equal(silent.sentOf("cleanup.ack.v1").length, 3);
  const ids = silent.sentOf("cleanup.ack.v1").map(({ id }) => id);
  assert.equal(new Set(ids).size, 3);

  const failing = world();
  failing.begin();
  failing.cleanup();
  failing.stops[0]?.done("stopped", "");
  failing.answer(failing.sentOf("cleanup.ack.v1")[0], "error");
  await failing.clock.advance(1000);
  failing.answer(failing.sentOf("cleanup.ack.v1")[1], "accepted");
  await failing.clock.advance(20_000);
  assert.equal(failing.sentOf("cleanup.ack.v1").length, 2);
});

Deno.test("cleanup: given the same reservation again, when it comes, then it is not begun twice; after a lost channel it is", async () => {
  const { begin, cleanup, stops, wires, clock, sentOf } = world();
  begin();
  cleanup();
  cleanup();
  assert.equal(stops.length, 1);

  wires.last().end({ kind: "closed", code: 1006, reason: "" });
  await clock.advance(1000);
  begin();
  cleanup({ reservation_token: "token-2" });
  stops[0]?.done("stopped", "");
  stops[1]?.done("gone", "");

  assert.equal(stops.length, 2);
  assert.deepEqual(payloadsOf(sentOf("cleanup.ack.v1")), [{
    message_id: "m-1",
    reservation_token: "token-2",
  }]);
});

Deno.test("cleanup: given a lease that is over when it comes, when it is heard, then nothing is done", () => {
  const { begin, cleanup, stops, clock } = world();
  begin();

  cleanup({ lease_expires_at: new Date(clock.now()).toISOString() });

  assert.deepEqual(stops, []);
});
