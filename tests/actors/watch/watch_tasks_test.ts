/** The watcher over runs and tasks that a test moves by hand. @module */

import assert from "node:assert/strict";
import { makeTaskWatcher, noTaskWatcher } from "../../../actors/watch/watch_tasks.ts";
import type { Platform, WatchedTask } from "../../../schemas/contracts/platform.ts";
import type { FlowRunEvent } from "../../../schemas/flow_run/events.ts";
import type { Failure } from "../../../schemas/failure/failure.ts";
import { fakeClock } from "../../support/clock.ts";
import { refused, task, taskArn } from "../../support/fake_ecs.ts";
import { KEY, someClaim } from "../../support/claim.ts";
import { placeIn, runState, stoppedTask, TASK, watchedWorld } from "../../support/watched_world.ts";

const UP = { lastStatus: "RUNNING" };
const OTHER_CLUSTER = "arn:aws:ecs:us-east-1:123456789012:task/other/0123456789abcdef0123456789abcdef";
const throttled: Failure = { tag: "throttled", retryAfterMs: 500, message: "Rate exceeded" };
const denied = refused("DescribeTasks", "AccessDeniedException", "not authorized");

/** A watched run, what it was told, and the world around it. */
function watch(
  given: Partial<WatchedTask> = {},
  readLog: Platform<unknown>["log"] | null = null,
) {
  const world = watchedWorld();
  const told: FlowRunEvent[] = [];
  world.runs.set("run-1", runState("Submitted"));
  world.tasks.set(taskArn(1), task(taskArn(1)));
  const platform = { ...world.platform, ...(readLog === null ? {} : { log: readLog }) };
  const watcher = makeTaskWatcher({ ...world, platform });
  const leave = watcher.watchTask({ ...TASK, ...given }, (event) => told.push(event));
  return { ...world, told, watcher, leave, types: () => told.map(({ type }) => type) };
}

const only = (events: readonly FlowRunEvent[]) => [...new Set(events.map(({ type }) => type))];

Deno.test("watch: given a task that comes up and a run that reports, when looked at, then start and end are told", async () => {
  const one = watch();

  one.tasks.set(taskArn(1), task(taskArn(1), UP));
  await one.clock.advance(5000);
  const before = one.types();
  one.runs.set("run-1", runState("Running"));
  await one.clock.advance(10_000);
  const during = one.types();
  one.runs.set("run-1", runState("Success"));
  await one.clock.advance(5000);

  assert.deepEqual(before, []);
  assert.deepEqual(during, ["task.started"]);
  assert.equal(one.types().at(-1), "run.ended");
  one.leave();
  assert.equal(one.clock.pending(), 0);
});

for (const [type, told] of [["Success", ["task.started", "run.ended"]], ["Failed", ["run.ended"]]] as const) {
  Deno.test(`watch: given a short run, when it is ${type} at the first look, then its start is told where it certainly began`, async () => {
    const one = watch();
    one.runs.set("run-1", runState(type));

    await one.clock.advance(5000);

    assert.deepEqual(only(one.told), told);
    one.leave();
  });
}

Deno.test("watch: given a task that stopped, when the run reports its end within the grace, then it is not told stopped", async () => {
  const one = watch();
  one.runs.set("run-1", runState("Running"));
  one.tasks.set(taskArn(1), stoppedTask({}, 0));

  await one.clock.advance(8000);
  one.runs.set("run-1", runState("Success", { version: "4" }));
  await one.clock.advance(60_000);

  assert.deepEqual(only(one.told), ["task.started", "run.ended"]);
  one.leave();
});

Deno.test("watch: given a task that stopped without a report, when the grace is over, then it is explained at the version read", async () => {
  const one = watch();
  one.runs.set("run-1", runState("Running", { version: "3" }));
  one.tasks.set(taskArn(1), stoppedTask({}, 137));

  await one.clock.advance(14_000);
  const early = one.types();
  await one.clock.advance(10_000);

  assert.deepEqual(early, ["task.started"]);
  const last = one.told.at(-1);
  assert.ok(last?.type === "task.stopped" && last.failure.tag === "taskStopped");
  assert.equal(last.version, "3");
  assert.deepEqual([last.failure.class, last.failure.wasRunning], ["outOfMemory", true]);
  assert.equal(one.types().filter((type) => type === "task.stopped").length, 1);
  one.leave();
});

