import assert from "node:assert/strict";
import { makeWakes, type WakesSettings } from "../../../../actors/prefect3/sockets/make_wakes.ts";
import type { Push } from "../../../../schemas/contracts/orchestrator.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { fakeClock, settle } from "../../../support/clock.ts";
import { fakeLog, fakeWires, LOCAL_API } from "../../../support/prefect3/fake_sockets.ts";

const POOL = "598bbbd2-87bb-497b-a6ef-1ad72c52dbcf";
const RUN = "f8cccd72-3be2-4ecf-b61d-7cb1a4d5b818";

function world(over: Partial<WakesSettings> = {}) {
  const clock = fakeClock();
  const wires = fakeWires(clock);
  const lines = fakeLog();
  const pushes: Push[] = [];
  const settings = { api: LOCAL_API, cancels: true, events: true, queryMs: 10_000, queues: [], ...over };
  const wakes = makeWakes({
    openSocket: wires.openSocket,
    clock,
    random: () => 0.9999,
    log: lines.log,
    settings,
  });
  const end = wakes.listen(POOL, (push) => void pushes.push(push));
  const pokes = () => pushes.filter(({ type }) => type === "poke").length;
  return { clock, wires, lines, pushes, pokes, end };
}

function event(state: string, { pool = POOL, queue = "default" as string | null } = {}): JsonObject {
  const related = [
    {
      "prefect.resource.id": "prefect.flow.1",
      "prefect.resource.role": "flow",
      "prefect.resource.name": "hello",
    },
    ...(queue === null ? [] : [{
      "prefect.resource.id": `prefect.work-queue.${queue}`,
      "prefect.resource.role": "work-queue",
      "prefect.resource.name": queue,
    }]),
    {
      "prefect.resource.id": `prefect.work-pool.${pool}`,
      "prefect.resource.role": "work-pool",
      "prefect.resource.name": "ecs-pool",
      "prefect.work-pool.type": "ecs",
    },
    { "prefect.resource.id": "prefect.tag.t1", "prefect.resource.role": "tag" },
  ];
  return {
    type: "event",
    event: {
      occurred: "2026-11-21T08:18:49.428882Z",
      event: `prefect.flow-run.${state}`,
      resource: {
        "prefect.resource.id": `prefect.flow-run.${RUN}`,
        "prefect.resource.name": "nocturnal-sawfly",
      },
      related,
      payload: {},
      id: "e-1",
    },
  };
}

Deno.test("wakes: given a server that accepts, when the subscription opens, then the filter names the events and this pool alone, and one poke follows", () => {
  const rows = [[true, ["Scheduled", "Late", "AwaitingRetry", "Resuming", "Cancelling"]], [false, [
    "Scheduled",
    "Late",
    "AwaitingRetry",
    "Resuming",
  ]]] as const;
  for (const [cancels, states] of rows) {
    const { wires, pushes, end } = world({ cancels });
    wires.last().accept();

    const sent = wires.last().sent[1];
    const filter = sent?.["filter"] as JsonObject;
    assert.equal(wires.last().address.url, "ws://127.0.0.1:4200/api/events/out");
    assert.deepEqual([sent?.["type"], sent?.["backfill"]], ["filter", false]);
    assert.deepEqual(filter["event"], { name: states.map((state) => `prefect.flow-run.${state}`) });
    assert.deepEqual(filter["any_resource"], { id: [`prefect.work-pool.${POOL}`] });
    assert.deepEqual(pushes, [{ type: "poke" }]);
    end();
  }
});

