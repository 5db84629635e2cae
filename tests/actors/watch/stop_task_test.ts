/** Stopping tasks of cancelled and slow runs. @module */

import assert from "node:assert/strict";
import { makeStopTask, type StopOptions } from "../../../actors/watch/stop_task.ts";
import type { StopResult } from "../../../schemas/contracts/task.ts";
import type { StoppableTask } from "../../../schemas/contracts/platform.ts";
import type { Failure } from "../../../schemas/failure/failure.ts";
import { endedAs } from "../../../schemas/flow_run/run_end.ts";
import { endOf } from "../../../schemas/prefect1/state.ts";
import { refused, task, taskArn } from "../../support/fake_ecs.ts";
import { placeIn, runState, STOPPABLE, stoppedTask, watchedWorld } from "../../support/watched_world.ts";

const UP = { lastStatus: "RUNNING" };

/** Starts to stop run-1's task. */
function stop(
  reason: StoppableTask["reason"],
  given: Partial<StoppableTask> = {},
  options: StopOptions = {},
) {
  const world = watchedWorld();
  world.runs.set("run-1", runState(reason === "cancel" ? "Cancelling" : "Submitted"));
  world.tasks.set(taskArn(1), task(taskArn(1), UP));
  world.onStop.do = (arn) => {
    world.tasks.set(arn, task(arn, { lastStatus: "DEACTIVATING", desiredStatus: "STOPPED" }));
    world.clock.after(5000, () => world.tasks.set(arn, stoppedTask({ arn, stopCode: "UserInitiated" }, 143)));
  };
  const abort = new AbortController();
  const ended: { result: StopResult | null; failure: unknown } = { result: null, failure: null };
  const start = () => {
    makeStopTask({ ...world, options })({ ...STOPPABLE, reason, ...given }, abort.signal).then(
      (result) => ended.result = result,
      (thrown) => ended.failure = thrown.failure ?? thrown,
    );
  };
  return { ...world, start, ended, abort };
}

Deno.test("cancel: given a run that hangs, when cancelled, then grace, StopTask, STOPPED, Cancelled, in this order", async () => {
  const one = stop("cancel");

  one.start();
  await one.clock.advance(29_000);
  const early = one.count("stop");
  await one.clock.advance(3000);
  const during = [one.count("stop"), one.count("cancel")];
  await one.clock.advance(10_000);

  assert.equal(early, 0);
  assert.deepEqual(during, [1, 0]);
  assert.ok(one.calls.includes("stop default: Flow run run-1 was cancelled"));
  assert.equal(one.runs.get("run-1")?.type, "Cancelled");
  assert.equal(one.ended.result?.outcome, "stopped");
});

Deno.test("cancel: given a run that ends by itself, when its task is gone, then nothing is stopped", async () => {
  const one = stop("cancel");

  one.start();
  await one.clock.advance(6000);
  one.runs.set("run-1", runState("Cancelled"));
  one.tasks.set(taskArn(1), stoppedTask({}, 0));
  await one.clock.advance(10_000);

  assert.equal(one.ended.result?.outcome, "stopped");
  assert.equal(one.runs.get("run-1")?.type, "Cancelled");
});

Deno.test("cancel: given a run that succeeds meanwhile, when the grace is over, then its end stays", async () => {
  const one = stop("cancel");

  one.start();
  await one.clock.advance(6000);
  one.runs.set("run-1", runState("Success"));
  await one.clock.advance(60_000);

  assert.deepEqual(one.ended.result, { outcome: "ended", end: endOf("Success") });
  assert.equal(one.runs.get("run-1")?.type, "Success");
});

Deno.test("cancel: given the wish is withdrawn, when seen, then the task is left alone", async () => {
  const one = stop("cancel");

  one.start();
  await one.clock.advance(6000);
  one.runs.set("run-1", runState("Running"));
  await one.clock.advance(60_000);

  assert.deepEqual(one.ended.result, { outcome: "ended" });
  assert.equal(one.count("stop"), 0);
});