Deno.test("watch: given a task that failed to start, when explained, then the run was not running", async () => {
  const one = watch();
  one.tasks.set(taskArn(1), stoppedTask({ stopCode: "TaskFailedToStart", containers: [] }));

  await one.clock.advance(30_000);

  const last = one.told.at(-1);
  assert.ok(last?.type === "task.stopped" && last.failure.tag === "taskStopped");
  assert.equal(last.failure.wasRunning, false);
  one.leave();
});

Deno.test("watch: given last lines of the log, when explained, then they are quoted", async () => {
  const log = { places: ["stream s"], lastLines: ["MemoryError"] };
  const one = watch({}, () => Promise.resolve(log));
  one.tasks.set(taskArn(1), stoppedTask());

  await one.clock.advance(30_000);

  const last = one.told.at(-1);
  assert.ok(last?.type === "task.stopped");
  assert.match(last.failure.message, /last lines of its log: MemoryError$/);
  one.leave();
});

for (const missingMs of [3000, 55_000]) {
  Deno.test(`watch: given a task that is MISSING for ${missingMs} ms, when it shows again, then nothing is told`, async () => {
    const one = watch();
    one.tasks.delete(taskArn(1));

    await one.clock.advance(5000 + missingMs);
    one.tasks.set(taskArn(1), task(taskArn(1), UP));
    await one.clock.advance(120_000);

    assert.deepEqual(one.told, []);
    one.leave();
  });
}

Deno.test("watch: given a task that stays MISSING, when the grace is over and none is listed, then it is vanished", async () => {
  const one = watch();
  one.tasks.delete(taskArn(1));

  await one.clock.advance(60_000);
  const early = [...one.told];
  await one.clock.advance(30_000);

  assert.deepEqual(early, []);
  const last = one.told.at(-1);
  assert.ok(last?.type === "task.stopped" && last.failure.tag === "taskStopped");
  assert.equal(last.failure.class, "vanished");
  one.leave();
});

Deno.test("watch: given a task that stays MISSING but is listed, when the grace is over, then it lives", async () => {
  const one = watch();
  one.tasks.delete(taskArn(1));
  one.live.set("run-1", [taskArn(1)]);

  await one.clock.advance(300_000);

  assert.deepEqual(one.told, []);
  one.leave();
});

Deno.test("watch: given ECS throttles or is away, when looked at, then that is no death", async () => {
  const one = watch();
  one.failNext("describe", ...Array(40).fill(throttled));

  await one.clock.advance(190_000);

  assert.deepEqual(one.told, []);
  one.leave();
});

Deno.test("watch: given Prefect is away, when a task has stopped, then nothing is concluded before it answers", async () => {
  const one = watch();
  one.tasks.set(taskArn(1), stoppedTask());
  one.failNext("read", ...Array(20).fill({ tag: "unavailable", status: 503, message: "503" }));

  await one.clock.advance(95_000);
  const during = [...one.told];
  await one.clock.advance(30_000);

  assert.deepEqual(during, []);
  assert.equal(one.types().at(-1), "task.stopped");
  one.leave();
});

Deno.test("watch: given a run that is Cancelling, when looked at, then the wish is told again and again", async () => {
  const one = watch();
  one.runs.set("run-1", runState("Cancelling"));

  await one.clock.advance(12_000);

  assert.deepEqual(one.types(), ["cancel.requested", "cancel.requested"]);
  one.leave();
});

Deno.test("watch: given a run that is Cancelled while its task lives, when looked at, then the task is to be stopped", async () => {
  const one = watch();
  one.runs.set("run-1", runState("Cancelled"));

  await one.clock.advance(5000);

  assert.equal(one.types()[0], "cancel.requested");
  one.leave();
});

Deno.test("watch: given a run that was rescheduled, when two looks agree, then it is let go", async () => {
  const one = watch();
  one.runs.set("run-1", runState("Scheduled", { version: "5" }));

  await one.clock.advance(5000);
  const first = [...one.told];
  await one.clock.advance(5000);

  assert.deepEqual(first, []);
  assert.deepEqual(one.types(), ["run.ended"]);
  one.leave();
});

Deno.test("watch: given a run that waits in its queue, when its task lives, then it is watched on", async () => {
  const one = watch();
  one.runs.set("run-1", runState("Queued"));

  await one.clock.advance(60_000);

  assert.deepEqual(one.told, []);
  one.leave();
});

