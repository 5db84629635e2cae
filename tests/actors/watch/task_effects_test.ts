/** What follows a task, put together as the options say. @module */

import assert from "node:assert/strict";
import { makeTaskEffects } from "../../../actors/watch/task_effects.ts";
import type { WatchedTask } from "../../../schemas/contracts/platform.ts";
import type { EcsCalls } from "../../../actors/ecs/calls.ts";
import type { FlowRunEvent } from "../../../schemas/flow_run/events.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import { defaultLaunchSettings, type LaunchSettings } from "../../../schemas/options/launch_settings.ts";
import { task, taskArn } from "../../support/fake_ecs.ts";
import { KEY } from "../../support/claim.ts";
import { placeIn, platformOver, runState, TASK, watchedWorld } from "../../support/watched_world.ts";

const SIGNAL = new AbortController().signal;
/** As ECS named tasks before their clusters became part of the name. */
const SHORT_ARN = "arn:aws:ecs:us-east-1:123456789012:task/0123456789abcdef0123456789abcdef";

/** Effects over a world that the test moves, and what a watched run is told. @param ecs in place of the world's own */
function effects(options: Partial<LaunchSettings> = {}, ecs: Partial<EcsCalls> = {}) {
  const world = watchedWorld();
  world.runs.set("run-1", runState("Submitted"));
  const made = makeTaskEffects({
    platform: platformOver({ ...world.ecs, ...ecs }, world),
    orchestrator: world.orchestrator,
    clock: world.clock,
    log: world.log,
    options: { ...defaultLaunchSettings, ...options },
  });
  const told: FlowRunEvent[] = [];
  const tell = (event: FlowRunEvent) => void told.push(event);
  const watch = (given: Partial<WatchedTask> = {}) => made.watchTask({ ...TASK, ...given }, tell);
  return { ...world, made, tell, watch, types: () => told.map(({ type }) => type) };
}

Deno.test("task effects: given no watching, then a launched run is let go at once and one on its way hears nothing", async () => {
  const { made, tell, watch, types, clock, calls } = effects({ watchPeriodMs: null });

  const leave = made.watchRun({ runId: "run-1", claim: KEY, place: placeIn("default") }, tell);
  watch();
  await clock.advance(600_000);
  leave();

  assert.deepEqual([types(), calls, clock.pending()], [["run.ended"], [], 0]);
});

Deno.test("task effects: given no watching, then a run that leaves before it is let go is not told", async () => {
  const { watch, types, clock } = effects({ watchPeriodMs: null });

  watch()();
  await clock.advance(1000);

  assert.deepEqual(types(), []);
});

for (const periodMs of [1000, 5000, 20_000]) {
  Deno.test(`task effects: given a period of ${periodMs} ms, then a task is looked at so often`, async () => {
    const { watch, clock, count, tasks } = effects({ watchPeriodMs: periodMs });
    tasks.set(taskArn(1), task(taskArn(1)));
    watch();

    await clock.advance(periodMs - 1);
    const before = count("describe");
    await clock.advance(1 + 2 * periodMs);

    assert.deepEqual([before, count("describe")], [0, 3]);
  });
}

Deno.test("task effects: given a look that is answered after the run has left, then it is told nothing", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const describeTasks = async () => (await promise, { tasks: [], failures: [] });
  const { watch, types, clock } = effects({}, { describeTasks });
  const leave = watch();

  await clock.advance(5000);
  leave();
  resolve();
  await clock.advance(600_000);

  assert.deepEqual([types(), clock.pending()], [[], 0]);
});

for (
  const [name, taskId, cluster] of [
    ["no cluster and an old ARN", SHORT_ARN, null],
    ["a cluster and an old ARN", SHORT_ARN, "prod"],
    ["no cluster and an ARN that names one", TASK.taskId, "default"],
  ] as const
) {
  Deno.test(`task effects: given ${name}, then looks, lists and stops go to ${cluster ?? "the default one"}`, async () => {
    const given = { taskId, place: placeIn(cluster === "prod" ? "prod" : null) };
    const asked: (readonly [what: string, where: string | null])[] = [];
    const note = <T>(what: string, answer: T) => (where: string | null) => {
      asked.push([what, where]);
      return Promise.resolve(answer);
    };
    const ecs = {
      describeTasks: note("look", { tasks: [], failures: [] }),
      listTasks: note("list", []),
      stopTask: note("stop", undefined),
    };
    const { made, watch, clock, runs } = effects({ cancelGraceMs: 0 }, ecs);

    const leave = watch(given);
    await clock.advance(66_000);
    leave();
    runs.set("run-1", runState("Cancelling"));
    void made.stopTask({ ...TASK, ...given, reason: "cancel", startMs: 900_000 }, SIGNAL);
    await clock.advance(1000);

    assert.deepEqual(new Set(asked.map(([what]) => what)), new Set(["look", "list", "stop"]));
    assert.deepEqual([...new Set(asked.map(([, where]) => where))], [cluster]);
  });
}

Deno.test("task effects: given neither task nor cluster, then the task of a claim is looked for in the default one", async () => {
  const asked: unknown[] = [];
  const listTasks = (where: string | null, startedBy: string) => {
    asked.push([where, startedBy]);
    return Promise.resolve([SHORT_ARN]);
  };
  const { made, tasks } = effects({}, { listTasks });
  tasks.set(SHORT_ARN, task(SHORT_ARN, { flowRunId: "run-1" }));

  const found = await made.findTask({ ...TASK, taskId: null, place: placeIn(null) }, SIGNAL);

  assert.deepEqual(asked, [[null, "run-1"]]);
  assert.deepEqual(found, { taskId: SHORT_ARN, over: false, started: false });
});

for (const cancelGraceMs of [0, 7000]) {
  Deno.test(`task effects: given ${cancelGraceMs} ms of grace, then a cancelled run keeps its task for so long`, async () => {
    const { made, clock, count, runs, tasks } = effects({ cancelGraceMs });
    runs.set("run-1", runState("Cancelling"));
    tasks.set(taskArn(1), task(taskArn(1), { lastStatus: "RUNNING" }));
    void made.stopTask({ ...TASK, reason: "cancel", startMs: 900_000 }, SIGNAL);

    await clock.advance(Math.max(0, cancelGraceMs - 1));
    const before = count("stop");
    // A look takes its time to gather company.
    await clock.advance(101);

    assert.deepEqual([before, count("stop")], [cancelGraceMs === 0 ? 1 : 0, 1]);
  });
}

Deno.test("task effects: given a deadline for stopping, then a task that stays is told of after it", async () => {
  const { policy } = defaultLaunchSettings;
  const deadlineMs = { ...policy.deadlineMs, stop: 3000 };
  const { made, clock, tasks } = effects({ policy: { ...policy, deadlineMs } });
  tasks.set(taskArn(1), task(taskArn(1), { lastStatus: "RUNNING" }));
  const stopped = made.stopTask({ ...TASK, reason: "tooSlow", startMs: 900_000 }, SIGNAL).catch(toFailure);

  await clock.advance(5000);

  const failure = await stopped;
  assert.ok("tag" in failure && failure.tag === "deadline");
  assert.match(failure.message, /asked to stop 3 s ago and its status is still RUNNING/);
});
