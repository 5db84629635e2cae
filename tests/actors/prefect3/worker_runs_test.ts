/** Whole workers over the API in memory: runs that are cancelled, limits, and the end of a worker. @module */

import assert from "node:assert/strict";
import { workerWorld } from "../../support/prefect3/running_worker.ts";
import type { WorldRun } from "../../support/prefect3/world.ts";

type World = ReturnType<typeof workerWorld>;

/** What stands between the cancellation and the look at it. */
interface Scene {
  readonly type: "CANCELLING" | "CANCELLED";
  readonly task: "pending" | "running" | "stopped" | "gone";
  readonly found: "live" | "at the start" | "by a push";
}

/** A run with its task, claimed by a worker that goes on or is gone. */
async function scene(one: World, { type, task, found }: Scene): Promise<WorldRun> {
  one.comesUp.is = task !== "pending";
  const run = one.world.schedule();
  const first = one.start("first");
  await one.after(3);
  if (task !== "pending") {
    one.world.set(run.id, { type: "RUNNING" });
    await one.after(10);
  }
  if (found === "at the start") {
    await one.clock.advance(0);
    const ended = first.stopNow();
    await one.after(5);
    await ended;
    one.world.workers.delete("first");
  }
  const [id = ""] = one.tasks.keys();
  one.world.set(run.id, { type });
  const box = one.tasks.get(id);
  if (task === "stopped" && box !== undefined) box.isStopped = true;
  if (task === "gone") one.forgotten.add(id);
  if (found === "at the start") one.start("second");
  if (found === "by a push") first.push({ type: "cancel.requested", runId: run.id });
  return run;
}

for (const type of ["CANCELLING", "CANCELLED"] as const) {
  for (const task of ["pending", "running", "stopped", "gone"] as const) {
    for (const found of ["live", "at the start", "by a push"] as const) {
      const isLive = task === "pending" || task === "running";
      Deno.test(`cancelled runs: given a ${type} run whose task is ${task}, when that is found ${found}, then ${isLive ? "its task is stopped" : "nothing is stopped"} and the run is Cancelled`, async () => {
        const one = workerWorld();
        const run = await scene(one, { type, task, found });

        await one.after(task === "running" ? 50 : 30);
        const early = one.stopped.length;
        await one.after(30);
        const afterAMinute = run.state["type"];
        await one.after(120);

        const [id] = one.tasks.keys();
        assert.equal(one.tasks.size, 1, "one task was launched");
        assert.equal(run.state["type"], "CANCELLED");
        assert.deepEqual([...new Set(one.stopped)].filter(() => isLive), isLive ? [id] : []);
        if (task === "stopped" || task === "gone") assert.equal(afterAMinute, "CANCELLED");
        if (task === "pending") assert.ok(early > 0, "a task that has not begun is stopped at once");
        if (task === "running") assert.equal(early, 0, "the flow has its own time");
        if (isLive) assert.equal(one.tasks.get(id ?? "")?.isStopped, true);
      });
    }
  }
}

for (const type of ["COMPLETED", "FAILED", "CRASHED"] as const) {
  Deno.test(`ended runs: given a ${type} run whose task lives on, when a minute has passed, then its log says so once and the task is left alone`, async () => {
    const one = workerWorld();
    const run = one.world.schedule();
    one.start("first");
    await one.after(3);
    one.world.set(run.id, { type: "RUNNING" });
    await one.after(10);
    one.world.set(run.id, { type });

    await one.after(300);

    const told = one.lines.filter(({ message }) => message.includes("still lives"));
    assert.deepEqual([told.map(({ runId }) => runId), one.stopped], [[run.id], []]);
  });
}

Deno.test("cancelled runs: given that cancelling is left to the server, when a run is cancelled, then its task is not stopped", async () => {
  const one = workerWorld();
  const run = one.world.schedule();
  one.start("first", { cancels: false });
  await one.after(10);
  one.world.set(run.id, { type: "RUNNING" });
  await one.after(10);

  one.world.set(run.id, { type: "CANCELLED" });
  await one.after(300);

  assert.deepEqual(one.stopped, []);
});