Deno.test("watch: given a run that somebody claimed anew, when looked at, then it is let go", async () => {
  const one = watch();
  const { marker } = someClaim("v7", { agent: "other", scope: "r/c" });
  one.runs.set("run-1", runState("Submitted", { marker, version: "8" }));

  await one.clock.advance(5000);

  assert.deepEqual(one.types(), ["run.ended"]);
  one.leave();
});

Deno.test("watch: given a run that reads do not show although they show others, when a minute has passed, then it is let go and the log says why", async () => {
  const one = watch();
  const leaveOther = one.watcher.watchTask({ ...TASK, runId: "run-2", taskId: taskArn(2) }, () => undefined);
  one.runs.set("run-2", runState("Submitted", { id: "run-2" }));
  one.tasks.set(taskArn(2), task(taskArn(2)));
  one.runs.delete("run-1");

  await one.clock.advance(60_000);
  const before = one.types();
  await one.clock.advance(10_000);

  assert.deepEqual([before, only(one.told)], [[], ["run.ended"]]);
  assert.equal(one.logged.filter((line) => line.includes("is let go")).length, 1);
  assert.match(
    one.logged.join("\n"),
    /WARNING Flow run run-1 is let go: the API has not shown it in 13 reads over 60 s/,
  );
  one.leave();
  leaveOther();
});

Deno.test("watch: given reads that show no run at all, when its task is live, then it is followed on and the log says what is odd", async () => {
  const one = watch();
  one.runs.delete("run-1");
  one.live.set("run-1", [taskArn(1)]);

  await one.clock.advance(1_800_000);

  assert.deepEqual(one.types(), []);
  const lines = one.logged.filter((line) => line.includes("answers reads without 1 of the 1 flow runs"));
  assert.deepEqual([lines.length, lines[0]?.includes("for 10 s by now; they are kept")], [6, true]);
  one.leave();
});

Deno.test("watch: given reads that show no run at all, when ten minutes have passed and no task of it is live, then it is let go", async () => {
  const one = watch();
  one.runs.delete("run-1");

  await one.clock.advance(600_000);
  const before = one.types();
  await one.clock.advance(10_000);

  assert.deepEqual([before, one.types()], [[], ["run.ended"]]);
  assert.match(
    one.logged.join("\n"),
    /over 600 s, nor most of the other runs, and ECS shows no live task of it/,
  );
  one.leave();
});

Deno.test("watch: given a flow that waits for a retry, when its task has ended well, then it is let go", async () => {
  const one = watch();
  one.runs.set("run-1", runState("Running"));
  one.tasks.set(taskArn(1), stoppedTask({}, 0));
  one.waiting.add("run-1");

  await one.clock.advance(30_000);

  assert.equal(one.types().at(-1), "run.ended");
  assert.ok(!one.types().includes("task.stopped"));
  one.leave();
});

Deno.test("watch: given a task that only hands its flow over, when it ends well, then the run is let go unharmed", async () => {
  const one = watch({ delegatesToOtherJob: true });
  one.tasks.set(taskArn(1), task(taskArn(1), UP));
  await one.clock.advance(5000);
  one.tasks.set(taskArn(1), stoppedTask({}, 0));

  await one.clock.advance(30_000);

  assert.deepEqual(one.types(), ["task.started", "run.ended"]);
  one.leave();
});

Deno.test("watch: given a running flow without a known task, when none is found in two looks, then it is vanished", async () => {
  const one = watch({ taskId: null });
  one.runs.set("run-1", runState("Running"));

  await one.clock.advance(60_000);
  const early = one.types();
  await one.clock.advance(30_000);

  assert.deepEqual(only(one.told.slice(0, early.length)), ["task.started"]);
  assert.equal(one.types().at(-1), "task.stopped");
  assert.ok(one.count("list") <= 3);
  one.leave();
});

Deno.test("watch: given a running flow without a known task, when one is listed, then that one is followed", async () => {
  const one = watch({ taskId: null });
  one.runs.set("run-1", runState("Running"));
  one.live.set("run-1", [taskArn(1)]);

  await one.clock.advance(120_000);
  const before = one.types();
  one.live.delete("run-1");
  one.tasks.set(taskArn(1), stoppedTask());
  await one.clock.advance(30_000);

  assert.deepEqual(before, ["task.started"]);
  assert.equal(one.types().at(-1), "task.stopped");
  one.leave();
});

