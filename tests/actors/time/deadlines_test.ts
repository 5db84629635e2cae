/** The deadlines of one flow run, beside a run whose steps are made by hand. @module */

import assert from "node:assert/strict";
import { createActor, setup } from "xstate";
import { makeDeadlines } from "../../../actors/time/deadlines.ts";
import type { FlowRunEvent } from "../../../schemas/flow_run/events.ts";
import { defaultLaunchPolicy } from "../../../schemas/flow_run/launch_policy.ts";
import type { Timed, TimedRun } from "../../../schemas/flow_run/deadlines.ts";
import { typeArgument } from "../../../schemas/flow_run/type_argument.ts";
import { fakeClock } from "../../support/clock.ts";

const policy = { deadlineMs: { ...defaultLaunchPolicy.deadlineMs, launch: 100, report: 100, placement: 30 } };

/** The deadlines of one run; `passed` is what they say, with the time since the beginning. */
function deadlines(startMs: number | null = null) {
  const clock = fakeClock();
  const begun = clock.now();
  const passed: [string, number][] = [];
  const looks = new Set<(step: { context: Timed }) => void>();
  const run: TimedRun = {
    subscribe: (look) => {
      looks.add(look);
      return { unsubscribe: () => void looks.delete(look) };
    },
  };
  const parent = setup({
    types: { events: typeArgument<FlowRunEvent>() },
    actors: { deadlines: makeDeadlines(clock, () => startMs) },
    actions: { keep: (_, what: string) => void passed.push([what, clock.now() - begun]) },
  }).createMachine({
    invoke: { id: "deadlines", src: "deadlines", input: { run } },
    on: {
      "deadline.passed": { actions: { type: "keep", params: ({ event }) => event.stage } },
      "launch.delayed": { actions: { type: "keep", params: "delayed" } },
    },
  });
  const actor = createActor(parent).start();
  const step = (stage: Timed["stage"], retries = 0) =>
    looks.forEach((look) =>
      look({ context: { header: { id: "run-1" }, stage, placement: { retries }, policy } })
    );
  return { clock, passed, step, looks, stop: () => actor.stop() };
}

const LAUNCH = { name: "launch" } as const;

Deno.test("deadlines: given a stage and a refused placement, when time goes by, then each passes once, in its time", async () => {
  const run = deadlines();
  run.step(LAUNCH);
  run.step(LAUNCH, 1);

  await run.clock.advance(1000);

  assert.deepEqual(run.passed, [["placement", 30], ["launch", 100]]);
});

Deno.test("deadlines: given steps in one stage and more refusals, when time goes by, then time counts from the first", async () => {
  const run = deadlines();
  run.step(LAUNCH, 1);
  await run.clock.advance(20);
  run.step(LAUNCH, 2);
  run.step(LAUNCH, 3);

  await run.clock.advance(1000);

  assert.deepEqual(run.passed, [["placement", 30], ["launch", 100]]);
});

Deno.test("deadlines: given a stage with a time of its own, when time goes by, then that counts and not the run's or the policy's", async () => {
  const run = deadlines(500);
  run.step({ name: "start", ownMs: 70 });
  await run.clock.advance(1000);
  run.step({ name: "start" });
  await run.clock.advance(1000);

  assert.deepEqual(run.passed, [["start", 70], ["start", 1500]]);
});

Deno.test("deadlines: given another stage or the same one anew, when time goes by, then only the later one passes", async () => {
  for (const next of [{ name: "report" }, { name: "launch" }] as const) {
    const run = deadlines();
    run.step(LAUNCH);
    await run.clock.advance(60);
    run.step(next);

    await run.clock.advance(1000);

    assert.deepEqual(run.passed, [[next.name, 160]]);
  }
});

Deno.test("deadlines: given a placement that came about, when another is refused, then its time begins anew", async () => {
  const run = deadlines();
  run.step(null, 1);
  await run.clock.advance(20);
  run.step(null);
  run.step(null, 1);

  await run.clock.advance(1000);

  assert.deepEqual(run.passed, [["placement", 50]]);
});

Deno.test("deadlines: given none is left or the run is over, when time goes by, then nothing passes", async () => {
  const lifted = deadlines();
  lifted.step(LAUNCH, 1);
  lifted.step(null);
  const over = deadlines();
  over.step(LAUNCH, 1);
  over.stop();

  await lifted.clock.advance(1000);
  await over.clock.advance(1000);

  assert.deepEqual([lifted.passed, over.passed, over.looks.size], [[], [], 0]);
});

Deno.test("deadlines: given launches that take long, when there is no task for 5 s, then that is told once for each", async () => {
  const run = deadlines();
  run.step({ name: "claim" });
  run.step({ name: "definition" });
  await run.clock.advance(10_000);
  run.step({ name: "start" });
  await run.clock.advance(10_000);
  run.step({ name: "definition" });
  run.step(null);
  await run.clock.advance(10_000);
  run.step({ name: "definition" });
  await run.clock.advance(10_000);

  assert.deepEqual(run.passed, [["delayed", 5000], ["delayed", 35_000]]);
});

Deno.test("deadlines: given a run that waits for its start, when that takes long, then it is told", async () => {
  const run = deadlines();
  run.step(null);
  await run.clock.advance(10_000);

  assert.deepEqual(run.passed, [["delayed", 5000]]);
});

Deno.test("deadlines: given a run whose plan says how long its task may take to start, when its stages pass, then that time holds for the start alone", async () => {
  const run = deadlines(40);

  run.step({ name: "start" });
  await run.clock.advance(40);
  run.step({ name: "launch" });
  await run.clock.advance(99);

  assert.deepEqual(run.passed, [["start", 40]]);
  run.stop();
});
