/** What is asked, waited for and given up about a claim. @module */

import assert from "node:assert/strict";
import type { HoldResult, ToHold } from "../../schemas/contracts/orchestrator.ts";
import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import { makeRunVault } from "../../agent/run_vault.ts";
import { makeClaimHolds } from "../../agent/claim_holds.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { PREFECT1_HOLD_RULES } from "../../schemas/prefect1/hold_rules.ts";
import { fakeClock } from "../support/clock.ts";
import { someAdoptedRun } from "../support/flow_run.ts";
import { SOME_PLACE, SOME_PLAN } from "../support/launch_plan.ts";
import { someClaim } from "../support/claim.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";

const HELD: HoldResult = { outcome: "held" };
const TAKEN: HoldResult = { outcome: "taken" };
const REFUSED: HoldResult = { outcome: "refused", why: "not yet" };
const LOST: HoldResult = { outcome: "lost", why: "another process of this agent works on it" };
const AWAY = new FailureError({ tag: "unreachable", message: "Connection refused" });
const DENIED = new FailureError({ tag: "apiError", code: "", message: "field not found" });

/** Holds of one run whose API answers these in turn, the last again and again. */
function holds(...answers: readonly (HoldResult | FailureError)[]) {
  return slowHolds(0, answers);
}

/** The same with an API that takes its time for each answer. */
function slowHolds(answerMs: number, answers: readonly (HoldResult | FailureError)[]) {
  const clock = fakeClock();
  const vault = makeRunVault<FlowRun, LaunchPlan>();
  vault.admit(someAdoptedRun("run"));
  const asked: ToHold<FlowRun>[] = [];
  const { signal } = new AbortController();
  const made = makeClaimHolds({
    vault,
    clock,
    log: () => undefined,
    reconcileMs: 60_000,
    orchestrator: {
      holdRules: PREFECT1_HOLD_RULES,
      hold: (wanted) => {
        const answer = answers[Math.min(asked.length, answers.length - 1)] ?? HELD;
        asked.push(wanted);
        return new Promise((resolve, reject) => {
          const say = () => answer instanceof FailureError ? reject(answer) : resolve(answer);
          if (answerMs === 0) say();
          else clock.after(answerMs, say);
        });
      },
    },
  });
  /** How many milliseconds pass until it is done, in steps of a second. */
  const msOf = async (work: Promise<unknown>) => {
    let isDone = false;
    const end = work.finally(() => isDone = true);
    end.catch(() => undefined);
    const sinceMs = clock.now();
    await clock.advance(0);
    while (!isDone && clock.now() - sinceMs < 300_000) await clock.advance(1000);
    await end;
    return clock.now() - sinceMs;
  };
  return { ...made, clock, vault, asked, signal, msOf };
}

Deno.test("claim: given one just granted, when a task is launched, then nobody is asked", async () => {
  const it = holds();
  it.granted("run", it.clock.now());

  assert.equal(await it.msOf(it.confirm("run", it.signal)), 0);
  assert.equal(it.isDoubtful("run"), false);
  assert.deepEqual(it.asked, []);
});

Deno.test("claim: given a late one just granted, when its task is launched, then whether the flow still runs is asked", async () => {
  const it = holds(LOST);
  it.vault.admit(someAdoptedRun("late", someClaim("r3:t@2")));
  it.granted("late", it.clock.now());

  await assert.rejects(it.msOf(it.confirm("late", it.signal)), /late/);
  assert.equal(it.asked.length, 1);
});

Deno.test("claim: given one that was granted a while ago, when a task is launched, then it must still be ours", async () => {
  const it = holds(HELD);
  it.granted("run", it.clock.now());
  await it.clock.advance(10_000);

  assert.equal(it.isDoubtful("run"), true);
  await it.msOf(it.confirm("run", it.signal));
  assert.deepEqual(it.asked.map(({ mayTake, renew }) => ({ mayTake, renew })), [
    { mayTake: false, renew: false },
  ]);
  assert.equal(it.isDoubtful("run"), true, "a look is due before it is failed");
  await it.msOf(it.confirm("run", it.signal));
  assert.equal(it.asked.length, 1);
});

Deno.test("claim: given it is another's by now, when a task is launched, then none is", async () => {
  const it = holds(LOST);
  it.granted("run", it.clock.now());
  await it.clock.advance(10_000);

  await assert.rejects(
    it.msOf(it.confirm("run", it.signal)),
    (thrown) =>
      thrown instanceof FailureError && thrown.failure.tag === "claimLost" && /run/.test(thrown.message),
  );
});

Deno.test("claim: given one that was found again, when a task is launched, then it may be taken", async () => {
  const it = holds(TAKEN);
  it.found("run");

  assert.equal(await it.msOf(it.confirm("run", it.signal)), 0);
  assert.equal(it.asked[0]?.mayTake, true);
});

Deno.test("claim: given one that cannot be taken yet, when a task is launched or the run failed, then that waits until it can", async () => {
  const it = holds(REFUSED, REFUSED, REFUSED, TAKEN);
  it.found("run");

  assert.equal(await it.msOf(it.confirm("run", it.signal)), 9000);
});

