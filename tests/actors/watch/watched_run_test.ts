/** How the watcher comes to its verdict on one run, look by look. @module */

import assert from "node:assert/strict";
import type { Task } from "../../../actors/ecs/calls.ts";
import type { RunState } from "../../../schemas/contracts/orchestrator.ts";
import type { Platform, TaskLog, WatchedTask } from "../../../schemas/contracts/platform.ts";
import { makeTaskWatcher, type WatcherDeps } from "../../../actors/watch/watch_tasks.ts";
import type { FlowRunEvent } from "../../../schemas/flow_run/events.ts";
import type { Failure } from "../../../schemas/failure/failure.ts";
import { refused, task, taskArn } from "../../support/fake_ecs.ts";
import { someClaim } from "../../support/claim.ts";
import { placeIn, runState, stoppedTask, TASK, watchedWorld } from "../../support/watched_world.ts";

const UP = { lastStatus: "RUNNING" };
const LOOK_MS = 5000;
const THROTTLED: Failure = { tag: "throttled", retryAfterMs: 500, message: "Rate exceeded" };
const DENIED = refused("ListTasks", "AccessDeniedException", "not authorized to perform: ecs:ListTasks");
/** A task whose containers never ran. */
const NEVER_BEGAN = stoppedTask({ stopCode: "TaskFailedToStart" }, null);

/** A task that AWS took from a flow that had begun. */
const RECLAIMED = stoppedTask({
  stopCode: "TerminationNotice",
  stoppedReason: "Spot Instance was terminated by the service.",
}, 143);

type More = {
  readonly readLog?: Platform<unknown>["log"];
  readonly hasLaterClaim?: WatcherDeps["orchestrator"]["hasLaterClaim"];
};

/** One run and its task, watched from now on. */
function watch(given: Partial<WatchedTask> = {}, { hasLaterClaim, readLog }: More = {}) {
  const world = watchedWorld();
  const told: FlowRunEvent[] = [];
  world.runs.set("run-1", runState("Submitted"));
  world.tasks.set(taskArn(1), task(taskArn(1)));
  const orchestrator = { ...world.orchestrator, ...(hasLaterClaim === undefined ? {} : { hasLaterClaim }) };
  const platform = { ...world.platform, ...(readLog === undefined ? {} : { log: readLog }) };
  const watcher = makeTaskWatcher({ ...world, orchestrator, platform });
  watcher.watchTask({ ...TASK, ...given }, (event) => told.push(event));
  const types = () => [...new Set(told.map(({ type }) => type))];
  const set = (state: RunState, seen: Task | null = null) => {
    world.runs.set("run-1", state);
    if (seen !== null) world.tasks.set(seen.arn, seen);
  };
  return {
    ...world,
    watcher,
    told,
    types,
    set,
    looks: (count: number) => world.clock.advance(count * LOOK_MS),
  };
}

Deno.test("verdict: given a task that only hands its flow over, when it comes up, then that is the start, told once", async () => {
  const one = watch({ delegatesToOtherJob: true });

  await one.looks(1);
  const before = one.types();
  one.tasks.set(taskArn(1), task(taskArn(1), UP));
  await one.looks(3);

  assert.deepEqual([before, one.told], [[], [{ type: "task.started" }]]);
});

Deno.test("verdict: given a task that is MISSING twice, each time within the grace, when both exceed it together, then it lives", async () => {
  const one = watch();
  for (let times = 0; times < 2; times++) {
    one.tasks.delete(taskArn(1));
    await one.looks(9);
    one.tasks.set(taskArn(1), task(taskArn(1), UP));
    await one.looks(1);
  }

  assert.deepEqual([one.told, one.count("list")], [[], 0]);
});

Deno.test("verdict: given a task that stays MISSING but is listed, when it goes on, then it is looked up once in each grace", async () => {
  const one = watch();
  one.tasks.delete(taskArn(1));
  one.live.set("run-1", [taskArn(1)]);

  await one.looks(12);
  const early = one.count("list");
  await one.looks(25);

  assert.deepEqual([early, one.count("list"), one.told], [0, 2, []]);
});