Deno.test("cancel: given a late retry that somebody claimed since, when cancelled, then its end is left to them", async () => {
  const one = stop("cancel", { taskId: null });
  Object.assign(one.orchestrator, { hasLaterClaim: () => Promise.resolve(true) });

  one.start();
  await one.clock.advance(60_000);

  assert.deepEqual(one.ended.result, { outcome: "ended" });
  assert.equal(one.count("stop") + one.count("cancel"), 0);
});

for (
  const [what, status, stopMs] of [
    ["a task that runs", UP, 30_000],
    ["a task that has not begun", { lastStatus: "PENDING" }, 10_000],
  ] as const
) {
  Deno.test(`cancel: given no task is known, when ${what} comes to light, then it is stopped after ${stopMs / 1000} s`, async () => {
    const one = stop("cancel", { taskId: null });
    one.tasks.set(taskArn(1), task(taskArn(1), status));

    one.start();
    await one.clock.advance(3000);
    one.live.set("run-1", [taskArn(1)]);
    await one.clock.advance(stopMs - 3500);
    const early = one.count("stop");
    await one.clock.advance(1000);
    const due = one.count("stop");
    await one.clock.advance(10_000);

    assert.deepEqual([early, due, one.count("stop")], [0, 1, 1]);
    assert.equal(one.runs.get("run-1")?.type, "Cancelled");
  });
}

Deno.test("cancel: given two tasks come to light of which one ends by itself, when the other ends, too, then it is Cancelled and nothing is stopped", async () => {
  const one = stop("cancel", { taskId: null });
  one.tasks.set(taskArn(2), task(taskArn(2), UP));
  one.live.set("run-1", [taskArn(1), taskArn(2)]);

  one.start();
  await one.clock.advance(12_000);
  one.tasks.set(taskArn(1), stoppedTask({ arn: taskArn(1) }, 0));
  await one.clock.advance(5000);
  const during = one.runs.get("run-1")?.type;
  one.tasks.set(taskArn(2), stoppedTask({ arn: taskArn(2) }, 0));
  one.live.set("run-1", []);
  await one.clock.advance(4000);

  assert.equal(during, "Cancelling");
  assert.deepEqual([one.runs.get("run-1")?.type, one.count("stop")], ["Cancelled", 0]);
});

Deno.test("cancel: given the known task was replaced by another process, when cancelled, then the flow of the other one has the grace", async () => {
  const one = stop("cancel");
  one.tasks.set(taskArn(1), stoppedTask({ stopCode: "TaskFailedToStart" }, null));
  one.tasks.set(taskArn(2), task(taskArn(2), UP));
  one.live.set("run-1", [taskArn(2)]);

  one.start();
  await one.clock.advance(29_000);
  const early = one.count("stop");
  await one.clock.advance(20_000);

  assert.equal(early, 0);
  assert.ok(one.calls.includes("stop default: Flow run run-1 was cancelled"));
  assert.equal(one.tasks.get(taskArn(2))?.lastStatus, "STOPPED");
  assert.equal(one.runs.get("run-1")?.type, "Cancelled");
});

for (
  const [hasBegun, stops] of [
    [true, [0, 0, 1]],
    [false, [1, 1, 1]],
  ] as const
) {
  Deno.test(`cancel: given a task that is shown as PENDING for a moment longer than it is, when its flow has ${hasBegun ? "" : "not "}begun, then it is stopped ${hasBegun ? "after the grace" : "at once"}`, async () => {
    const one = stop("cancel", {}, { stopsPendingAtOnce: true });
    one.runs.set("run-1", { ...runState("Cancelling"), hasBegun });
    one.tasks.set(taskArn(1), task(taskArn(1), { lastStatus: "PENDING" }));
    one.live.set("run-1", [taskArn(1)]);
    one.clock.after(1000, () => one.tasks.set(taskArn(1), task(taskArn(1), UP)));

    one.start();
    const stopped: number[] = [];
    for (const ms of [500, 28_000, 3000]) {
      await one.clock.advance(ms);
      stopped.push(one.count("stop"));
    }

    assert.deepEqual(stopped, stops);
  });
}