Deno.test("watch: given tasks that cannot be told by who started them, when none is known, then nothing is concluded", async () => {
  const one = watch({ taskId: null, place: placeIn("default", { canList: false }) });
  one.runs.set("run-1", runState("Running"));

  await one.clock.advance(600_000);

  assert.deepEqual(one.types(), ["task.started"]);
  assert.equal(one.count("list"), 0);
  one.leave();
});

Deno.test("watch: given another task of the run lives, when its own has stopped, then that one is followed", async () => {
  const one = watch();
  one.tasks.set(taskArn(1), stoppedTask());
  one.tasks.set(taskArn(2), task(taskArn(2), UP));
  one.live.set("run-1", [taskArn(2)]);

  await one.clock.advance(120_000);

  assert.deepEqual(one.told, []);
  one.leave();
});

Deno.test("watch: given IAM refuses, when looked at, then it says so once, lets go, and watches nothing any more", async () => {
  const one = watch();
  one.failNext("describe", denied);

  await one.clock.advance(6000);
  const told = one.types();
  const later: FlowRunEvent[] = [];
  one.watcher.watchTask(TASK, (event) => later.push(event));
  await one.clock.advance(60_000);

  assert.deepEqual(told, ["run.ended"]);
  assert.deepEqual(later, [{ type: "run.ended" }]);
  assert.equal(one.logged.filter((line) => line.startsWith("WARNING")).length, 1);
  assert.equal(one.count("describe"), 1);
  one.leave();
});

for (
  const [name, failures, again, lines] of [
    ["still refuses", [denied, denied], ["run.ended"], ["WARNING"]],
    ["allows it by now", [denied], ["task.started"], ["WARNING", "INFO"]],
  ] as const
) {
  Deno.test(`watch: given IAM refused ten minutes ago, when it ${name}, then one look tells, and no warning is repeated`, async () => {
    const one = watch();
    for (const failure of failures) one.failNext("describe", failure);
    await one.clock.advance(6000);
    one.leave();
    await one.clock.advance(600_000);

    const later: string[] = [];
    one.runs.set("run-1", runState("Running"));
    const leave = one.watcher.watchTask(TASK, ({ type }) => later.push(type));
    await one.clock.advance(6000);

    assert.deepEqual(later.slice(0, 1), again);
    assert.deepEqual(one.logged.map((line) => line.split(" ")[0]), lines);
    leave();
  });
}

Deno.test("watch: given IAM refuses one cluster of two, when looked at, then the tasks of the other are watched on", async () => {
  const one = watch();
  const other = { ...TASK, runId: "run-2", taskId: OTHER_CLUSTER, place: placeIn("other") };
  const told: string[] = [];
  one.runs.set("run-2", runState("Running", { id: "run-2" }));
  one.tasks.set(OTHER_CLUSTER, task(OTHER_CLUSTER, UP));
  const leave = one.watcher.watchTask(other, ({ type }) => told.push(type));
  one.failNext("describe", denied);

  await one.clock.advance(30_000);

  assert.deepEqual(one.types(), ["run.ended"]);
  assert.deepEqual(told, ["task.started"]);
  leave();
  one.leave();
});

Deno.test("watch: given 250 tasks in two clusters, when looked at, then a hundred travel together", async () => {
  const world = watchedWorld();
  const watcher = makeTaskWatcher(world);
  const arn = (n: number) => taskArn(n).replace("task/default/", `task/${n < 150 ? "a" : "b"}/`);
  const leaves = Array.from({ length: 250 }, (_, n) => {
    world.runs.set(`run-${n}`, runState("Submitted", { id: `run-${n}` }));
    world.tasks.set(arn(n), task(arn(n)));
    return watcher.watchTask({ ...TASK, runId: `run-${n}`, taskId: arn(n) }, () => undefined);
  });

  await world.clock.advance(5000);

  assert.equal(watcher.count(), 250);
  assert.deepEqual(world.calls.filter((call) => call.startsWith("describe")).sort(), [
    "describe a 100",
    "describe a 50",
    "describe b 100",
  ]);
  assert.equal(world.count("read"), 1);
  for (const leave of leaves) leave();
  assert.equal(world.clock.pending(), 0);
});

