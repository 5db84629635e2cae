import assert from "node:assert/strict";
import fc from "fast-check";
import * as v from "valibot";
import { createFaults, faultPlanSchema } from "../../../sandbox/ecs/faults.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { fakeClock } from "../../support/clock.ts";
import { at, DEFINITION, localAccount, RUN } from "../support/local_account.ts";

function faults(plan: JsonObject, clock = fakeClock()) {
  return createFaults(v.parse(faultPlanSchema, plan), clock);
}

function strikes(plan: JsonObject, count: number): boolean[] {
  const made = faults(plan);
  return Array.from({ length: count }, () => made.strike("throttle", { operation: "RunTask" }) !== null);
}

Deno.test("faults: given a seed, then the same faults come again, and another seed gives others", () => {
  const plan = (seed: number) => ({ seed, rates: { throttle: 0.5 } });

  assert.deepEqual(strikes(plan(1), 64), strikes(plan(1), 64));
  assert.notDeepEqual(strikes(plan(1), 64), strikes(plan(2), 64));
});

Deno.test("faults: given a rate, then about so many requests are struck", () => {
  fc.assert(
    fc.property(fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), (seed, throttle) => {
      const share = strikes({ seed, rates: { throttle } }, 1000).filter(Boolean).length / 1000;
      assert.ok(Math.abs(share - throttle) < 0.09, `${share} instead of ${throttle}`);
    }),
    { numRuns: 25 },
  );
});

Deno.test("faults: given a further kind, then the others strike as before", () => {
  const alone = faults({ rates: { throttle: 0.5 } });
  const mixed = faults({ rates: { throttle: 0.5, lostReply: 0.5 } });
  const subject = { operation: "RunTask" };

  for (let count = 0; count < 50; count += 1) {
    mixed.strike("lostReply", subject);
    assert.deepEqual(mixed.strike("throttle", subject), alone.strike("throttle", subject));
  }
});

Deno.test("faults: given a window, then they strike within it only", async () => {
  const clock = fakeClock();
  const made = faults({ rules: [{ fromMs: 100, untilMs: 200, rates: { throttle: 1 } }] }, clock);
  const seen: boolean[] = [];
  for (const ms of [0, 99, 1, 99, 1]) {
    await clock.advance(ms);
    seen.push(made.strike("throttle", {}) !== null);
  }

  assert.deepEqual(seen, [false, false, true, true, false]);
});

Deno.test("faults: given a rule for a family or image, then others are spared, and the rule goes before the rates", () => {
  const made = faults({
    rates: { capacity: 1 },
    rules: [{ family: "safe-*", rates: { capacity: 0 } }, {
      image: "big/*",
      rates: { capacity: 1 },
      reason: "RESOURCE:CPU",
    }],
  });

  assert.equal(made.strike("capacity", { family: "safe-1" }), null);
  assert.deepEqual(made.strike("capacity", { family: "x", images: ["a", "big/b:1"] }), {
    reason: "RESOURCE:CPU",
  });
  assert.deepEqual(made.strike("capacity", { family: "x", images: ["a"] }), { reason: null });
});

Deno.test("faults: given throttling and errors, then nothing was executed; given errors after, then it was", () => {
  const rule = (rates: JsonObject) => ({ rules: [{ operation: "RunTask", rates }] });
  const outcomes = [{ throttle: 1 }, { errorBefore: 1 }, { errorAfter: 1 }].map((rates) => {
    const account = localAccount({ faults: rule(rates) });
    account.ask("RegisterTaskDefinition", DEFINITION);
    const refused = account.refused("RunTask", RUN);
    return [refused["__type"], account.world.store.tasks.all().length];
  });

  assert.deepEqual(outcomes, [["ThrottlingException", 0], ["ServerException", 0], ["ServerException", 1]]);
});

Deno.test("faults: given registrations that take time, then a second one of the same family is refused meanwhile", async () => {
  const account = localAccount({ faults: { registrationMs: 300 } });
  account.ask("RegisterTaskDefinition", DEFINITION);

  const refused = account.refused("RegisterTaskDefinition", DEFINITION);
  account.ask("RegisterTaskDefinition", { ...DEFINITION, family: "other" });
  await account.clock.advance(300);
  const second = account.ask("RegisterTaskDefinition", DEFINITION);

  assert.deepEqual(refused, {
    __type: "ClientException",
    message: "Too many concurrent attempts to create a new revision of the specified family.",
  });
  assert.equal(at(second, "taskDefinition", "revision"), 2);
});

Deno.test("faults: given an unknown member or a rate above 1, then the plan is refused", () => {
  assert.throws(() => faults({ rates: { throttel: 0.1 } }), v.ValiError);
  assert.throws(() => faults({ rates: { throttle: 1.1 } }), v.ValiError);
});