Deno.test("verdict: given another task of the run is listed before its own, when that is MISSING, then its own is still the one", async () => {
  const one = watch();
  one.tasks.delete(taskArn(1));
  one.tasks.set(taskArn(2), task(taskArn(2), UP));
  one.live.set("run-1", [taskArn(2), taskArn(1)]);
  await one.looks(14);
  one.live.delete("run-1");
  one.tasks.set(taskArn(1), stoppedTask());

  await one.looks(4);

  const [event] = one.told;
  assert.ok(event?.type === "task.stopped" && event.failure.message.includes(taskArn(1)));
});

Deno.test("verdict: given ECS throttles when the grace is over, when the task shows again, then it lives", async () => {
  const one = watch();
  one.tasks.delete(taskArn(1));
  one.failNext("list", ...Array(2).fill(THROTTLED));

  await one.looks(14);
  one.tasks.set(taskArn(1), task(taskArn(1), UP));
  await one.looks(10);

  assert.deepEqual([one.told, one.count("list")], [[], 2]);
});

Deno.test("verdict: given tasks that cannot be told by who started them, when one is MISSING, then the grace alone decides", async () => {
  const one = watch({ place: placeIn("default", { canList: false }) });
  one.tasks.delete(taskArn(1));

  await one.looks(20);

  assert.deepEqual([one.types(), one.count("list")], [["task.stopped"], 0]);
});

for (
  const [name, failure, known, expected] of [
    ["throttles", THROTTLED, taskArn(1), []],
    ["throttles", THROTTLED, null, []],
    ["may not be asked", DENIED, taskArn(1), ["task.stopped"]],
    ["may not be asked", DENIED, null, []],
  ] as const
) {
  Deno.test(`verdict: given ECS ${name} for the list, when ${known === null ? "no task is known" : "a task stays MISSING"}, then ${expected[0] ?? "nothing"} is told`, async () => {
    const one = watch({ taskId: known });
    one.tasks.delete(taskArn(1));
    one.failNext("list", ...Array(100).fill(failure));

    await one.looks(30);

    assert.deepEqual(one.types(), expected);
    assert.ok(one.count("list") > 0);
  });
}

for (
  const [name, state, seen, looks, expected] of [
    ["back in the queue", runState("Scheduled"), null, 2, ["run.ended"]],
    ["back in the queue, its task gone", runState("Scheduled"), stoppedTask(), 1, ["run.ended"]],
  ] as const
) {
  Deno.test(`verdict: given a run that is ${name}, then ${looks} looks are enough`, async () => {
    const one = watch();
    one.set(state, seen);

    await one.looks(looks - 1);
    const before = one.types();
    await one.looks(1);

    assert.deepEqual([before, one.types()], [[], expected]);
  });
}

Deno.test("verdict: given a run that is gone with its task, when ten minutes of looks say so, then it is let go", async () => {
  const one = watch();
  one.tasks.set(taskArn(1), stoppedTask());
  one.runs.delete("run-1");

  await one.clock.advance(600_000);
  const before = one.types();
  await one.looks(1);

  assert.deepEqual([before, one.types()], [[], ["run.ended"]]);
});

Deno.test("verdict: given looks that find the run gone now and then, when it is there between them, then it is followed on", async () => {
  const one = watch();
  for (let times = 0; times < 3; times++) {
    one.runs.delete("run-1");
    await one.looks(1);
    one.runs.set("run-1", runState("Submitted"));
    await one.looks(1);
  }

  assert.deepEqual(one.told, []);
});