Deno.test("watch: given 10000 tasks, when a minute passes, then ECS is asked no more than 2.5 times a second", async () => {
  const world = watchedWorld();
  const watcher = makeTaskWatcher(world);
  const leaves = Array.from({ length: 10_000 }, (_, n) => {
    world.runs.set(`run-${n}`, runState("Running", { id: `run-${n}` }));
    world.tasks.set(taskArn(n), task(taskArn(n), UP));
    return watcher.watchTask({ ...TASK, runId: `run-${n}`, taskId: taskArn(n) }, () => undefined);
  });

  world.tasks.set(taskArn(7), stoppedTask({ arn: taskArn(7) }));

  await world.clock.advance(121_000);

  assert.equal(world.count("describe"), 300);
  // All of them with every other look, 400 at a time, and the one whose task stopped with the look between.
  const reads = world.calls.filter((call) => call.startsWith("read")).map((call) =>
    Number(call.split(" ")[1])
  );
  const all = Array(25).fill(400);
  assert.deepEqual(reads, [...all, 1, ...all.with(-1, 399)]);
  for (const leave of leaves) leave();
});

Deno.test("watch: given runs that are followed from their claim on, when looked at, then each is read once, not twice", async () => {
  const world = watchedWorld();
  const watcher = makeTaskWatcher(world);
  const leaves = Array.from({ length: 401 }, (_, n) => {
    world.runs.set(`run-${n}`, runState("Running", { id: `run-${n}` }));
    world.tasks.set(taskArn(n), task(taskArn(n), UP));
    const tell = () => undefined;
    return [
      watcher.watchRun({ runId: `run-${n}`, claim: KEY, place: placeIn("default") }, tell),
      watcher.watchTask({ ...TASK, runId: `run-${n}`, taskId: taskArn(n) }, tell),
    ];
  }).flat();

  await world.clock.advance(26_000);

  // Five looks at 401 tasks, in two parts; the state of each run once with each look.
  assert.deepEqual([world.count("describe"), world.count("read"), watcher.count()], [25, 10, 401]);
  for (const leave of leaves) leave();
});

Deno.test("watch: given a run on its way, when it is cancelled or ends, then that is told", async () => {
  const world = watchedWorld();
  const told: FlowRunEvent[] = [];
  world.runs.set("run-1", runState("Submitted"));
  const leave = makeTaskWatcher(world).watchRun(
    { runId: "run-1", claim: KEY, place: placeIn("default") },
    (event) => told.push(event),
  );

  await world.clock.advance(10_000);
  world.runs.set("run-1", runState("Cancelling"));
  await world.clock.advance(5000);
  world.runs.set("run-1", runState("Failed"));
  await world.clock.advance(5000);

  assert.deepEqual(only(told), ["cancel.requested", "run.ended"]);
  assert.equal(world.count("describe"), 0);
  leave();
});

Deno.test("watch: given a run on its way that is not claimed yet, when looked at, then it is not let go", async () => {
  const world = watchedWorld();
  const told: FlowRunEvent[] = [];
  world.runs.set("run-1", runState("Scheduled", { marker: null }));
  const leave = makeTaskWatcher(world).watchRun(
    { runId: "run-1", claim: KEY, place: placeIn("default") },
    (event) => told.push(event),
  );

  await world.clock.advance(60_000);

  assert.deepEqual(told, []);
  leave();
});

Deno.test("watch: given a run that waits for its start, when somebody claims it without our marker, then it is let go", async () => {
  const world = watchedWorld();
  const told: FlowRunEvent[] = [];
  world.runs.set("run-1", runState("Submitted", { marker: null }));
  const leave = makeTaskWatcher(world).watchRun(
    { runId: "run-1", claim: KEY, place: placeIn("default") },
    (event) => told.push(event),
  );

  await world.clock.advance(30_000);

  assert.deepEqual(told[0], { type: "run.ended" });
  leave();
});

Deno.test("no watch: given a launched run, when watched, then it is let go at once", async () => {
  const clock = fakeClock();
  const told: FlowRunEvent[] = [];

  noTaskWatcher(clock).watchTask(TASK, (event) => told.push(event));
  await clock.advance(0);

  assert.deepEqual(told, [{ type: "run.ended" }]);
});