Deno.test("cancel: given a task that has not begun of a run that was retried, when it stays PENDING, then it is stopped after a second look", async () => {
  const one = stop("cancel", {}, { stopsPendingAtOnce: true });
  one.runs.set("run-1", { ...runState("Cancelling"), hasBegun: true });
  one.tasks.set(taskArn(1), task(taskArn(1), { lastStatus: "PENDING" }));
  one.live.set("run-1", [taskArn(1)]);

  one.start();
  await one.clock.advance(3000);

  assert.equal(one.count("stop"), 1);
});

Deno.test("cancel: given the known task has gone and there is no other, when cancelled, then its tasks are listed once", async () => {
  const one = stop("cancel");
  one.tasks.set(taskArn(1), stoppedTask({}, 0));

  one.start();
  await one.clock.advance(10_000);

  assert.equal(one.runs.get("run-1")?.type, "Cancelled");
  assert.equal(one.count("list"), 1);
});

Deno.test("cancel: given the wish is withdrawn, when a task has come to light, then it is left alone", async () => {
  const one = stop("cancel", { taskId: null });
  one.live.set("run-1", [taskArn(1)]);

  one.start();
  await one.clock.advance(12_000);
  one.runs.set("run-1", runState("Running"));
  await one.clock.advance(60_000);

  assert.deepEqual([one.ended.result, one.count("stop")], [{ outcome: "ended" }, 0]);
});

Deno.test("cancel: given there is no task at all, when looked for, then the run is Cancelled", async () => {
  const one = stop("cancel", { taskId: null });

  one.start();
  await one.clock.advance(12_000);

  assert.equal(one.count("stop"), 0);
  assert.equal(one.runs.get("run-1")?.type, "Cancelled");
});

Deno.test("cancel: given a task that ECS forgot long ago, when stopped, then the run is Cancelled after the missing grace", async () => {
  const one = stop("cancel");
  one.tasks.delete(taskArn(1));
  one.failNext(
    "stop",
    refused("StopTask", "InvalidParameterException", "The referenced task was not found."),
  );

  one.start();
  await one.clock.advance(60_000);
  const during = one.ended.result;
  await one.clock.advance(60_000);

  assert.equal(during, null);
  assert.equal(one.ended.result?.outcome, "stopped");
});

Deno.test("cancel: given IAM refuses StopTask, when tried, then log and run's log say so and the run is not Cancelled", async () => {
  const one = stop("cancel");
  const denied = refused("StopTask", "AccessDeniedException", "not authorized to perform ecs:StopTask");
  one.failNext("stop", denied);

  one.start();
  await one.clock.advance(40_000);

  assert.deepEqual(one.ended.failure, denied);
  assert.deepEqual(one.logged.map((line) => line.split(" Cannot")[0]), ["ERROR", "run ERROR"]);
  assert.equal(one.runs.get("run-1")?.type, "Cancelling");
});

Deno.test("cancel: given a task that does not go, when the time for it is over, then both logs say so", async () => {
  const one = stop("cancel");
  one.onStop.do = () => undefined;

  one.start();
  await one.clock.advance(335_000);

  const failure = one.ended.failure as Failure;
  assert.equal(failure.tag, "deadline");
  assert.match(failure.message, /was asked to stop 300 s ago and its status is still RUNNING/);
  assert.deepEqual(one.logged.map((line) => line.split(" Cannot")[0]), ["ERROR", "run ERROR"]);
  assert.equal(one.runs.get("run-1")?.type, "Cancelling");
});

Deno.test("cancel: given the machine leaves, when aborted, then no timer is left", async () => {
  const one = stop("cancel");
  one.start();
  await one.clock.advance(3000);

  one.abort.abort();
  await one.clock.advance(0);

  assert.equal(one.clock.pending(), 0);
});

