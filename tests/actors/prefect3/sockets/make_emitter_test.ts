import assert from "node:assert/strict";
import { makeEmitter } from "../../../../actors/prefect3/sockets/make_emitter.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import type { FlowRun, WorkPool } from "../../../../schemas/prefect3/flow_run.ts";
import { fakeClock, settle } from "../../../support/clock.ts";
import { countedIds, fakeLog, fakeWires, LOCAL_API } from "../../../support/prefect3/fake_sockets.ts";

const POOL: WorkPool = { id: "p-1", name: "ecs-pool", type: "ecs", template: {}, isPaused: false };
const TASK = "arn:aws:ecs:us-east-1:123456789012:task/prod/0123";

function flowRun(over: Partial<FlowRun> = {}): FlowRun {
  return {
    id: "r-1",
    name: "brave-otter",
    flowId: "f-1",
    flowName: "etl",
    deployment: { id: "d-1", name: "nightly", jobVariables: {}, updated: null, limit: null },
    deploymentId: "d-1",
    jobVariables: {},
    stateId: "s-1",
    stateType: "SCHEDULED",
    stateName: "Scheduled",
    scheduledTime: null,
    dueAtMs: null,
    workQueue: "default",
    infrastructurePid: null,
    labels: {},
    tags: ["b", "a", "b"],
    pool: POOL,
    ...over,
  };
}

function world(name = "Worker (EU) #2") {
  const clock = fakeClock(Date.UTC(2026, 0, 2, 3, 4, 5));
  const wires = fakeWires(clock);
  const lines = fakeLog();
  const emitter = makeEmitter({
    openSocket: wires.openSocket,
    clock,
    random: () => 0.9999,
    log: lines.log,
    newId: countedIds(),
    settings: { api: LOCAL_API, name },
  });
  const events = () => wires.all.flatMap(({ sent }) => sent.slice(1));
  return { clock, wires, lines, emitter, events };
}

const related = (kind: string, id: string, name: string) => ({
  "prefect.resource.id": `prefect.${kind}.${id}`,
  "prefect.resource.role": kind,
  "prefect.resource.name": name,
});

Deno.test("emitter: given a run from start to stop, when events are told, then they have the members of the recordings and follow each other", async () => {
  const { wires, emitter, events } = world();
  emitter.started(POOL);
  wires.last().accept();
  emitter.submitted(flowRun());
  emitter.executed(flowRun(), `c1::${TASK}`);
  await emitter.end(new AbortController().signal);

  const [started, submitted, executed, stopped] = events();
  const worker = {
    "prefect.resource.id": "prefect.worker.ecs.worker-eu-2",
    "prefect.resource.name": "Worker (EU) #2",
    "prefect.version": "3.9.1",
    "prefect.worker-type": "ecs",
  };
  const pool = related("work-pool", "p-1", "ecs-pool");
  const tag = (text: string) => ({
    "prefect.resource.id": `prefect.tag.${text}`,
    "prefect.resource.role": "tag",
  });
  assert.deepEqual(started, {
    occurred: "2026-01-02T03:04:05.000Z",
    event: "prefect.worker.started",
    resource: worker,
    related: [pool],
    payload: {},
    id: started?.["id"],
    follows: null,
  });
  assert.deepEqual(submitted?.["related"], [
    related("deployment", "d-1", "nightly"),
    related("flow", "f-1", "etl"),
    related("flow-run", "r-1", "brave-otter"),
    tag("a"),
    tag("b"),
    pool,
  ]);
  assert.deepEqual((executed?.["related"] as readonly JsonObject[])[2], {
    ...related("flow-run", "r-1", "brave-otter"),
    "prefect.infrastructure.identifier": `c1::${TASK}`,
    "prefect.infrastructure.status-code": "0",
  });
  assert.deepEqual(
    [submitted, executed, stopped].map((one) => [one?.["event"], one?.["follows"]]),
    [
      ["prefect.worker.submitted-flow-run", null],
      ["prefect.worker.executed-flow-run", submitted?.["id"]],
      ["prefect.worker.stopped", started?.["id"]],
    ],
  );
  assert.equal(new Set(events().map(({ id }) => id)).size, 4);
});

Deno.test("emitter: given the golden observer-status-pending, when the task is seen, then the event has its members", () => {
  const text = Deno.readTextFileSync(
    new URL("../../../golden/prefect3/observer-and-kill.json", import.meta.url),
  );
  const golden = (JSON.parse(text) as { cases: { id: string; expect: { events: JsonObject[] } }[] }).cases
    .find(({ id }) => id === "observer-status-pending")?.expect.events[0];
  const parts = new Map(
    (golden?.["related"] as JsonObject[]).map((one) => [one["prefect.resource.role"], one]),
  );
  const part = (role: string) => {
    const one = parts.get(role);
    const id = String(one?.["prefect.resource.id"]).split(".").at(-1) ?? "";
    return { id, name: String(one?.["prefect.resource.name"]) };
  };
  const { wires, emitter, events } = world("worker-1");
  const run = flowRun({
    ...part("flow-run"),
    deployment: { ...part("deployment"), jobVariables: {}, updated: null, limit: null },
    flowId: part("flow").id,
    flowName: part("flow").name,
    pool: { ...POOL, ...part("work-pool") },
  });

  emitter.taskSeen(run, {
    taskId: TASK,
    status: "PENDING",
    taskDefinition: "arn:aws:ecs:us-east-1:123456789012:task-definition/fam:3",
  });
  wires.last().accept();

  const { id: _id, occurred, follows, payload, ...rest } = events()[0] ?? {};
  const { id: _goldenId, occurred: goldenTime, ...expected } = golden ?? {};
  assert.deepEqual(rest, expected);
  assert.deepEqual([String(occurred).slice(0, 19), follows, payload], [goldenTime, null, {}]);
});