Deno.test("verdict: given two runs of which the first is gone, when looked at, then the other's wish is heard in the same look", async () => {
  const one = watch();
  const others: FlowRunEvent[] = [];
  one.watcher.watchTask({ ...TASK, runId: "run-2", taskId: taskArn(2) }, (event) => others.push(event));
  one.runs.delete("run-1");
  one.runs.set("run-2", runState("Cancelling", { id: "run-2" }));
  one.tasks.set(taskArn(2), task(taskArn(2), UP));

  await one.looks(1);

  assert.deepEqual(others, [{ type: "cancel.requested" }]);
  assert.deepEqual(one.logged, []);
});

for (
  const [name, known, seen, expected] of [
    ["its task lives", taskArn(1), task(taskArn(1), UP), ["cancel.requested", "run.ended"]],
    ["its task has stopped", taskArn(1), stoppedTask(), ["run.ended"]],
    ["no task is known", null, null, ["run.ended"]],
  ] as const
) {
  Deno.test(`verdict: given a run that is Cancelled and ${name}, when looked at, then ${expected.join(" and ")} are told`, async () => {
    const one = watch({ taskId: known });
    one.set(runState("Cancelled"), seen);

    await one.looks(1);

    assert.deepEqual(one.types(), expected);
  });
}

Deno.test("verdict: given a run that is Running although its task never began, when the grace of MISSING tasks is over, then it is explained", async () => {
  const one = watch();
  one.set(runState("Running"), NEVER_BEGAN);

  await one.looks(12);
  const early = one.types();
  await one.looks(4);

  assert.deepEqual([early, one.types()], [["task.started"], ["task.started", "task.stopped"]]);
});

Deno.test("verdict: given a task that stopped long before the run was Running, when ECS shows the other task late, then that is followed", async () => {
  const one = watch();
  one.set(runState("Submitted"), NEVER_BEGAN);
  one.failNext("list", ...Array(30).fill(THROTTLED));
  await one.looks(25);
  one.set(runState("Running", { version: "3" }));
  await one.looks(10);
  one.tasks.set(taskArn(2), task(taskArn(2), UP));
  one.live.set("run-1", [taskArn(2)]);

  await one.looks(20);

  assert.deepEqual(one.types(), ["task.started"]);
});

for (const [name, seen] of [["never began", NEVER_BEGAN], ["AWS took", RECLAIMED]] as const) {
  Deno.test(`verdict: given a run that is Running over a task that ${name}, when tasks may not be listed, then another one's end is waited for`, async () => {
    const one = watch();
    one.set(runState("Running"), seen);
    one.failNext("list", ...Array(50).fill(DENIED));

    await one.looks(40);
    const during = one.types();
    one.set(runState("Success", { version: "5" }));
    await one.looks(2);

    assert.deepEqual([during, one.types()], [["task.started"], ["task.started", "run.ended"]]);
    const warnings = one.logged.filter((line) => line.startsWith("WARNING"));
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0] ?? "",
      /run-1 is Running although its task \S+ has stopped.*allow ecs:ListTasks/,
    );
  });
}

Deno.test("verdict: given the same, when tasks may be listed again and none lives, then the run is explained", async () => {
  const one = watch();
  one.set(runState("Running"), RECLAIMED);
  one.failNext("list", ...Array(50).fill(DENIED));

  await one.looks(180);

  const last = one.told.at(-1);
  assert.ok(last?.type === "task.stopped" && last.failure.tag === "taskStopped");
  assert.equal(last.failure.class, "vanished");
});

Deno.test("verdict: given a run that was Running while its task lived, when AWS takes that and tasks may not be listed, then it is explained", async () => {
  const one = watch();
  one.set(runState("Running"), task(taskArn(1), UP));
  await one.looks(3);
  one.set(runState("Running"), RECLAIMED);
  one.failNext("list", ...Array(50).fill(DENIED));

  await one.looks(6);

  assert.deepEqual(one.types(), ["task.started", "task.stopped"]);
});

Deno.test("verdict: given a run that was submitted once more and is Running again, when its old task was taken, then that may be another one's word", async () => {
  const one = watch();
  one.set(runState("Running"), task(taskArn(1), UP));
  await one.looks(3);
  one.set(runState("Submitted", { version: "4" }));
  await one.looks(3);
  one.set(runState("Running", { version: "5" }), RECLAIMED);
  one.failNext("list", ...Array(50).fill(DENIED));

  await one.looks(30);

  assert.deepEqual(one.types(), ["task.started"]);
});