Deno.test("too slow: given a run that has not begun, when stopped, then its version is read afterwards", async () => {
  const one = stop("tooSlow");

  one.start();
  await one.clock.advance(1000);
  const during = one.ended.result;
  await one.clock.advance(10_000);

  assert.equal(during, null);
  assert.deepEqual(one.ended.result, {
    outcome: "stopped",
    version: "2",
    wasRunning: false,
    failure: {
      tag: "taskStopped",
      class: "tooSlow",
      wasRunning: false,
      taskId: taskArn(1),
      message: `Task ${taskArn(1)} of flow run run-1 was not running after 15 min and was stopped; ` +
        "look for missing capacity, a slow image pull or a missing route to the registry",
    },
  });
  assert.equal(one.count("cancel"), 0);
});

for (const type of ["Running", "Queued"]) {
  Deno.test(`too slow: given a run that is ${type} after all, when looked at, then its task is left alone`, async () => {
    const one = stop("tooSlow");
    one.runs.set("run-1", runState(type));

    one.start();
    await one.clock.advance(10_000);

    assert.deepEqual(one.ended.result, { outcome: "running" });
    assert.equal(one.count("stop"), 0);
  });
}

for (const type of ["Success", "Cancelled", "Scheduled"]) {
  Deno.test(`too slow: given a run that is ${type} by now, when looked at, then it is over`, async () => {
    const one = stop("tooSlow");
    one.runs.set("run-1", runState(type, { version: "9" }));

    one.start();
    await one.clock.advance(10_000);

    assert.deepEqual(one.ended.result, { outcome: "ended", ...endedAs(endOf(type)) });
    assert.equal(one.count("stop"), 0);
  });
}

for (const afterMs of [0, 1000]) {
  Deno.test(`too slow: given a run that is cancelled ${afterMs} ms after its task was late, when the task is stopped, then the run is Cancelled and over`, async () => {
    const one = stop("tooSlow");

    if (afterMs > 0) one.start();
    await one.clock.advance(afterMs);
    one.runs.set("run-1", runState("Cancelling"));
    if (afterMs === 0) one.start();
    await one.clock.advance(60_000);

    assert.deepEqual(one.ended.result, { outcome: "ended", ...endedAs(endOf("Cancelled")) });
    assert.equal(one.runs.get("run-1")?.type, "Cancelled");
    assert.deepEqual([one.tasks.get(taskArn(1))?.lastStatus, one.count("cancel")], ["STOPPED", 1]);
  });
}

for (
  const [what, state] of [
    ["is paused", { type: "Paused", paused: true }],
    ["waits within its task for a retry", { type: "Queued", needsTask: true }],
  ] as const
) {
  for (const when of ["before", "while"] as const) {
    Deno.test(`too slow: given a run that ${what} ${when} its task is stopped, when it is looked at, then its flow has begun and it is not launched again`, async () => {
      const one = stop("tooSlow");
      const set = () => one.runs.set("run-1", runState(state.type, state));
      if (when === "before") set();
      else one.clock.after(3000, set);

      one.start();
      await one.clock.advance(20_000);

      assert.deepEqual(one.ended.result, { outcome: "running" });
      assert.equal(one.count("stop"), when === "before" ? 0 : 1);
    });
  }
}

Deno.test("too slow: given a run that begins while it is stopped, when STOPPED, then that is told", async () => {
  const one = stop("tooSlow");

  one.start();
  await one.clock.advance(1000);
  one.runs.set("run-1", runState("Running", { version: "3" }));
  await one.clock.advance(10_000);

  const { result } = one.ended;
  assert.ok(result?.outcome === "stopped" && result.failure?.tag === "taskStopped");
  assert.deepEqual([result.version, result.wasRunning, result.failure.wasRunning], ["3", true, true]);
});

for (
  const [stopCode, expected] of [["TaskFailedToStart", "configuration"], ["UserInitiated", "tooSlow"], [
    null,
    "tooSlow",
  ]] as const
) {
  Deno.test(
    `too slow: given a task with stop code ${stopCode}, when it turns out to have stopped, then its class is ${expected}`,
    async () => {
      const one = stop("tooSlow");
      one.onStop.do = () => undefined;
      const stoppedReason = "CannotPullContainerError: manifest unknown: not found";
      one.tasks.set(taskArn(1), stoppedTask({ stopCode, stoppedReason }, null));

      one.start();
      await one.clock.advance(10_000);

      const result = one.ended.result;
      assert.ok(result?.outcome === "stopped");
      assert.equal(result.failure?.tag === "taskStopped" ? result.failure.class : null, expected);
    },
  );
}

