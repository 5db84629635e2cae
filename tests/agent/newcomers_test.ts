/**
 * A dialect and a platform that the program has never heard of: a flow run goes from one to the other through the real
 * machines.
 *
 * @module
 */

import assert from "node:assert/strict";
import { NEVER } from "rxjs";
import { makeTaskEffects } from "../../actors/watch/task_effects.ts";
import { runAgent } from "../../agent/program.ts";
import type { Flavour } from "../../schemas/contracts/flavour.ts";
import { defaultLaunchPolicy } from "../../schemas/flow_run/launch_policy.ts";
import { defaultLaunchSettings } from "../../schemas/options/launch_settings.ts";
import { fakeClock } from "../support/clock.ts";
import { fakeDialect, type FakeDue } from "../support/newcomers/fake_dialect.ts";
import { type FakePlan, fakePlan, fakePlatform } from "../support/newcomers/fake_platform.ts";
import type { Behaviour } from "../support/test_platform.ts";

const RUN = "run-1";

/** Plans every run alike. */
function flavourOf(behaviour: Behaviour): Flavour<null, FakeDue, FakePlan> {
  return {
    name: "fake",
    startSources: () => [],
    prepare: (options) => options,
    samples: () => [{ from: "--box", plan: fakePlan(behaviour) }],
    warnings: () => [],
    registered: (options) => options,
    sources: () => [],
    plan: () => fakePlan(behaviour),
  };
}

/** Starts an agent that polls until it is stopped. */
function startAgent(behaviour: Behaviour) {
  const clock = fakeClock();
  const api = fakeDialect();
  const { platform, tasks, pass } = fakePlatform();
  const orchestrator = api.process("one");
  const log = () => undefined;
  const ended: string[] = [];
  api.schedule(RUN);
  const following = makeTaskEffects({ platform, orchestrator, clock, log, options: defaultLaunchSettings });
  const readSource = () => Promise.reject(new Error("no source is read"));
  void runAgent({
    flavour: flavourOf(behaviour),
    options: null,
    effects: { orchestrator, platform, readSource, ...following, clock, random: () => 0.5, log },
    policy: defaultLaunchPolicy,
    maxPolls: null,
    graceMs: 1000,
    reconcileMs: 60_000,
    pollTimeoutMs: 15_000,
    maxTasks: null,
    owner: { agent: "agent", scope: "here" },
    stop$: NEVER,
    poke$: NEVER,
    onEnded: ({ outcome }) => ended.push(outcome),
  });
  const after = async (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      pass();
      await clock.advance(1000);
    }
  };
  return { api, tasks, ended, after };
}

Deno.test("newcomers: given a dialect and a platform of a test, when a flow run is due, then it is launched once, reported and followed to its end", async () => {
  const { api, tasks, ended, after } = startAgent("waits");

  await after(2);
  api.report(RUN, "running");
  await after(10);
  api.report(RUN, "succeeded");
  await after(30);

  assert.equal(tasks.size, 1);
  assert.deepEqual(api.runs.get(RUN)?.logged.filter((line) => line.startsWith("Box")), [
    `Box ${[...tasks.keys()][0]}`,
  ]);
  assert.deepEqual(ended, ["completed"]);
  assert.equal(api.runs.get(RUN)?.state, "succeeded");
});

Deno.test("newcomers: given a task that fails without its flow having reported, when it is found stopped, then the run is failed with the platform's words", async () => {
  const { api, tasks, ended, after } = startAgent("fails");

  await after(2);
  api.report(RUN, "running");
  await after(120);

  assert.equal(tasks.size, 1);
  assert.equal(api.runs.get(RUN)?.state, "failed");
  assert.match(api.runs.get(RUN)?.logged.at(-1) ?? "", /Box .* ended with .*3/);
  assert.deepEqual(ended, ["failed"]);
});

Deno.test("newcomers: given no room on the platform, when a flow run is due, then the run is failed and says so", async () => {
  const { api, tasks, ended, after } = startAgent("noRoom");

  await after(180);

  assert.equal(tasks.size, 0);
  assert.equal(api.runs.get(RUN)?.state, "failed");
  assert.match(api.runs.get(RUN)?.logged.at(-1) ?? "", /No box is free/);
  assert.deepEqual(ended, ["failed"]);
});