Deno.test("verdict: given a task whose container ended, which nobody replaces, when tasks may not be listed, then it is explained", async () => {
  const one = watch();
  one.set(runState("Running"), stoppedTask({}, 137));
  one.failNext("list", ...Array(50).fill(DENIED));

  await one.looks(6);

  assert.deepEqual(one.types(), ["task.started", "task.stopped"]);
});

Deno.test("verdict: given the same on behalf of a late retry, when the grace of its report is over, then it is explained then", async () => {
  const one = watch({ claim: someClaim("r3:t@4") });
  one.set(runState("Running"), NEVER_BEGAN);

  await one.looks(4);

  assert.deepEqual(one.types(), ["task.started", "task.stopped"]);
});

Deno.test("verdict: given a run that begins while its task is seen alive, when that stops as those do that never began, then it is explained at once", async () => {
  const one = watch();
  one.set(runState("Running"), task(taskArn(1), UP));
  await one.looks(2);

  one.tasks.set(taskArn(1), NEVER_BEGAN);
  await one.looks(3);

  assert.deepEqual(one.types(), ["task.started", "task.stopped"]);
});

Deno.test("verdict: given a task that was seen alive only before the run was Running, when it never began, then another one may run it", async () => {
  const one = watch();
  await one.looks(1);

  one.set(runState("Running"), NEVER_BEGAN);
  await one.looks(5);

  assert.deepEqual(one.types(), ["task.started"]);
});

Deno.test("verdict: given a run that its task had begun, when another is followed that never began, then a third may run it", async () => {
  const one = watch();
  one.set(runState("Running"), task(taskArn(1), UP));
  await one.looks(14);
  one.tasks.set(taskArn(1), stoppedTask());
  one.live.set("run-1", [taskArn(2)]);
  one.tasks.set(taskArn(2), { ...NEVER_BEGAN, arn: taskArn(2) });
  await one.looks(3);
  one.live.delete("run-1");

  await one.looks(5);
  const early = one.types();
  await one.looks(12);

  assert.deepEqual([early, one.types()], [["task.started"], ["task.started", "task.stopped"]]);
});

Deno.test("verdict: given ECS that cannot say whether another task lives, when it can, then the verdict comes", async () => {
  const one = watch();
  one.tasks.set(taskArn(1), stoppedTask());
  one.failNext("list", THROTTLED);

  await one.looks(3);
  const early = one.types();
  await one.looks(1);

  assert.deepEqual([early, one.types()], [[], ["task.stopped"]]);
  assert.ok(
    one.logged.some((line) => /DEBUG Cannot settle flow run run-1 now: ECS did not answer/.test(line)),
  );
});

Deno.test("verdict: given another task of the run lives, when that one has stopped as well, then it is the one explained", async () => {
  const one = watch();
  one.tasks.set(taskArn(1), stoppedTask());
  one.tasks.set(taskArn(2), task(taskArn(2), UP));
  one.live.set("run-1", [taskArn(2)]);
  await one.looks(6);
  one.live.delete("run-1");
  one.tasks.set(taskArn(2), stoppedTask({ arn: taskArn(2) }));

  await one.looks(4);

  const [event, ...others] = one.told;
  assert.ok(event?.type === "task.stopped" && others.length === 0);
  assert.ok(event.failure.message.includes(taskArn(2)));
});

Deno.test("verdict: given a task found instead of one that was MISSING, when it is MISSING too, then it has a grace of its own", async () => {
  const one = watch();
  one.tasks.delete(taskArn(1));
  one.tasks.set(taskArn(2), task(taskArn(2), UP));
  one.live.set("run-1", [taskArn(2)]);

  await one.looks(14);
  one.tasks.delete(taskArn(2));
  one.live.delete("run-1");
  const early = one.types();
  await one.looks(8);
  const late = one.types();
  await one.looks(10);

  assert.deepEqual([early, late, one.types()], [[], [], ["task.stopped"]]);
});

