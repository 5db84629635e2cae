import assert from "node:assert/strict";
import { makeTaskWatcher } from "../../../actors/watch/watch_tasks.ts";
import type { SeenTask, TaskChange } from "../../../schemas/contracts/platform.ts";
import { taskArn } from "../../support/fake_ecs.ts";
import { runState, TASK, watchedWorld } from "../../support/watched_world.ts";

const FAILED: SeenTask = {
  ...{ phase: "stopped", status: "Failed", failed: true, neverRan: false, endedByItself: true },
  ...{ class: "exited", evidence: null },
} as const;
const PACE = { periodMs: 1000, missingGraceMs: 20_000, reportGraceMs: 1000, toldGraceMs: 1000 };

function world(pace = PACE) {
  const base = watchedWorld();
  const told: string[] = [];
  const done: string[] = [];
  const watcher = makeTaskWatcher({ ...base, platform: { ...base.platform, pace } });
  base.runs.set("run-1", runState("Running"));
  const leave = watcher.watchTask(TASK, ({ type }) => void told.push(type));
  const change = (seen: SeenTask): TaskChange => ({
    task: { id: taskArn(1), place: TASK.place },
    seen,
    ownerOf: () => Promise.resolve({ runId: "run-1", place: TASK.place }),
    done: (how) => void done.push(how),
  });
  return { ...base, watcher, told, done, leave, change };
}

Deno.test("changes: given a task that failed, when its run is followed, then the run has its own time to report", async () => {
  const { clock, watcher, told, done, leave, change } = world();
  watcher.changed([change(FAILED)]);
  await clock.advance(900);
  const early = [...told];
  await clock.advance(1500);
  leave();

  assert.deepEqual(early, ["task.started"]);
  assert.deepEqual(told.at(-1), "task.stopped");
  assert.deepEqual(done, ["followed"]);
});

Deno.test("changes: given a task that failed, when its run reports an end in its own time, then that counts", async () => {
  const { clock, runs, watcher, told, leave, change } = world();
  watcher.changed([change(FAILED)]);
  await clock.advance(500);
  runs.set("run-1", runState("Success"));
  await clock.advance(2000);
  leave();

  assert.ok(told.includes("run.ended"));
  assert.ok(!told.includes("task.stopped"));
});

Deno.test("changes: given notes of a task, when it is told twice, then its run's log has each once", async () => {
  const { clock, watcher, logged, leave, change } = world();
  const notes = [{ key: "why", level: "WARNING", text: "no room" }] as const;
  const pending: SeenTask = { phase: "pending", status: "Pending", notes };
  watcher.changed([change(pending), change(pending)]);
  await clock.advance(100);
  leave();

  assert.deepEqual(logged.filter((line) => line.includes("no room")), ["run WARNING no room"]);
});