Deno.test("emitter: given statuses of two tasks seen again and again, when they are told, then each is told once", () => {
  const { wires, emitter, events } = world();
  for (let i = 0; i < 3; i++) {
    for (const status of ["PENDING", "RUNNING", "running", "STOPPED"]) {
      emitter.taskSeen(flowRun(), { taskId: TASK, status });
      emitter.taskSeen(flowRun(), { taskId: `${TASK}4`, status });
    }
  }
  wires.last().accept();

  assert.deepEqual(
    events().map(({ event }) => event),
    ["pending", "pending", "running", "running", "stopped", "stopped"].map((status) =>
      `prefect.ecs.task.${status}`
    ),
  );
});

Deno.test("emitter: given a run without deployment, flow name or tags, or whose deployment is gone, when it is told, then they are left out", () => {
  for (const deployment of [null, "gone"] as const) {
    const { wires, emitter, events } = world();
    emitter.submitted(flowRun({ deployment, flowName: null, tags: [] }));
    wires.last().accept();

    assert.deepEqual(events()[0]?.["related"], [
      related("flow-run", "r-1", "brave-otter"),
      related("work-pool", "p-1", "ecs-pool"),
    ]);
  }
});

Deno.test("emitter: given an ARN of the short form, when the task is seen, then no cluster is made up", () => {
  const { wires, emitter, events } = world();
  emitter.taskSeen(flowRun(), { taskId: "arn:aws:ecs:us-east-1:1:task/0123", status: "RUNNING" });
  wires.last().accept();

  assert.deepEqual(events()[0]?.["resource"], {
    "prefect.resource.id": "prefect.ecs.task.0123",
    "ecs.taskArn": "arn:aws:ecs:us-east-1:1:task/0123",
  });
});

Deno.test("emitter: given a socket that is away, when it comes back, then what waited is sent in its order, on one socket", async () => {
  const { clock, wires, emitter, events } = world();
  for (let i = 0; i < 3; i++) emitter.submitted(flowRun({ id: `r-${i}` }));
  wires.last().end({ kind: "unreachable", why: "connection refused" });
  await clock.advance(1000);
  emitter.submitted(flowRun({ id: "r-3" }));
  wires.last().accept();

  const ids = events().map((one) => JSON.stringify(one["related"]).match(/flow-run\.(r-\d)/)?.[1]);
  assert.deepEqual(ids, ["r-0", "r-1", "r-2", "r-3"]);
  assert.equal(wires.all.length, 2);
});

Deno.test("emitter: given a server that reads slowly, when it catches up, then the rest is sent and nothing is lost", async () => {
  const { clock, wires, emitter, events } = world();
  emitter.started(POOL);
  wires.last().accept();
  wires.last().waiting = 2_000_000;
  for (let i = 0; i < 100; i++) emitter.submitted(flowRun({ id: `r-${i}` }));
  await clock.advance(1000);
  assert.equal(events().length, 1);

  wires.last().waiting = 0;
  await clock.advance(50);

  assert.equal(events().length, 101);
});

Deno.test("emitter: given a server that takes no events, when there are more than wait here, then new ones are left out and one line says so", () => {
  const { wires, emitter, events, lines } = world();
  for (let i = 0; i < 10_050; i++) emitter.submitted(flowRun({ id: `r-${i}` }));
  wires.last().accept();

  assert.equal(events().length, 10_000);
  assert.equal(lines.matching(/WARNING .*events wait/).length, 1);
});

Deno.test("emitter: given a thousand runs at once, when they are told, then each has two frames and one for each status, on one socket", () => {
  const { wires, emitter, events } = world();
  emitter.started(POOL);
  wires.last().accept();
  for (let i = 0; i < 1000; i++) {
    const run = flowRun({ id: `r-${i}` });
    const taskId = `arn:aws:ecs:us-east-1:1:task/c1/${i}`;
    emitter.submitted(run);
    emitter.executed(run, `c1::${taskId}`);
    for (const status of ["PROVISIONING", "PENDING", "RUNNING", "STOPPED"]) {
      emitter.taskSeen(run, { taskId, status });
    }
  }

  assert.equal(wires.all.length, 1);
  assert.equal(events().length, 1 + 6 * 1000);
});

Deno.test("emitter: given events that cannot be sent, when the worker ends, then it waits two seconds at most, and not at all for a socket that is away", async () => {
  const pending = world();
  pending.emitter.started(POOL);
  let isOver = false;
  const ended = pending.emitter.end(new AbortController().signal).then(() => isOver = true);
  await pending.clock.advance(1999);
  assert.equal(isOver, false);
  await pending.clock.advance(1);
  await ended;

  const away = world();
  away.emitter.started(POOL);
  away.wires.last().end({ kind: "refused", status: 404 });
  await settle();
  await away.emitter.end(new AbortController().signal);
  await settle();
  assert.equal(away.clock.pending(), 0);

  const unused = world();
  await unused.emitter.end(new AbortController().signal);
  assert.equal(unused.wires.all.length, 0);
});
