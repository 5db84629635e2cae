/** One question to the API for the claims of all runs that wait, and what its answers may change. @module */

import assert from "node:assert/strict";
import type { HoldResult, ToHold } from "../../schemas/contracts/orchestrator.ts";
import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import { makeRunVault } from "../../agent/run_vault.ts";
import { makeClaimHolds } from "../../agent/claim_holds.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { PREFECT1_HOLD_RULES } from "../../schemas/prefect1/hold_rules.ts";
import { fakeClock, settle } from "../support/clock.ts";
import { someAdoptedRun } from "../support/flow_run.ts";
import { SOME_PLACE, SOME_PLAN } from "../support/launch_plan.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";

const AWAY = new FailureError({ tag: "unreachable", message: "Connection refused" });
const { signal } = new AbortController();

/** Runs that were planned and granted; each question is answered when the test says so. */
function waitingRuns(...ids: readonly string[]) {
  const clock = fakeClock();
  const vault = makeRunVault<FlowRun, LaunchPlan>();
  const asked: (ToHold<FlowRun> & { readonly say: (answer: HoldResult | FailureError) => void })[] = [];
  const hold = (wanted: ToHold<FlowRun>): Promise<HoldResult> =>
    new Promise((resolve, reject) => {
      const say = (answer: HoldResult | FailureError) =>
        answer instanceof FailureError ? reject(answer) : resolve(answer);
      asked.push({ ...wanted, say });
    });
  const holds = makeClaimHolds({
    vault,
    clock,
    log: () => undefined,
    reconcileMs: 60_000,
    orchestrator: { hold, holdRules: PREFECT1_HOLD_RULES },
  });
  const admit = (id: string) => {
    vault.admit(someAdoptedRun(id));
    vault.keepPlan(id, SOME_PLAN, SOME_PLACE);
    holds.granted(id, clock.now());
  };
  ids.forEach(admit);
  const askedFor = () => asked.map(({ runId }) => runId);
  const say = async (id: string, answer: HoldResult | FailureError) => {
    asked.findLast(({ runId }) => runId === id)?.say(answer);
    await settle();
  };
  return { ...holds, clock, vault, admit, asked, askedFor, say };
}

Deno.test("claims of all: given runs that were confirmed at different times, when one is asked for, then those that are due, without taking or renewing any", async () => {
  const one = waitingRuns("old");
  await one.clock.advance(121_000);
  one.admit("due");
  one.admit("other");
  await one.clock.advance(4000);
  one.admit("fresh");

  void one.confirm("due", signal);
  await settle();

  assert.deepEqual(one.askedFor(), ["due", "other"]);
  assert.ok(one.asked.every(({ mayTake, renew }) => !mayTake && !renew));
});

for (
  const [name, answer] of [
    ["lost", { outcome: "lost", why: "another process works on it" }],
    ["refused", { outcome: "refused", why: "not yet" }],
    ["not to be had, the API being away", AWAY],
  ] as const
) {
  Deno.test(`claims of all: given the answer for another run is ${name}, when that is asked for, then it is asked again`, async () => {
    const one = waitingRuns("a", "b");
    await one.clock.advance(4000);
    const first = one.confirm("a", signal);
    await settle();
    await one.say("b", answer);
    await one.say("a", { outcome: "held" });

    void one.confirm("b", signal).catch(() => undefined);
    await settle();

    assert.equal(await first, "held");
    assert.deepEqual(one.askedFor(), ["a", "b", "b"]);
  });
}

Deno.test("claims of all: given a run that left and came back meanwhile, when the old answer comes, then it says nothing of the new claim", async () => {
  const one = waitingRuns("a", "b");
  await one.clock.advance(4000);
  void one.confirm("a", signal);
  await settle();
  one.vault.release("b");
  one.admit("b");
  one.found("b");

  await one.say("b", { outcome: "held" });
  await one.say("a", { outcome: "held" });

  assert.deepEqual([one.vault.get("b").hold?.confirmedMs, one.isDoubtful("b")], [null, true]);
});

Deno.test("claims of all: given a run that left for good meanwhile, when its answer comes, then the others are confirmed all the same", async () => {
  const one = waitingRuns("a", "b");
  await one.clock.advance(4000);
  const confirmed = one.confirm("a", signal);
  await settle();
  one.vault.release("b");

  await one.say("b", { outcome: "held" });
  await one.say("a", { outcome: "held" });

  assert.equal(await confirmed, "held");
  assert.deepEqual([...one.vault.ids()], ["a"]);
});

Deno.test("claims of all: given a run that is given up while its claim is asked for, when the answer comes, then it is not launched", async () => {
  const one = waitingRuns("a");
  const stop = new AbortController();
  await one.clock.advance(4000);
  const confirmed = one.confirm("a", stop.signal).then(() => "held", () => "given up");
  await settle();

  stop.abort();
  await one.say("a", { outcome: "held" });

  assert.equal(await confirmed, "given up");
});