Deno.test("stop: given fifty cancelled runs, when their tasks are looked at, then the looks travel together", async () => {
  const world = watchedWorld();
  const stopTask = makeStopTask(world);
  const signal = new AbortController().signal;
  const all = Array.from({ length: 50 }, (_, n) => {
    const arn = taskArn(n);
    world.runs.set(`run-${n}`, runState("Cancelled", { id: `run-${n}` }));
    world.tasks.set(arn, stoppedTask({ arn }));
    return stopTask({ ...STOPPABLE, runId: `run-${n}`, taskId: arn, reason: "cancel" }, signal);
  });

  await world.clock.advance(5000);
  await Promise.all(all);

  assert.ok(world.count("describe") <= 4, `${world.count("describe")} calls`);
});

Deno.test("stop: given IAM refuses the looks at one cluster, when tasks of two are stopped, then only that one's fails", async () => {
  const world = watchedWorld();
  const elsewhere = "arn:aws:ecs:us-east-1:123456789012:task/other/0123456789abcdef0123456789abcdef";
  const runs = [["run-1", taskArn(1)], ["run-2", elsewhere]] as const;
  for (const [id, arn] of runs) {
    world.runs.set(id, runState("Submitted", { id }));
    world.tasks.set(arn, task(arn, UP));
  }
  world.onStop.do = (arn) => world.tasks.set(arn, stoppedTask({ arn }, 143));
  world.failNext("describe", refused("DescribeTasks", "AccessDeniedException", "not authorized"));
  const stopTask = makeStopTask(world);
  const { signal } = new AbortController();
  const ended = Promise.allSettled(
    runs.map(([runId, arn]) => stopTask({ ...STOPPABLE, runId, taskId: arn, reason: "tooSlow" }, signal)),
  );

  await world.clock.advance(1000);

  assert.deepEqual((await ended).map(({ status }) => status), ["rejected", "fulfilled"]);
  assert.equal(world.count("describe"), 2);
});

const SIGNAL = new AbortController().signal;
const throttled: Failure = { tag: "throttled", retryAfterMs: 500, message: "Rate exceeded" };
const deniedTo = (operation: string) => refused(operation, "AccessDeniedException", "not authorized");

Deno.test("stop: given AWS throttles StopTask, when tried, then that is thrown for another try and no log says that it cannot be", async () => {
  const one = stop("tooSlow");
  one.failNext("stop", throttled);

  one.start();
  await one.clock.advance(1000);

  assert.equal(one.ended.failure, throttled);
  assert.deepEqual(one.logged, []);
});

Deno.test("too slow: given a run that succeeds while it is stopped, when STOPPED, then it has ended", async () => {
  const one = stop("tooSlow");

  one.start();
  await one.clock.advance(2000);
  one.runs.set("run-1", runState("Success"));
  await one.clock.advance(10_000);

  assert.deepEqual(one.ended.result, { outcome: "ended", end: endOf("Success") });
});

Deno.test("cancel: given the wish is withdrawn, when the next look sees it, then that is the end, long before the grace", async () => {
  const one = stop("cancel");

  one.start();
  await one.clock.advance(1000);
  one.runs.set("run-1", runState("Running"));
  await one.clock.advance(3000);

  assert.deepEqual([one.ended.result, one.count("stop")], [{ outcome: "ended" }, 0]);
});