Deno.test("limit: given a limit of two and five runs, when tasks end one by one, then never more than two live, and all are launched", async () => {
  const one = workerWorld();
  const runs = [1, 2, 3, 4, 5].map(() => one.world.schedule());
  one.start("first", { limit: 2 });
  const most: number[] = [];

  for (let round = 0; round < 12; round++) {
    await one.after(30);
    const living = [...one.tasks.values()].filter(({ isStopped }) => !isStopped);
    most.push(living.length);
    const [eldest] = living;
    if (eldest === undefined) continue;
    eldest.isStopped = true;
    one.world.set(eldest.runId, { type: "COMPLETED" });
  }

  assert.equal(Math.max(...most), 2);
  assert.deepEqual(
    new Set([...one.tasks.values()].map(({ runId }) => runId)),
    new Set(runs.map(({ id }) => id)),
  );
});

Deno.test("limit: given a run that has ended and whose task lives on, when another is due, then it waits until the task is gone", async () => {
  const one = workerWorld();
  const first = one.world.schedule();
  one.start("first", { limit: 1 });
  await one.after(10);
  one.world.set(first.id, { type: "COMPLETED" });
  one.world.schedule();

  await one.after(120);
  const whileItLives = one.tasks.size;
  for (const box of one.tasks.values()) box.isStopped = true;
  await one.after(30);

  assert.deepEqual([whileItLives, one.tasks.size], [1, 2]);
});

for (
  const [name, next, launched] of [["of this name", "first", 1], [
    "of another, dead worker",
    "second",
    2,
  ]] as const
) {
  Deno.test(`limit: given a living task ${name} that runs, when a worker with a limit of one starts, then ${launched === 1 ? "it counts" : "it is followed and does not count"}`, async () => {
    const one = workerWorld();
    const run = one.world.schedule();
    const former = one.start("first");
    await one.after(10);
    one.world.set(run.id, { type: "RUNNING" });
    const ended = former.stopNow();
    await one.after(5);
    await ended;
    one.world.workers.delete("first");
    one.world.schedule();

    one.start(next, { limit: 1 });
    await one.after(30);

    assert.equal(one.tasks.size, launched);
  });
}

Deno.test("end: given runs that are due when the worker is asked to end, then nothing is claimed any more, and what was launched stays reported", async () => {
  const one = workerWorld();
  const run = one.world.schedule();
  const worker = one.start("first");
  await one.after(10);

  const ended = worker.stop();
  const late = one.world.schedule();
  await one.after(30);
  await ended;

  assert.match(run.pid ?? "", /box-/);
  assert.equal(late.state["type"], "SCHEDULED");
  assert.equal(one.tasks.size, 1);
});

Deno.test("end: given a worker that is asked to end, when the API does not take the id of a task, then the end takes no longer than its grace", async () => {
  const one = workerWorld();
  const run = one.world.schedule();
  const worker = one.start("first", { graceMs: 20_000 });
  const { promise } = Promise.withResolvers<never>();
  const send = one.world.api.send;
  Object.assign(one.world.api, {
    send: (request: Parameters<typeof send>[0], signal: AbortSignal) => {
      if (request.method !== "PATCH" || request.path.length !== 2) return send(request, signal);
      const gone = new Promise<never>((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason), { once: true })
      );
      return Promise.race([promise, gone]);
    },
  });
  await one.after(2);

  let isOver = false;
  const ended = worker.stop().then(() => isOver = true);
  await one.after(20);
  await one.clock.advance(1);

  assert.equal(isOver, true);
  await ended;
  assert.equal(run.pid, null);
});

/** A worker dies in the middle of a launch; its row of workers stays as the server has it. */
async function dies(one: World, where: NonNullable<World["hangs"]["is"]>): Promise<WorldRun> {
  const run = one.world.schedule();
  one.hangs.is = where;
  const first = one.start("first", { graceMs: 1000 });
  await one.after(5);
  // The API hears nothing of its end.
  const send = one.world.api.send;
  Object.assign(one.world.api, {
    send: (_: unknown, signal: AbortSignal) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason), { once: true })
      ),
  });
  const ended = first.stopNow();
  await one.after(5);
  await ended;
  Object.assign(one.world.api, { send });
  one.hangs.is = null;
  return run;
}

