import assert from "node:assert/strict";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { type Prefect3World, prefect3World, withDeployment } from "../../support/prefect3_world.ts";
import { frame, hello, opened } from "../../support/worker_channel.ts";

/** One run after another that is being cancelled for too long. @param queues of each run, null: the pool's first @param connect before the time is over */
async function cancelledRuns(
  world: Prefect3World,
  queues: readonly (string | null)[],
  connect: () => void = () => {},
): Promise<readonly string[]> {
  const { run, propose } = await withDeployment(world);
  const ids: string[] = [];
  for (const work_queue_name of queues) {
    const { id } = await run({ work_queue_name });
    for (const type of ["PENDING", "RUNNING"]) await propose(id, { type });
    await world.ask("PATCH", `/flow_runs/${id}`, { infrastructure_pid: "default::arn:task" });
    await propose(id, { type: "CANCELLING" });
    ids.push(id);
  }
  connect();
  await world.clock.advance(301_000);
  world.sweep();
  return ids;
}

const cancelledRun = async (world: Prefect3World) => (await cancelledRuns(world, [null]))[0] ?? "";

function operation(type: string, message: JsonObject, more: JsonObject = {}): JsonObject {
  const { message_id, reservation_token } = message;
  return frame(type, {
    message_id: message_id ?? null,
    reservation_token: reservation_token ?? null,
    ...more,
  });
}

Deno.test("cleanup messages of the sandbox: given a cancelling timeout while no worker is there, when one greets, then it gets the message, and an acknowledged one does not come again", async () => {
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

Deno.test("cleanup messages of the sandbox: given a message whose worker is gone, when its lease is over, then another worker gets it, and the late answer is refused", async () => {
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

Deno.test("cleanup messages of the sandbox: given a message that is given back three times, then it is given up", async () => {
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

/** Gives the newest message back. */
function release({ listener, payload }: ReturnType<typeof opened>): void {
  listener.frame(
    operation("cleanup.release.v1", payload("cleanup.message.v1"), { reason: "handler_failed" }),
  );
}

const other = { worker_name: "two", consumer_id: "33333333-3333-4333-8333-333333333333" };

Deno.test("cleanup messages of the sandbox: given two workers, when each gives the message back, then the other one gets it at once", async () => {
  const world = prefect3World();
  const [one, two] = [opened(world), opened(world)];
  await cancelledRuns(world, [null], () => {
    one.listener.frame(hello());
    two.listener.frame(hello(other));
  });

  release(one);
  release(two);
  release(one);

  const received = ({ types }: typeof one) => types().filter((type) => type === "cleanup.message.v1").length;
  assert.deepEqual([received(one), received(two)], [2, 1]);
  assert.equal(one.payload("cleanup.operation_result.v1")["status"], "dead_lettered");
});

Deno.test("cleanup messages of the sandbox: given a worker with a queue of its own, then its messages come first, and then older ones of other queues", async () => {
  const world = prefect3World();
  const [slow, fast] = await cancelledRuns(world, [null, "fast"]);
  const { listener, payload } = opened(world);
  const target = () => (payload("cleanup.message.v1")["target"] as JsonObject)["flow_run_id"];

  listener.frame(hello({ work_queue_names: ["fast"], max_cleanup_concurrency: 1 }));
  const first = target();
  listener.frame(operation("cleanup.ack.v1", payload("cleanup.message.v1")));
  const second = target();

  assert.deepEqual([first, second], [fast, slow]);
});

Deno.test("cleanup messages of the sandbox: given a worker that has as many in hand as it takes, when it connects again, then it gets no more", async () => {
  const world = prefect3World();
  await cancelledRuns(world, [null, null]);
  const first = opened(world);
  first.listener.frame(hello({ max_cleanup_concurrency: 1 }));
  first.listener.closed();

  const again = opened(world);
  again.listener.frame(hello({ max_cleanup_concurrency: 1 }));
  const before = again.types();
  again.listener.frame(operation("cleanup.ack.v1", first.payload("cleanup.message.v1")));

  assert.deepEqual(before, ["worker.ready.v1"]);
  assert.deepEqual(again.types().slice(1), ["cleanup.operation_result.v1", "cleanup.message.v1"]);
});

Deno.test("cleanup messages of the sandbox: given a worker that takes none, then it gets none, and what it says of one is not accepted", async () => {
  const world = prefect3World();
  await cancelledRun(world);
  const one = opened(world);
  one.listener.frame(hello());
  const none = opened(world);
  none.listener.frame(hello({ ...other, handled_cleanup_kinds: [], max_cleanup_concurrency: 0 }));

  none.listener.frame(operation("cleanup.ack.v1", one.payload("cleanup.message.v1")));
  const { status, reason } = none.payload("cleanup.operation_result.v1");
  one.listener.frame(operation("cleanup.ack.v1", one.payload("cleanup.message.v1")));

  assert.deepEqual([status, reason], ["unauthorized", "cleanup_delivery_not_accepted"]);
  assert.equal(one.payload("cleanup.operation_result.v1")["status"], "accepted");
  assert.ok(!none.types().includes("cleanup.message.v1"));
});