Deno.test("wakes: given events of every kind, when they come, then due runs of this pool and these queues poke, and Cancelling names its run", async () => {
  const rows: readonly (readonly [JsonObject, readonly string[], "poke" | "cancel" | "nothing"])[] = [
    ...["Scheduled", "Late", "AwaitingRetry", "Resuming"].map((state) => [event(state), [], "poke"] as const),
    ...["Pending", "Running", "Completed", "Cancelled", "AwaitingConcurrencySlot"].map((state) =>
      [event(state), [], "nothing"] as const
    ),
    [event("Scheduled", { pool: "other" }), [], "nothing"],
    [event("Cancelling", { pool: "other" }), [], "nothing"],
    [event("Scheduled", { queue: "low" }), ["high"], "nothing"],
    [event("Scheduled", { queue: "high" }), ["high"], "poke"],
    [event("Scheduled", { queue: null }), ["high"], "poke"],
    [event("Cancelling"), [], "cancel"],
    [event("Cancelling", { queue: "low" }), ["high"], "cancel"],
    [{ type: "event" }, [], "nothing"],
    [
      { type: "event", event: { event: "prefect.flow-run.Scheduled", resource: {}, related: "x" } },
      [],
      "nothing",
    ],
    [{ type: "other" }, [], "nothing"],
  ];
  for (const [frame, queues, expected] of rows) {
    const { wires, clock, pushes, end } = world({ queues });
    wires.last().accept();
    await clock.advance(1000);
    pushes.length = 0;

    wires.last().say(frame);

    const cancel = { type: "cancel.requested", runId: RUN };
    const pushed = { poke: [{ type: "poke" }], cancel: [cancel], nothing: [] }[expected];
    assert.deepEqual(pushes, pushed, JSON.stringify(frame));
    end();
  }
});

Deno.test("wakes: given cancelling is left to the server, when a run becomes Cancelling, then nothing is told", () => {
  const { wires, pushes, end } = world({ cancels: false });
  wires.last().accept();
  pushes.length = 0;

  wires.last().say(event("Cancelling"));

  assert.deepEqual(pushes, []);
  end();
});

Deno.test("wakes: given a burst of a thousand events over two seconds, when it comes, then the first pokes at once and there are five pokes a second", async () => {
  const { wires, clock, pokes, end } = world();
  wires.last().accept();
  await clock.advance(1000);
  const before = pokes();

  wires.last().say(event("Scheduled"));
  assert.equal(pokes() - before, 1);
  for (let i = 0; i < 1000; i++) {
    wires.last().say(event("Scheduled"));
    await clock.advance(2);
  }
  assert.ok(pokes() - before <= 11, String(pokes() - before));
  assert.ok(pokes() - before >= 10);
  const told = pokes();
  await clock.advance(200);
  assert.ok(pokes() - told <= 1);
  await clock.advance(10_000);
  assert.ok(pokes() - told <= 1);
  end();
});

Deno.test("wakes: given a stream that is refused again and again, when it is, then one line says so and it is tried again", async () => {
  const { wires, clock, lines, pushes, end } = world();
  for (const status of [404, 403, 503, 401]) {
    wires.last().end({ kind: "refused", status });
    await clock.advance(60_000);
  }

  assert.ok(wires.all.length >= 5);
  assert.equal(lines.matching(/WARNING .*event stream.*HTTP 404.*every 10 seconds/).length, 1);
  assert.equal(lines.lines.length, 1);
  assert.deepEqual(pushes, []);
  end();
});

Deno.test("wakes: given a stream that is lost after a minute and comes back, when it does, then one poke reads what was missed, and the loss is told anew", async () => {
  const { wires, clock, lines, pokes, end } = world();
  wires.last().end({ kind: "closed", code: 1002, reason: "" });
  await clock.advance(1000);
  wires.last().accept();
  for (let i = 0; i < 3; i++) {
    await clock.advance(30_000);
    wires.last().pong();
  }
  assert.equal(pokes(), 1);
  wires.last().end({ kind: "closed", code: 1012, reason: "" });
  await clock.advance(1000);
  wires.last().accept();

  assert.equal(pokes(), 2);
  assert.equal(lines.matching(/event stream/).length, 2);
  end();
});

Deno.test("wakes: given events are left out by the settings, or the worker ends, when time passes, then nothing is opened or told", async () => {
  const off = world({ events: false });
  off.end();
  assert.equal(off.wires.all.length, 0);

  const { wires, clock, pushes, end } = world();
  wires.last().accept();
  end();
  await settle();
  const told = pushes.length;
  await clock.advance(1_000_000);

  assert.equal(wires.all.length, 1);
  assert.equal(pushes.length, told);
  assert.equal(clock.pending(), 0);
});
