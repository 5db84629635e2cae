import assert from "node:assert/strict";
import { eventsIn, eventsOut } from "../../../../sandbox/prefect3/events/event_sockets.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { readRunEvent, subscription } from "../../../../schemas/prefect3/events.ts";
import { settle } from "../../../support/clock.ts";
import { fakePeer, prefect3World, withDeployment } from "../../support/prefect3_world.ts";

Deno.test("events of the sandbox: given a worker's subscription, when runs change, then it hears of the wanted states of its pool, in a form that it reads", async () => {
  const world = prefect3World();
  const { pool, run, propose } = await withDeployment(world);
  const peer = fakePeer();
  eventsOut(world.serving, peer).frame(subscription(pool.id, ["Scheduled", "Cancelling"], world.clock.now()));

  const { id } = await run();
  await propose(id, { type: "PENDING" });
  await propose(id, { type: "RUNNING" });
  await propose(id, { type: "CANCELLING" });
  await settle();

  const heard = peer.sent.map((frame) => readRunEvent(frame));
  assert.deepEqual(heard.map((event) => [event?.state, event?.runId, event?.poolIds, event?.queues]), [
    ["Scheduled", id, [pool.id], ["default"]],
    ["Cancelling", id, [pool.id], ["default"]],
  ]);
});

Deno.test("events of the sandbox: given a subscription to another pool, then it hears nothing", async () => {
  const world = prefect3World();
  const { run } = await withDeployment(world);
  const peer = fakePeer();
  const other = "99999999-9999-4999-8999-999999999999";
  eventsOut(world.serving, peer).frame(subscription(other, ["Scheduled"], world.clock.now()));

  await run();
  await settle();

  assert.deepEqual(peer.sent, []);
});

const UNFIT: readonly (readonly [what: string, frame: JsonObject | null, reason: RegExp])[] = [
  ["another type", { type: "hello" }, /Expected 'filter' message/],
  ["no JSON object", null, /Expected 'filter' message/],
  ["an unknown member", { type: "filter", filter: { colour: "red" } }, /Invalid filter: colour/],
  [
    "no moment",
    { type: "filter", filter: { occurred: { since: "soon" } } },
    /Invalid filter: occurred\.since/,
  ],
];

for (const [what, frame, reason] of UNFIT) {
  Deno.test(`events of the sandbox: given ${what} as the first frame, then the socket is closed with 1002`, () => {
    const { serving } = prefect3World();
    const peer = fakePeer();

    eventsOut(serving, peer).frame(frame);

    assert.equal(peer.closed[0]?.code, 1002);
    assert.match(peer.closed[0]?.reason ?? "", reason);
  });
}

function taskEvent(id: string, name: string, occurred: string): JsonObject {
  return {
    id,
    occurred,
    event: `prefect.task-run.${name}`,
    resource: { "prefect.resource.id": "prefect.task-run.77777777-7777-4777-8777-777777777777" },
    related: [],
    payload: {
      task_run: { name: "add-0", task_key: "add", dynamic_key: "0" },
      validated_state: { type: name.toUpperCase(), name, state_details: {} },
    },
  };
}

Deno.test("events of the sandbox: given states of a task run, in a wrong order and one twice, then the newest is recorded", async () => {
  const { serving, made } = prefect3World();
  const listener = eventsIn(serving, fakePeer());
  const running = taskEvent("11111111-1111-4111-8111-111111111111", "Running", "2026-12-01T05:00:01Z");
  const completed = taskEvent("33333333-3333-4333-8333-333333333333", "Completed", "2026-12-01T05:00:02Z");

  for (const event of [completed, running, completed]) listener.frame(event);
  const task = await made("GET", "/task_runs/77777777-7777-4777-8777-777777777777");

  assert.deepEqual([task["name"], task["state_name"]], ["add-0", "Completed"]);
});

Deno.test("events of the sandbox: given a subscriber that asks for what was before, then it gets that first, and each event once", async () => {
  const world = prefect3World();
  const { run } = await withDeployment(world);
  const first = await run();
  await settle();
  const peer = fakePeer();

  eventsOut(world.serving, peer).frame({
    type: "filter",
    filter: { event: { prefix: ["prefect.flow-run."] } },
  });
  const second = await run();
  await settle();

  const ids = peer.sent.map(({ event }) =>
    (event as { resource: JsonObject }).resource["prefect.resource.id"]
  );
  assert.deepEqual(ids, [first.id, second.id].map((id) => `prefect.flow-run.${id}`));
});

Deno.test("events of the sandbox: given what is no event, then the socket is closed", () => {
  const { serving } = prefect3World();
  const peer = fakePeer();

  eventsIn(serving, peer).frame({ event: "x" });

  assert.equal(peer.closed.length, 1);
});
