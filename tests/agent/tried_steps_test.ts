/** When a step that goes on failing is told, and when it is not. */

import assert from "node:assert/strict";
import type { TriedStage } from "../../agent/tried_step.ts";
import { makeTriedSteps } from "../../agent/tried_steps.ts";
import { ECS_WORDS } from "../../schemas/ecs/words.ts";
import type { Failure } from "../../schemas/failure/failure.ts";
import { defaultLaunchPolicy } from "../../schemas/flow_run/launch_policy.ts";
import { fakeClock } from "../support/clock.ts";

const lost: Failure = { tag: "unknownOutcome", operation: "x", message: "HTTP status 502 is not one of AWS" };
const away: Failure = { tag: "unreachable", message: "Cannot reach it: reset" };
const busy: Failure = { tag: "throttled", retryAfterMs: 500, message: "Rate exceeded" };

function world({ claimed = true, waits = () => false }: {
  readonly claimed?: boolean;
  readonly waits?: () => boolean;
} = {}) {
  const clock = fakeClock();
  const agent: string[] = [];
  const own: (readonly [run: string, line: string])[] = [];
  const steps = makeTriedSteps({
    clock,
    log: (level, line) => void agent.push(`${level} ${line}`),
    orchestrator: {
      log: (run, level, line) => {
        own.push([run, `${level} ${line}`]);
        return Promise.resolve();
      },
    },
    platform: { words: ECS_WORDS, waitsFor: () => waits() ? "waiting for calls" : null },
    policy: defaultLaunchPolicy,
    isClaimed: () => claimed,
  });
  /** Tries a step every two seconds. */
  const fail = async (runs: readonly string[], stage: TriedStage, failure: Failure, forMs: number) => {
    for (let ms = 0; ms < forMs; ms += 2000) {
      for (const run of runs) {
        steps.begun(run, stage);
        steps.failed(run, stage, failure);
        steps.paused(run, 2000);
      }
      await clock.advance(2000);
    }
  };
  return { clock, agent, own, steps, fail };
}

const ALL: Readonly<Record<TriedStage, RegExp>> = {
  claim: /Cannot claim .* given back after 90 s \(--claim-deadline\)/,
  hold: /Cannot confirm the claim on .* before the API answers/,
  plan: /Cannot plan .* given up after 90 s \(--definition-deadline\)/,
  register: /Cannot find or register the task definition of .* given up after 90 s \(--definition-deadline\)/,
  run: /Cannot start the task of .*/,
  find: /Cannot look for the task of .* its task may be running/,
  report: /Cannot tell the API about .* the next search for claims takes it up again/,
  stop: /Cannot stop the task of .*/,
};

for (const [stage, says] of Object.entries(ALL) as [TriedStage, RegExp][]) {
  for (const failure of [lost, away, busy]) {
    Deno.test(`steps: given ${stage} that goes on with ${failure.tag}, when 15 s have passed, then each log has one line with the answer, the tries and the next one`, async () => {
      const { agent, own, steps, fail } = world();

      await fail(["r1"], stage, failure, 14_000);
      steps.stop();

      assert.deepEqual([agent.length, own.length], [1, 1]);
      for (const line of [agent[0] ?? "", own[0]?.[1] ?? ""]) {
        assert.match(line, says);
        assert.match(line, /^WARNING .*\d (tries|times)/);
        assert.ok(line.includes(failure.message), line);
        assert.match(line, /the next try is (in [\d.]+ s|under way)\. .*Check /);
      }
    });
  }
}

Deno.test("steps: given a step that takes some tries, when it succeeds within 10 s, then nothing is told and no timer is left", async () => {
  const { clock, agent, own, steps, fail } = world();

  await fail(["r1"], "run", lost, 8000);
  steps.over("r1", "run");
  await clock.advance(60_000);

  assert.deepEqual([agent, own, clock.pending()], [[], [], 0]);
});

Deno.test("steps: given a run that goes on with another step, when that fails, then its time begins anew", async () => {
  const { agent, fail } = world();

  await fail(["r1"], "register", lost, 8000);
  await fail(["r1"], "run", lost, 8000);

  assert.deepEqual(agent, []);
});