for (
  const [name, live, message] of [
    ["tasks", [taskArn(1)], `Cancelled; its task ${taskArn(1)} is stopped`],
    ["no task", [], "Cancelled; it had no task"],
  ] as const
) {
  Deno.test(`cancel: given ${name} of an unknown number, when cancelled, then Prefect is told so and only live ones were looked at`, async () => {
    const world = watchedWorld();
    const said: string[] = [];
    world.runs.set("run-1", runState("Cancelling"));
    world.live.set("run-1", live);
    for (const arn of live) world.tasks.set(arn, task(arn, { lastStatus: "PENDING" }));
    world.onStop.do = (arn) => world.tasks.set(arn, stoppedTask({ arn }, 143));
    const cancel = (_run: unknown, text: string) => Promise.resolve(void said.push(text));
    const stopTask = makeStopTask({ ...world, orchestrator: { ...world.orchestrator, cancel } });

    void stopTask({ ...STOPPABLE, taskId: null, reason: "cancel" }, SIGNAL);
    await world.clock.advance(9000);
    const early = world.count("describe");
    await world.clock.advance(3000);

    assert.deepEqual([said, early, world.count("describe")], [[message], 0, 4 * live.length]);
  });
}

Deno.test("stop: given a listed task whose end was asked for, when looking failed and ECS lists it no more, then it is still waited for, and forgotten after that", async () => {
  const world = watchedWorld();
  world.runs.set("run-1", runState("Submitted"));
  world.live.set("run-1", [taskArn(1)]);
  world.tasks.set(taskArn(1), task(taskArn(1), { lastStatus: "STOPPING" }));
  const stopTask = makeStopTask(world);
  const ends: string[] = [];
  const ask = () =>
    void stopTask({ ...STOPPABLE, taskId: null, reason: "tooSlow" }, SIGNAL)
      .then(({ outcome }) => ends.push(outcome), ({ failure }) => ends.push(failure.code));

  ask();
  // It was listed and asked to stop; the look at it gathers company.
  await world.clock.advance(50);
  world.failNext("describe", deniedTo("DescribeTasks"));
  await world.clock.advance(950);
  world.live.delete("run-1");
  ask();
  await world.clock.advance(5000);
  const early = [...ends];
  world.tasks.set(taskArn(1), stoppedTask());
  await world.clock.advance(5000);
  const asked = world.count("stop");
  ask();
  await world.clock.advance(5000);

  assert.deepEqual(early, ["AccessDeniedException"]);
  assert.deepEqual(ends, ["AccessDeniedException", "stopped", "stopped"]);
  assert.equal(world.count("stop"), asked);
});

Deno.test("stop: given tasks that cannot be told by who started them, when stopped, then only the known one is", async () => {
  const one = stop("tooSlow", { place: placeIn("default", { canList: false }) });
  one.live.set("run-1", [taskArn(2)]);

  one.start();
  await one.clock.advance(10_000);

  assert.deepEqual([one.count("list"), one.count("stop"), one.ended.result?.outcome], [0, 1, "stopped"]);
});

for (
  const [name, failure, known, expected] of [
    ["denied", deniedTo("ListTasks"), true, "stopped"],
    ["denied", deniedTo("ListTasks"), false, "refused"],
    ["throttled", throttled, true, "throttled"],
  ] as const
) {
  Deno.test(`stop: given listing is ${name} and ${known ? "a" : "no"} task is known, when stopped, then it ends as ${expected}`, async () => {
    const one = stop("tooSlow", known ? {} : { taskId: null });
    one.failNext("list", failure);

    one.start();
    await one.clock.advance(10_000);

    assert.equal(one.ended.result?.outcome ?? (one.ended.failure as Failure).tag, expected);
  });
}

Deno.test("stop: given a task that is MISSING twice, each time within the grace, when both exceed it together, then it is not taken for gone", async () => {
  const one = stop("tooSlow");
  one.onStop.do = () => void one.tasks.delete(taskArn(1));

  one.start();
  for (let times = 0; times < 2; times++) {
    await one.clock.advance(45_000);
    one.tasks.set(taskArn(1), task(taskArn(1), UP));
    await one.clock.advance(5000);
    one.tasks.delete(taskArn(1));
  }
  const early = one.ended.result;
  await one.clock.advance(62_000);

  assert.deepEqual([early, one.ended.result?.outcome], [null, "stopped"]);
  // A look every two seconds, and the time to gather each.
  assert.ok(one.count("describe") <= 162_000 / 2000 + 1, `${one.count("describe")} looks`);
});

