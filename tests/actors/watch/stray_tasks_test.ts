import assert from "node:assert/strict";
import { handleStray } from "../../../actors/watch/stray_tasks.ts";
import type { RunState } from "../../../schemas/contracts/orchestrator.ts";
import type { StoppedTask } from "../../../schemas/contracts/platform.ts";
import { fakeClock } from "../../support/clock.ts";
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

interface Options {
  /** How its task ended. */
  readonly failed?: boolean;
  readonly isAway?: boolean;
  /** What has changed when the run is read again. */
  readonly later?: Partial<RunState>;
}

/** What became of a run whose task `task` has stopped, and how the message was answered. */
async function outcome(
  state: Partial<RunState> | null,
  { failed = true, isAway = false, later }: Options = {},
) {
  const done: string[] = [];
  const clock = fakeClock();
  let reads = 0;
  const handled = handleStray({
    task: { id: "task", place: PLACE },
    seen: stopped(failed),
    ownerOf: () =>
      isAway ? Promise.reject(new Error("away")) : Promise.resolve({ runId: "run", place: PLACE }),
    done: (how) => void done.push(how),
  }, {
    platform: {
      log: () => Promise.resolve({ places: [], lastLines: [] }),
      list: () => Promise.resolve({ outcome: "listed", ids: [] }),
      stop: () => Promise.resolve(),
      explain: () => ({
        tag: "taskStopped",
        class: "exited",
        wasRunning: true,
        taskId: "task",
        message: "exit 1",
      }),
    },
    orchestrator: {
      readByKey: () =>
        Promise.resolve(
          state === null ? null : runState("Running", {
            id: "run",
            taskId: "task",
            ...state,
            ...(reads++ > 0 ? later : {}),
          }),
        ),
      fail: () => {
        done.push("failed");
        return Promise.resolve(null);
      },
      cancel: () => {
        done.push("cancelled");
        return Promise.resolve();
      },
      taskSeen: () => undefined,
      log: () => Promise.resolve(),
      isWaiting: () => Promise.resolve(false),
      hasLaterClaim: () => Promise.resolve(false),
    },
    log: () => undefined,
    clock,
    reportGraceMs: 10_000,
    notes: { tell: () => undefined, forget: () => undefined },
    explained: new Set(),
    isHeld: () => false,
    taskOf: () => null,
    cancelGraceMs: 0,
    since: new Map(),
  }, SIGNAL);
  await clock.advance(9999);
  if (done.length === 0) done.push("after 10 s:");
  await clock.advance(1);
  await handled;
  return done.join(" ");
}

for (
  const [what, state, options, expected] of [
    ["Running under this task", {}, {}, "failed handled"],
    ["Running under another task", { taskId: "other" }, {}, "handled"],
    ["Running with no task that is known to be of its launch", { taskId: null }, {}, "handled"],
    ["Running, and it ended with 0", {}, { failed: false }, "after 10 s: failed handled"],
    [
      "PENDING, and it ended with 0",
      { running: false, claimed: true },
      { failed: false },
      "after 10 s: failed handled",
    ],
    [
      "waiting within its task, and it ended with 0",
      { running: false, queued: true, needsTask: true },
      { failed: false },
      "after 10 s: failed handled",
    ],
    [
      "Completed a moment after it ended with 0",
      {},
      { failed: false, later: { running: false, finished: true } },
      "after 10 s: handled",
    ],
    [
      "launched anew a moment after it ended with 0",
      {},
      { failed: false, later: { taskId: "other" } },
      "after 10 s: handled",
    ],
    [
      "cancelling a moment after it ended with 0",
      {},
      { failed: false, later: { running: false, cancelling: true } },
      "after 10 s: cancelled handled",
    ],
    ["paused, and it ended with 0", { running: false, paused: true }, { failed: false }, "handled"],
    ["over, and it ended with 0", { running: false, finished: true }, { failed: false }, "handled"],
    ["cancelling", { running: false, cancelling: true }, {}, "cancelled handled"],
    ["paused", { running: false, paused: true }, {}, "handled"],
    ["due again", { running: false, scheduled: true }, {}, "handled"],
    ["over", { running: false, finished: true }, {}, "handled"],
    ["not known", null, {}, "alone"],
    ["not to be told, as ECS does not answer", {}, { isAway: true }, "later"],
  ] as const
) {
  Deno.test(`stray tasks: given a run that is ${what}, when a task of it stops, then it is: ${expected}`, async () => {
    assert.equal(await outcome(state, options), expected);
  });
}
