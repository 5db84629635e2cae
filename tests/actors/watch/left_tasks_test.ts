/** Tasks that outlive their runs: their looks, their ends, and what is told of them. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { makeLeftTasks } from "../../../actors/watch/left_tasks.ts";
import type { RunState } from "../../../schemas/contracts/orchestrator.ts";
import type { TaskSight } from "../../../schemas/contracts/platform.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { fakeClock } from "../../support/clock.ts";
import { placeIn, platformOver, runState } from "../../support/watched_world.ts";

const RUNNING: TaskSight = { phase: "running", status: "RUNNING" };
const MISSING: TaskSight = { phase: "missing" };
const STOPPED: TaskSight = {
  phase: "stopped",
  status: "STOPPED",
  failed: false,
  neverRan: false,
  endedByItself: true,
  class: "exited",
  evidence: null,
};
const DENIED: TaskSight = {
  phase: "denied",
  failure: {
    tag: "refused",
    service: "ECS",
    code: "AccessDenied",
    operation: "DescribeTasks",
    message: "no",
  },
};

/** Tasks as the test sets them. */
function leftTasks({ toldAfterMs = 60_000 }: { readonly toldAfterMs?: number | null } = {}) {
  const clock = fakeClock();
  const sights = new Map<string, TaskSight>();
  const states = new Map<string, RunState>();
  const looks: number[] = [];
  const lines: string[] = [];
  const away = { is: false };
  const { words } = platformOver({}, { clock, log: () => undefined });
  const left = makeLeftTasks({
    platform: {
      words,
      look: (tasks) => {
        looks.push(tasks.length);
        if (away.is) return Promise.reject(new FailureError({ tag: "unreachable", message: "away" }));
        return Promise.resolve(
          new Map(tasks.flatMap(({ id }) => {
            const sight = sights.get(id);
            return sight === undefined ? [] : [[id, sight]];
          })),
        );
      },
    },
    orchestrator: {
      read: (ids) => Promise.resolve(ids.flatMap((id) => states.get(id) ?? [])),
      log: (runId, level, message) => {
        lines.push(`${runId} ${level} ${message}`);
        return Promise.resolve();
      },
    },
    clock,
    log: () => undefined,
    periodMs: 5000,
    missingGraceMs: 60_000,
    toldAfterMs,
  });
  const gone: string[] = [];
  const life = new AbortController();
  const leave = (id: string, signal = life.signal) => {
    left.gone({ runId: `run of ${id}`, id, place: placeIn("default") }, signal).then(() => gone.push(id));
  };
  return { clock, sights, states, looks, lines, away, left, gone, life, leave };
}

for (
  const [what, sight, forMs] of [
    ["stopped", STOPPED, 5000],
    ["not shown for a minute", MISSING, 65_000],
  ] as const
) {
  Deno.test(`left tasks: given a task that becomes ${what}, when it is looked at, then it is gone, and nothing is asked any more`, async () => {
    const { clock, sights, gone, looks, leave } = leftTasks();
    sights.set("task", RUNNING);
    leave("task");
    await clock.advance(10_000);
    sights.set("task", sight);

    await clock.advance(forMs - 1);
    const before = [...gone];
    await clock.advance(1);
    const asked = looks.length;
    await clock.advance(600_000);

    assert.deepEqual([before, gone], [[], ["task"]]);
    assert.deepEqual([looks.length, clock.pending()], [asked, 0]);
  });
}

for (
  const [what, state, isGone] of [
    ["Running", { finished: false, running: true }, false],
    ["claimed", { finished: false, running: false, claimed: true }, false],
    ["over", { finished: true }, true],
    ["due again", { finished: false, running: false, scheduled: true }, true],
    ["gone", null, true],
  ] as const
) {
  Deno.test(`left tasks: given a task that may not be looked at, when its run is ${what}, then ${isGone ? "it counts as gone" : "it may still live"}`, async () => {
    const { clock, sights, states, gone, leave } = leftTasks();
    if (state !== null) states.set("run of task", runState("Failed", { id: "run of task", ...state }));
    sights.set("task", DENIED);
    leave("task");

    await clock.advance(600_000);

    assert.deepEqual(gone, isGone ? ["task"] : []);
  });
}