Deno.test("stop: given a task that is MISSING when the time for it is over, then its status is said to be unknown", async () => {
  const world = watchedWorld();
  world.runs.set("run-1", runState("Submitted"));
  const stopTask = makeStopTask({ ...world, options: { giveUpMs: 3000 } });
  const ended = stopTask({ ...STOPPABLE, reason: "tooSlow" }, SIGNAL).catch(({ message }) => message);

  await world.clock.advance(6000);

  assert.match(String(await ended), /3 s ago and its status is still unknown/);
});

Deno.test("stop: given StopTask that is not answered, when 15 s have passed, then both logs say so once, and it goes on", async () => {
  const one = watchedWorld();
  one.runs.set("run-1", runState("Submitted"));
  one.tasks.set(taskArn(1), task(taskArn(1), UP));
  const { promise, resolve } = Promise.withResolvers<void>();
  const platform = { ...one.platform, stop: () => promise };
  const stopped = makeStopTask({ ...one, platform })(
    { ...STOPPABLE, reason: "tooSlow" },
    new AbortController().signal,
  );
  await one.clock.advance(14_999);
  const early = [...one.logged];
  await one.clock.advance(15_001);
  one.tasks.set(taskArn(1), stoppedTask({ stopCode: "UserInitiated" }, 143));

  resolve();
  await one.clock.advance(5000);

  assert.deepEqual(early, []);
  assert.deepEqual(one.logged.map((line) => line.replace(/ task arn:\S+ of flow run run-1.*/, "")), [
    "WARNING Cannot stop",
    "run WARNING Cannot stop",
  ]);
  assert.equal((await stopped).outcome, "stopped");
});

Deno.test("stop: given a run with two tasks of which StopTask answers only for one, when stopped, then both were asked", async () => {
  const one = watchedWorld();
  one.runs.set("run-1", runState("Submitted"));
  one.tasks.set(taskArn(1), task(taskArn(1), UP));
  one.tasks.set(taskArn(2), task(taskArn(2), UP));
  one.live.set("run-1", [taskArn(1), taskArn(2)]);
  const asked: string[] = [];
  const platform = {
    ...one.platform,
    stop: ({ id }: { readonly id: string }) => {
      asked.push(id);
      return id === taskArn(1) ? new Promise<never>(() => undefined) : Promise.resolve();
    },
  };

  void makeStopTask({ ...one, platform })({ ...STOPPABLE, reason: "tooSlow" }, new AbortController().signal);
  await one.clock.advance(1000);

  assert.deepEqual(asked, [taskArn(1), taskArn(2)]);
});

/** How long ago the hold ended, in milliseconds, and what is left of the 100 s that the task has. */
const HOLDS: readonly (readonly [what: string, agoMs: number, leftMs: number])[] = [
  ["goes on", 0, 100_000],
  ["ended a while ago", 70_000, 30_000],
];
for (const [what, agoMs, leftMs] of HOLDS) {
  Deno.test(`slow start: given a task whose start someone holds back, when it is late and that ${what}, then it is left alone for ${leftMs / 1000} s`, async () => {
    const one = stop("tooSlow");
    let result: StopResult | null = null;
    const atMs = one.clock.now();
    const platform = { ...one.platform, heldBackMs: () => atMs - agoMs };
    makeStopTask({ ...one, platform })(
      { ...STOPPABLE, reason: "tooSlow", startMs: 100_000 },
      one.abort.signal,
    )
      .then((ended) => result = ended);
    await one.clock.advance(0);

    assert.deepEqual(result, { outcome: "running", startMs: leftMs });
    assert.equal(one.count("stop"), 0);
  });
}

Deno.test("slow start: given a task that was let go as long ago as it has time to start, when it is late, then it is stopped", async () => {
  const one = stop("tooSlow");
  const atMs = one.clock.now();
  const platform = { ...one.platform, heldBackMs: () => atMs - 100_000 };
  void makeStopTask({ ...one, platform })(
    { ...STOPPABLE, reason: "tooSlow", startMs: 100_000 },
    one.abort.signal,
  );
  await one.clock.advance(1000);

  assert.equal(one.count("stop"), 1);
});