Deno.test("killed: given a worker that is killed after a launch with its next token, when the next one is not shown that task, then it sends that token, and there is one task", async () => {
  const one = workerWorld();
  one.lists.is = false;
  const run = await dies(one, "after its next token");
  one.world.workers.delete("first");

  one.start("first");
  await one.after(200);

  assert.equal(one.tasks.size, 1);
  assert.match(run.pid ?? "", /box-/);
});

for (const where of ["before", "after confirming", "after"] as const) {
  for (
    const [what, name, row] of [
      ["of its name", "first", null],
      ["of another name, and it is not listed", "second", null],
      ["of another name, and it is OFFLINE", "second", { name: "first", status: "OFFLINE" }],
    ] as const
  ) {
    Deno.test(`killed: given a worker that is killed ${where} RunTask, when the next one is ${what}, then one task is launched and its id is reported`, async () => {
      const one = workerWorld();
      const run = await dies(one, where);
      one.world.workers.delete("first");
      if (row !== null) one.world.workers.set("first", row);

      one.start(name);
      await one.after(200);

      assert.equal(one.tasks.size, 1);
      assert.match(run.pid ?? "", /box-/);
      assert.equal(run.state.type, "PENDING");
    });
  }
}

Deno.test("killed: given a claim of another worker that lives, when a worker runs beside it, then the claim is left alone", async () => {
  const one = workerWorld();
  const run = await dies(one, "before");
  const beat = () =>
    void one.world.workers.set("first", {
      name: "first",
      status: "ONLINE",
      last_heartbeat_time: new Date(one.clock.now()).toISOString(),
      heartbeat_interval_seconds: 30,
    });
  beat();
  one.start("second");
  for (let round = 0; round < 10; round++) {
    beat();
    await one.after(20);
  }

  assert.equal(one.tasks.size, 0);
  assert.equal(run.state.type, "PENDING");
});

Deno.test("killed: given PENDING runs of a stock worker, when a worker runs beside it, then they are never claimed or launched", async () => {
  const one = workerWorld();
  const foreign = one.world.schedule();
  one.world.set(foreign.id, { type: "PENDING", name: "Submitting" });
  one.start("first");

  await one.after(300);

  assert.equal(one.tasks.size, 0);
  assert.equal(foreign.state.name, "Submitting");
});

for (const [isSent, expected] of [[false, "SCHEDULED"], [true, "PENDING"]] as const) {
  Deno.test(`end: given a launch that ${isSent ? "may have been sent" : "was surely not sent"} when the grace is over, then the run ${isSent ? "keeps its mark and is taken up by the next worker" : "is given back with its own time"}`, async () => {
    const one = workerWorld();
    const dueMs = one.clock.now() - 5000;
    const run = one.world.schedule({ dueMs });
    one.hangs.is = isSent ? "after confirming" : "before";
    const worker = one.start("first", { graceMs: 10_000 });
    await one.after(5);

    const ended = worker.stop();
    await one.after(12);
    await ended;
    const left = [run.state.type, run.state.name];
    one.hangs.is = null;
    one.world.workers.delete("first");
    one.start("second");
    await one.after(200);

    assert.equal(left[0], expected);
    if (!isSent) {
      assert.ok(one.world.history.get(run.id)?.some(({ message }) => /Given back/.test(message ?? "")));
    }
    assert.equal(one.tasks.size, 1);
  });
}

Deno.test("resumed: given a run that was suspended and is resumed, when it is due again, then it gets a second task, and the end of the first changes nothing", async () => {
  const one = workerWorld();
  const run = one.world.schedule();
  one.start("first");
  await one.after(5);
  one.world.set(run.id, { type: "RUNNING" });
  await one.after(10);
  one.world.set(run.id, { type: "PAUSED", name: "Suspended" });
  const [first] = one.tasks.values();
  if (first !== undefined) first.isStopped = true;
  await one.after(60);
  const whileItWaits = [one.tasks.size, run.state.type];

  one.world.set(run.id, {
    type: "SCHEDULED",
    name: "Resuming",
    state_details: { scheduled_time: new Date(one.clock.now()).toISOString() },
  });
  await one.after(60);

  assert.deepEqual(whileItWaits, [1, "PAUSED"]);
  assert.equal(one.tasks.size, 2);
  assert.equal(run.state.type, "PENDING");
});