/** What may be so when a task has stopped without its run reporting an end. */
const ENDS: readonly (readonly [
  name: string,
  given: {
    readonly state: RunState;
    readonly seen: Task;
    readonly delegatesToOtherJob?: boolean;
    readonly waits?: boolean;
    readonly later?: boolean;
  },
  expected: "run.ended" | "task.stopped",
])[] = [
  ["it waits for a place in its queue", { state: runState("Queued"), seen: stoppedTask() }, "run.ended"],
  [
    "it had not begun",
    { state: runState("Submitted"), seen: stoppedTask({}, 0), waits: true },
    "task.stopped",
  ],
  [
    "it waits for a retry",
    { state: runState("Running"), seen: stoppedTask({}, 0), waits: true },
    "run.ended",
  ],
  [
    "it waits, but its task failed",
    { state: runState("Running"), seen: stoppedTask(), waits: true },
    "task.stopped",
  ],
  ["it waits for nothing", { state: runState("Running"), seen: stoppedTask({}, 0) }, "task.stopped"],
  ["a later claim has it", { state: runState("Running"), seen: stoppedTask(), later: true }, "run.ended"],
  [
    "its task was to hand it over and did",
    { state: runState("Submitted"), seen: stoppedTask({}, 0), delegatesToOtherJob: true },
    "run.ended",
  ],
  [
    "its task was to hand it over and failed",
    { state: runState("Submitted"), seen: stoppedTask(), delegatesToOtherJob: true },
    "task.stopped",
  ],
  [
    "its task was to hand it over and had no container",
    { state: runState("Submitted"), seen: stoppedTask({ containers: [] }), delegatesToOtherJob: true },
    "task.stopped",
  ],
];

for (
  const [name, { state, seen, delegatesToOtherJob = false, waits = false, later = false }, expected] of ENDS
) {
  Deno.test(`verdict: given a run whose task stopped, when ${name}, then ${expected} is told`, async () => {
    const one = watch({ delegatesToOtherJob }, { hasLaterClaim: () => Promise.resolve(later) });
    one.set(state, seen);
    if (waits) one.waiting.add("run-1");

    await one.looks(5);

    assert.equal(one.types().at(-1), expected);
    // Only a flow that runs may be meant to have no task, and the API is asked about no other.
    if (!state.running) assert.equal(one.count("isWaiting"), 0);
  });
}

Deno.test("verdict: given a log that cannot be read at first, when a task is explained, then the next look tries again", async () => {
  let tries = 0;
  const readLog = () =>
    ++tries === 1
      ? Promise.reject(new Error("cut off"))
      : Promise.resolve({ places: [], lastLines: ["MemoryError"] });
  const one = watch({}, { readLog });
  one.tasks.set(taskArn(1), stoppedTask());

  await one.looks(5);

  const [event] = one.told;
  assert.ok(event?.type === "task.stopped" && one.told.length === 1);
  assert.match(event.failure.message, /MemoryError$/);
  assert.equal(tries, 2);
});

Deno.test("verdict: given a run that leaves while its last lines are read, when they come, then it is told nothing", async () => {
  const { promise, resolve } = Promise.withResolvers<TaskLog>();
  const world = watchedWorld();
  const told: FlowRunEvent[] = [];
  world.runs.set("run-1", runState("Submitted"));
  world.tasks.set(taskArn(1), stoppedTask());
  const watcher = makeTaskWatcher({ ...world, platform: { ...world.platform, log: () => promise } });
  const leave = watcher.watchTask(TASK, (event) => told.push(event));

  await world.clock.advance(20_000);
  leave();
  resolve({ places: [], lastLines: ["MemoryError"] });
  await world.clock.advance(1000);

  assert.deepEqual([told, world.clock.pending()], [[], 0]);
});
