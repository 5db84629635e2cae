/** Claims that are found again. @module */

import assert from "node:assert/strict";
import { makeFindTask } from "../../../actors/watch/find_task.ts";
import type { ClaimedTasks } from "../../../schemas/contracts/platform.ts";
import type { RunState } from "../../../schemas/contracts/orchestrator.ts";
import type { FoundTask } from "../../../schemas/contracts/task.ts";
import { endOf } from "../../../schemas/prefect1/state.ts";
import { refused, task, taskArn } from "../../support/fake_ecs.ts";
import { someClaim } from "../../support/claim.ts";
import { placeIn, runState, TASK, watchedWorld } from "../../support/watched_world.ts";

const SIGNAL = new AbortController().signal;
const OTHER = someClaim("v9").marker;

function find(state: RunState | null, given: Partial<ClaimedTasks> = {}) {
  const world = watchedWorld();
  if (state !== null) world.runs.set("run-1", state);
  const target = { ...TASK, taskId: null, ...given };
  return { ...world, found: () => makeFindTask(world)(target, SIGNAL) };
}

type Told = Pick<FoundTask, "over" | "started"> & { readonly end?: unknown };
const ROWS: readonly (readonly [string, RunState | null, string, Told])[] = [
  ["Submitted", runState("Submitted"), "v1", { over: false, started: false }],
  ["Submitted under another claim", runState("Submitted", { marker: OTHER }), "v1", {
    over: true,
    started: false,
  }],
  ["Running", runState("Running"), "v1", { over: false, started: true }],
  ["Running, claimed for a late task run", runState("Running"), "r3:t@4", { over: false, started: false }],
  ["Cancelling", runState("Cancelling"), "v1", { over: false, started: true }],
  ["Cancelling, claimed for a late task run", runState("Cancelling"), "r3:t@4", {
    over: false,
    started: true,
  }],
  ["Success", runState("Success"), "v1", { over: true, started: false, end: endOf("Success") }],
  ["Failed", runState("Failed"), "v1", { over: true, started: false, end: endOf("Failed") }],
  ["Scheduled", runState("Scheduled"), "v1", { over: true, started: false }],
  ["Queued, without a task of its own", runState("Queued"), "v1", { over: false, started: false }],
  ["Queued within its task", runState("Queued", { needsTask: true }), "v1", { over: false, started: true }],
  ["Paused", runState("Paused", { paused: true }), "v1", { over: false, started: true }],
];
for (const [name, state, claim, expected] of ROWS) {
  Deno.test(`find: given a claim on a run that is ${name}, when looked at, then that is told`, async () => {
    assert.deepEqual(await find(state, { claim: someClaim(claim) }).found(), { taskId: null, ...expected });
  });
}

Deno.test("find: given a read that does not show the run, when looked for, then nothing is concluded", async () => {
  const failed = find(null, { claim: someClaim("v1") }).found();

  await assert.rejects(failed, { name: "FailureError", message: /does not show flow run run-1/ });
});

Deno.test("find: given a live task, when looked for, then it is found before the run is read", async () => {
  const one = find(runState("Submitted"));
  one.tasks.set(taskArn(4), task(taskArn(4)));
  one.live.set("run-1", [taskArn(4)]);

  assert.equal((await one.found()).taskId, taskArn(4));
  assert.deepEqual(one.calls, ["list run-1", "describe default 1", "read 1"]);
});

Deno.test("find: given a task that was started with the run's id and executes another run, when looked for, then it is not the run's and its own is found", async () => {
  const one = find(runState("Submitted"));
  one.tasks.set(taskArn(4), task(taskArn(4), { startedBy: "run-1", flowRunId: "run-2" }));
  one.tasks.set(taskArn(5), task(taskArn(5), { startedBy: "run-1", flowRunId: "run-1" }));
  one.live.set("run-1", [taskArn(4)]);
  const alone = await one.found();
  one.live.set("run-1", [taskArn(4), taskArn(5)]);

  assert.deepEqual([alone.taskId, (await one.found()).taskId], [null, taskArn(5)]);
});

Deno.test("find: given tasks that cannot be told by who started them, when looked for, then none is listed", async () => {
  const one = find(runState("Submitted"), { place: placeIn("default", { canList: false }) });

  assert.equal((await one.found()).taskId, null);
  assert.deepEqual(one.calls, ["read 1"]);
});

Deno.test("find: given IAM refuses to list, when looked for, then the token has to find the task", async () => {
  const one = find(runState("Submitted"));
  one.failNext("list", refused("ListTasks", "AccessDeniedException", "no"));

  assert.deepEqual(await one.found(), { taskId: null, over: false, started: false });
});

Deno.test("find: given ECS is away, when looked for, then nothing is concluded", async () => {
  const one = find(runState("Submitted"));
  one.failNext("list", { tag: "unreachable", message: "away" });

  await assert.rejects(one.found(), { failure: { tag: "unreachable", message: "away" } });
});
