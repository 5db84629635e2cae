import assert from "node:assert/strict";
import { handleStray } from "../../../actors/watch/stray_tasks.ts";
import type { RunState } from "../../../schemas/contracts/orchestrator.ts";
import type { StoppedTask } from "../../../schemas/contracts/platform.ts";
import { runState } from "../../support/watched_world.ts";

const SIGNAL = new AbortController().signal;
const PLACE = { canList: false, label: "Task", detail: null } as const;

function stopped(failed: boolean): StoppedTask {
  const ended = {
    status: "STOPPED",
    neverRan: false,
    endedByItself: true,
    class: "exited",
    evidence: null,
  } as const;
  return { phase: "stopped", failed, ...ended };
}

/** What became of a run whose task `task` has stopped, and how the message was answered. */
async function outcome(state: Partial<RunState> | null, { failed = true, isAway = false } = {}) {
  const done: string[] = [];
  await handleStray({
    task: { id: "task", place: PLACE },
    seen: stopped(failed),
    ownerOf: () =>
      isAway ? Promise.reject(new Error("away")) : Promise.resolve({ runId: "run", place: PLACE }),
    done: (how) => void done.push(how),
  }, {
    platform: {
      log: () => Promise.resolve({ places: [], lastLines: [] }),
      explain: () => ({
        tag: "taskStopped",
        class: "exited",
        wasRunning: true,
        taskId: "task",
        message: "exit 1",
      }),
    },
    orchestrator: {
      read: () =>
        Promise.resolve(state === null ? [] : [runState("Running", { id: "run", taskId: "task", ...state })]),
      fail: () => {
        done.push("failed");
        return Promise.resolve(null);
      },
      cancel: () => {
        done.push("cancelled");
        return Promise.resolve();
      },
      taskSeen: () => undefined,
    },
    log: () => undefined,
  }, SIGNAL);
  return done.join(" ");
}

for (
  const [what, state, options, expected] of [
    ["Running under this task", {}, {}, "failed handled"],
    ["Running under another task", { taskId: "other" }, {}, "handled"],
    ["Running with no task that is known to be of its launch", { taskId: null }, {}, "handled"],
    ["Running, and it ended with 0", {}, { failed: false }, "handled"],
    ["cancelling", { running: false, cancelling: true }, {}, "cancelled handled"],
    ["paused", { running: false, paused: true }, {}, "handled"],
    ["due again", { running: false, scheduled: true }, {}, "handled"],
    ["over", { running: false, finished: true }, {}, "handled"],
    ["gone", null, {}, "handled"],
    ["not to be told, as ECS does not answer", {}, { isAway: true }, "later"],
  ] as const
) {
  Deno.test(`stray tasks: given a run that is ${what}, when a task of it stops, then it is: ${expected}`, async () => {
    assert.equal(await outcome(state, options), expected);
  });
}