Deno.test("claim: given an API that never lets it be taken, when asked, then that waits no longer than 80 s and says so", async () => {
  const it = holds(REFUSED);
  it.found("run");

  const answer = it.confirm("run", it.signal);
  const ms = await it.msOf(answer);
  assert.ok(ms > 30_000 && ms < 80_000, String(ms));
  assert.equal(await answer, "refused");
});

Deno.test("claim: given one that was taken over, when the run is to be failed, then what others sent is waited for", async () => {
  const it = holds(TAKEN);
  it.found("run");
  await it.msOf(it.confirm("run", it.signal));

  assert.equal(await it.msOf(it.settled("run", it.signal)), 65_000);
});

Deno.test("claim: given one that was taken over, when its task is launched and soon lost, then what others sent is still waited for", async () => {
  const it = holds(TAKEN, HELD);
  it.found("run");
  await it.msOf(it.confirm("run", it.signal));
  it.launched("run");
  await it.clock.advance(20_000);
  await it.msOf(it.confirm("run", it.signal));

  assert.equal(await it.msOf(it.settled("run", it.signal)), 45_000);
});

Deno.test("claim: given one that nobody else ever had, when the run is to be failed, then nothing is waited for", async () => {
  const it = holds();
  it.granted("run", it.clock.now());

  assert.equal(await it.msOf(it.settled("run", it.signal)), 0);
});

Deno.test("claim: given an API that is away, when asked, then again until it answers", async () => {
  const it = holds(AWAY, AWAY, HELD);
  it.granted("run", it.clock.now());
  await it.clock.advance(10_000);

  assert.equal(await it.msOf(it.confirm("run", it.signal)), 6000);
  assert.equal(it.asked.length, 3);
});

Deno.test("claim: given an API that cannot say, when asked, then the launch goes on", async () => {
  const it = holds(DENIED);
  it.granted("run", it.clock.now());
  await it.clock.advance(10_000);

  assert.equal(await it.msOf(it.confirm("run", it.signal)), 0);
});

Deno.test("claim: given one that is worked on for minutes, when asked, then it is renewed now and then", async () => {
  const it = holds(HELD);
  it.granted("run", it.clock.now());
  for (let at = 0; at < 10; at++) {
    await it.clock.advance(30_000);
    await it.msOf(it.confirm("run", it.signal));
  }

  assert.equal(it.asked.filter(({ renew }) => renew).length, 2);
  assert.equal(
    it.isDoubtful("run"),
    true,
    "however fresh it is, another process may have launched it since it was granted",
  );
});

Deno.test("claim: given a clock that is set back, when a task is launched, then it is asked again", async () => {
  const it = holds(HELD);
  it.granted("run", it.clock.now() + 3_600_000);

  await it.msOf(it.confirm("run", it.signal));
  assert.equal(it.asked.length, 1);
});

Deno.test("claim: given an API that takes 5 s for each answer, when a task is launched or the run failed, then one answer will do", async () => {
  const it = slowHolds(5000, [HELD]);
  it.granted("run", it.clock.now());
  await it.clock.advance(10_000);

  const ms = await it.msOf(it.confirm("run", it.signal));

  assert.ok(ms <= 6000, String(ms));
  assert.equal(it.asked.length, 1);
});

Deno.test("claim: given many runs that wait for their turn, when one is asked for, then all are, at once, and none again", async () => {
  const it = holds(HELD);
  const ids = Array.from({ length: 50 }, (_, n) => `run-${n}`);
  for (const id of ids) {
    it.vault.admit(someAdoptedRun(id));
    it.vault.keepPlan(id, SOME_PLAN, SOME_PLACE);
    it.granted(id, it.clock.now());
  }
  it.vault.dropPlan("run-49");
  await it.clock.advance(10_000);

  await it.msOf(it.confirm("run-7", it.signal));
  const asked = it.asked.map(({ run }) => run.id);
  for (const id of ids.slice(0, 49)) await it.msOf(it.confirm(id, it.signal));

  assert.deepEqual(asked, ids.slice(0, 49));
  assert.equal(it.asked.length, 49);
});

for (
  const [name, ageMs, waitsMs] of [
    ["just set", 0, 0],
    ["set eight seconds ago", 8000, 0],
    ["set nine seconds ago", 9000, 26_000],
    ["set half a minute ago", 30_000, 5000],
    ["set longer ago than it is guarded", 36_000, 0],
    ["set, by a clock that was set back since, in the future", -60_000, 0],
  ] as const
) {
  Deno.test(`claim: given one ${name}, when its guard is waited for, then ${waitsMs / 1000} s`, async () => {
    const one = holds();
    one.granted("run", one.clock.now() - ageMs);

    assert.equal(await one.msOf(one.guarded("run", one.signal)), waitsMs);
  });
}

Deno.test("claim: given one that this process never set, or took over, when its guard is waited for, then nothing is waited for", async () => {
  const one = holds(TAKEN);
  one.found("run");
  const found = await one.msOf(one.guarded("run", one.signal));
  await one.confirm("run", one.signal);
  await one.clock.advance(12_000);

  assert.deepEqual([found, await one.msOf(one.guarded("run", one.signal))], [0, 0]);
});