Deno.test("steps: given 1000 runs that fail for two causes, when 12 s have passed, then the agent's log has a line for each cause, and each run its own", async () => {
  const { agent, own, steps, fail, clock } = world();
  const runs = Array.from({ length: 1000 }, (_, at) => `run-${at}`);
  await Promise.all([
    fail(runs.slice(0, 400), "run", lost, 2000),
    fail(runs.slice(400), "run", away, 2000),
  ]);

  await clock.advance(10_000);
  steps.stop();

  assert.deepEqual(agent.map((line) => /task of (\d+) flow runs/.exec(line)?.[1]), ["400", "600"]);
  assert.equal(new Set(own.map(([run]) => run)).size, 1000);
  assert.equal(own.length, 1000);
});

Deno.test("steps: given texts that differ for each run in words, when they fail, then the agent's log stays short", async () => {
  const { agent, steps, fail, clock } = world();
  for (let n = 0; n < 200; n++) {
    const message = `failed ${String.fromCharCode(97 + n % 26)}${
      String.fromCharCode(97 + Math.floor(n / 26))
    }`;
    await fail([`r${n}`], "run", { ...lost, message }, 0);
    steps.begun(`r${n}`, "run");
    steps.failed(`r${n}`, "run", { ...lost, message }, 60_000);
  }

  await clock.advance(20_000);
  steps.stop();

  assert.ok(agent.length <= 6, `${agent.length} lines`);
});

Deno.test("steps: given a step that fails for an hour, when it is told, then after 10 s, 1, 2, 4, 8 and each 10 minutes", async () => {
  const { own, fail, steps } = world();

  await fail(["r1"], "run", lost, 3_600_000);
  steps.stop();

  assert.equal(own.length, 9);
});

Deno.test("steps: given a request that waits for the limits of the account, when it waits for a minute, then that is no try", async () => {
  const limits = { wait: true };
  const { agent, own, clock, steps } = world({ waits: () => limits.wait });
  steps.begun("r1", "run");

  await clock.advance(60_000);
  const waiting = [...agent, ...own];
  limits.wait = false;
  await clock.advance(13_000);
  steps.stop();

  assert.deepEqual(waiting, []);
  assert.match(agent[0] ?? "", /there is no answer yet/);
});

Deno.test("steps: given a confirmation of a claim that is left to later, when minutes have passed, then it is not told any more", async () => {
  const { agent, clock, steps } = world();
  steps.failed("r1", "hold", away, 3000);

  await clock.advance(3_600_000);

  assert.equal(agent.length, 1);
  assert.equal(clock.pending(), 0);
});

Deno.test("steps: given a run that is not claimed, when its claim goes on failing, then nothing is written to its log", async () => {
  const { agent, own, fail, steps } = world({ claimed: false });

  await fail(["r1"], "claim", away, 14_000);
  steps.stop();

  assert.deepEqual([agent.length, own.length], [1, 0]);
});

Deno.test("steps: given an outcome that was once unknown, when later tries are throttled, then the line still says that it is not given up", async () => {
  const { own, fail, steps } = world();

  await fail(["r1"], "run", lost, 2000);
  await fail(["r1"], "run", busy, 12_000);
  steps.stop();

  assert.match(own[0]?.[1] ?? "", /Rate exceeded; .*not given up .* a task may have been started/);
});

Deno.test("steps: given runs that fail one after the other for the same cause, when they leave, then the agent's log is not told anew for each", async () => {
  const { agent, fail, steps } = world();

  for (const run of ["r1", "r2", "r3"]) {
    await fail([run], "run", lost, 14_000);
    steps.left(run);
  }
  steps.stop();

  assert.equal(agent.length, 1);
});

for (const stage of ["claim", "plan", "register", "run", "find"] as const) {
  Deno.test(`steps: given ${stage} whose request is not answered, when 15 s have passed, then both logs say so`, async () => {
    const { agent, own, clock, steps } = world();
    steps.begun("r1", stage);

    await clock.advance(9000);
    const early = agent.length + own.length;
    await clock.advance(6000);
    steps.stop();

    assert.equal(early, 0);
    assert.match(agent.join("\n"), /^WARNING Cannot [^\n]* there is no answer yet[^\n]*$/);
    assert.match(
      own.map(([, line]) => line).join("\n"),
      /^WARNING Cannot [^\n]* there is no answer yet[^\n]*$/,
    );
  });
}
