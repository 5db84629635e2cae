/** What the platform's queue tells of tasks: whose end it is, and what is told of it. @module */

import assert from "node:assert/strict";
import { makeTaskWatcher } from "../../../actors/watch/watch_tasks.ts";
import type { RunState } from "../../../schemas/contracts/orchestrator.ts";
import type { LiveTask, SeenTask, StoppedTask, TaskChange } from "../../../schemas/contracts/platform.ts";
import type { FlowRunEvent } from "../../../schemas/flow_run/events.ts";
import { task, taskArn } from "../../support/fake_ecs.ts";
import { placeIn, runState, stoppedTask, TASK, watchedWorld } from "../../support/watched_world.ts";

const NEW = taskArn(1);
const OLD = taskArn(7);
const RUNNING: LiveTask = { phase: "running", status: "RUNNING" };

function ended(exitCode: number | null): StoppedTask {
  return {
    phase: "stopped",
    status: "STOPPED",
    failed: exitCode !== 0,
    neverRan: exitCode === null,
    endedByItself: true,
    class: "exited",
    evidence: null,
  };
}

/** A watcher over a world in which run-1 has the task {@link NEW}, after an earlier one. */
function watching(state: Partial<RunState> = {}) {
  const world = watchedWorld();
  const told: FlowRunEvent[] = [];
  const done: string[] = [];
  const watcher = makeTaskWatcher(world);
  world.runs.set("run-1", runState("Running", { taskId: NEW, ...state }));
  world.tasks.set(NEW, task(NEW, { lastStatus: "RUNNING" }));
  const push = (id: string, seen: SeenTask): void => {
    const change: TaskChange = {
      task: { id, place: placeIn("default") },
      seen,
      ownerOf: () => Promise.resolve({ runId: "run-1", place: placeIn("default") }),
      done: (how) => void done.push(how),
    };
    watcher.changed([change]);
  };
  const follow = () => watcher.watchTask(TASK, (event) => void told.push(event));
  const stops = () =>
    [...told, ...world.calls.filter((call) => call.startsWith("fail"))]
      .filter((one) => typeof one === "string" || one.type === "task.stopped").length;
  return { ...world, push, follow, told, done, stops };
}

const WAYS = [
  ["retried by a person", "Running"],
  ["suspended and resumed", "Submitted"],
  ["put back by its flow", "Running"],
] as const;

for (const [way, type] of WAYS) {
  for (const exit of [0, 1, 143, null]) {
    for (
      const [source, times, isFollowed] of [
        ["an event", 1, true],
        ["an event that comes twice", 2, true],
        ["an event before anybody follows the new task", 1, false],
        ["a look", 0, true],
      ] as const
    ) {
      const title = `a run that was ${way}, when ${source} says that its earlier task ended with ${exit}`;
      Deno.test(`whose end: given ${title}, then the run goes on`, async () => {
        const { push, follow, tasks, done, stops, clock } = watching({ type });
        tasks.set(OLD, { ...stoppedTask({}, exit), arn: OLD });
        const leave = isFollowed ? follow() : () => undefined;

        for (let time = 0; time < times; time++) push(OLD, ended(exit));
        await clock.advance(120_000);
        leave();

        assert.deepEqual(done, Array.from({ length: times }, () => "handled"));
        assert.equal(stops(), 0);
      });
    }

    for (const [source, isPushed] of [["an event", true], ["a look", false]] as const) {
      Deno.test(`whose end: given a run that was ${way}, when ${source} says that its new task ended with ${exit} and it reports no end, then it is told that once`, async () => {
        const { push, follow, tasks, stops, clock } = watching({ type });
        const leave = follow();
        await clock.advance(5000);
        tasks.set(NEW, stoppedTask({}, exit));

        if (isPushed) {
          push(NEW, ended(exit));
          push(NEW, ended(exit));
        }
        await clock.advance(120_000);
        leave();

        assert.equal(stops(), 1);
      });
    }
  }
}

Deno.test("whose end: given an event of a failed task of the present launch that nobody follows, when it comes, then the run is failed at once", async () => {
  const { push, stops, clock } = watching();

  push(NEW, ended(1));
  await clock.advance(0);

  assert.equal(stops(), 1);
});

Deno.test("statuses: given a task that is looked at again and again and told of by the queue twice, then each status is told once, and once from the queue", async () => {
  const { push, follow, seen, clock } = watching();
  const leave = follow();
  await clock.advance(30_000);

  push(NEW, RUNNING);
  push(NEW, RUNNING);
  await clock.advance(30_000);
  leave();

  assert.deepEqual(seen, ["run-1 RUNNING", "run-1 RUNNING pushed"]);
});

Deno.test("statuses: given a task of which the queue tells first, when it is looked at, then the status is not told again", async () => {
  const { push, follow, seen, clock } = watching();
  const leave = follow();

  push(NEW, RUNNING);
  await clock.advance(30_000);
  leave();

  assert.deepEqual(seen, ["run-1 RUNNING pushed"]);
});
