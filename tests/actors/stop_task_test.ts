/** Stopping tasks of cancelled and slow runs. @module */

import assert from "node:assert/strict";
import { makeStopTask, type StopResult } from "../../actors/stop_task.ts";
import type { StoppableTask } from "../../actors/task_target.ts";
import type { Failure } from "../../schemas/failure.ts";
import { refused, task, taskArn } from "../support/fake_ecs.ts";
import { runState, STOPPABLE, stoppedTask, watchedWorld } from "../support/watched_world.ts";

const UP = { lastStatus: "RUNNING" };

/** Starts to stop run-1's task. */
function stop(reason: StoppableTask["reason"], given: Partial<StoppableTask> = {}) {
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
    makeStopTask(world)({ ...STOPPABLE, reason, ...given }, abort.signal).then(
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

  assert.deepEqual(one.ended.result, { outcome: "ended" });
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
  const one = stop("cancel", { taskArn: null });
  Object.assign(one.orchestrator, { hasLaterClaim: () => Promise.resolve(true) });

  one.start();
  await one.clock.advance(60_000);

  assert.deepEqual(one.ended.result, { outcome: "ended" });
  assert.equal(one.count("stop") + one.count("cancel"), 0);
});

Deno.test("cancel: given no task is known, when one comes to light, then it is stopped too", async () => {
  const one = stop("cancel", { taskArn: null });

  one.start();
  await one.clock.advance(3000);
  one.live.set("run-1", [taskArn(1)]);
  await one.clock.advance(30_000);

  assert.equal(one.count("stop"), 1);
  assert.equal(one.runs.get("run-1")?.type, "Cancelled");
});

Deno.test("cancel: given there is no task at all, when looked for, then the run is Cancelled", async () => {
  const one = stop("cancel", { taskArn: null });

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
  assert.deepEqual(one.ended.result, { outcome: "stopped", version: 2, wasRunning: false, failure: null });
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
    one.runs.set("run-1", runState(type, { version: 9 }));

    one.start();
    await one.clock.advance(10_000);

    assert.deepEqual(one.ended.result, { outcome: "ended" });
    assert.equal(one.count("stop"), 0);
  });
}

Deno.test("too slow: given a run that begins while it is stopped, when STOPPED, then that is told", async () => {
  const one = stop("tooSlow");

  one.start();
  await one.clock.advance(1000);
  one.runs.set("run-1", runState("Running", { version: 3 }));
  await one.clock.advance(10_000);

  assert.deepEqual(one.ended.result, { outcome: "stopped", version: 3, wasRunning: true, failure: null });
});

for (
  const [stopCode, expected] of [["TaskFailedToStart", "configuration"], ["UserInitiated", null], [
    null,
    null,
  ]] as const
) {
  Deno.test(
    `too slow: given a task with stop code ${stopCode}, when it turns out to have stopped, then ${
      expected ?? "slowness"
    } is what it ended of`,
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
    return stopTask({ ...STOPPABLE, runId: `run-${n}`, taskArn: arn, reason: "cancel" }, signal);
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
    runs.map(([runId, arn]) =>
      stopTask({ ...STOPPABLE, runId, taskArn: arn, startedBy: runId, reason: "tooSlow" }, signal)
    ),
  );

  await world.clock.advance(1000);

  assert.deepEqual((await ended).map(({ status }) => status), ["rejected", "fulfilled"]);
  assert.equal(world.count("describe"), 2);
});