Deno.test("left tasks: given looks that fail or do not show a task for less than a minute, when it lives again, then it is not gone", async () => {
  const { clock, sights, gone, away, leave } = leftTasks();
  sights.set("task", RUNNING);
  leave("task");

  away.is = true;
  await clock.advance(600_000);
  away.is = false;
  sights.set("task", MISSING);
  await clock.advance(55_000);
  sights.set("task", RUNNING);
  await clock.advance(10_000);
  sights.set("task", MISSING);
  await clock.advance(55_000);

  assert.deepEqual(gone, []);
});

Deno.test("left tasks: given a task of which the queue tells that it has stopped, then it is gone at once", async () => {
  const { clock, left, gone, looks, leave } = leftTasks();
  leave("task");
  leave("other");

  left.stopped("task");
  await clock.advance(0);

  assert.deepEqual([gone, looks], [["task"], []]);
});

Deno.test("left tasks: given the end of the agent, then nothing is asked and no timer is left", async () => {
  const { clock, gone, looks, life, leave } = leftTasks();
  leave("one");
  leave("two");

  life.abort();
  await clock.advance(600_000);
  leave("late");
  await clock.advance(600_000);

  assert.deepEqual([gone, looks, clock.pending()], [["one", "two", "late"], [], 0]);
});

for (
  const [what, state, isTold] of [
    ["Completed", { end: null, finished: true, type: "Completed" }, true],
    ["Failed", { end: null, finished: true, type: "Failed" }, true],
    ["Crashed", { end: null, finished: true, type: "Crashed" }, true],
    ["Cancelled", { end: null, finished: true, cancelled: true, type: "Cancelled" }, false],
    ["due again", { finished: false, scheduled: true, running: false, type: "AwaitingRetry" }, false],
    ["Running under a new launch", { finished: false, running: true, type: "Running" }, false],
    ["gone from the API", null, false],
  ] as const
) {
  Deno.test(`left tasks: given a run that is ${what}, when its task outlives it by a minute, then that is ${isTold ? "told once in its log" : "not told"} and the task is left alone`, async () => {
    const { clock, sights, states, lines, gone, leave } = leftTasks();
    if (state !== null) states.set("run of task", runState("Failed", { id: "run of task", ...state }));
    sights.set("task", RUNNING);
    leave("task");

    await clock.advance(59_999);
    const early = lines.length;
    await clock.advance(3_600_000);

    assert.deepEqual([early, lines.length, gone], [0, isTold ? 1 : 0, []]);
    if (isTold) {
      assert.match(lines[0] ?? "", new RegExp(`WARNING Flow run run of task is ${what}, and its task`));
    }
  });
}

Deno.test("left tasks: given nobody who wants to be told, when a task outlives its run, then no line is written", async () => {
  const { clock, sights, states, lines, leave } = leftTasks({ toldAfterMs: null });
  states.set("run of task", runState("Failed", { id: "run of task" }));
  sights.set("task", RUNNING);
  leave("task");

  await clock.advance(3_600_000);

  assert.deepEqual(lines, []);
});

Deno.test("left tasks: given any number of tasks, when they are looked at, then at most 100 with each request and one request a second", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 1500 }), async (count) => {
      const { clock, sights, looks, life, leave } = leftTasks();
      for (let at = 0; at < count; at++) {
        sights.set(`t${at}`, RUNNING);
        leave(`t${at}`);
      }

      await clock.advance(50_000);
      life.abort();

      assert.ok(looks.every((many) => many <= 100));
      assert.ok(
        looks.length <= 50 + Math.ceil(count / 100),
        `${looks.length} looks at ${count} tasks in 50 s`,
      );
    }),
    { numRuns: 10 },
  );
});
