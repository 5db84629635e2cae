import assert from "node:assert/strict";
import fc from "fast-check";
import { makeGate, type Pass } from "../../../../actors/prefect3/requests/gate.ts";
import { fakeClock, settle } from "../../../support/clock.ts";

const SIGNAL = new AbortController().signal;

function gate() {
  const clock = fakeClock(0);
  const one = makeGate(clock);
  const passed: string[] = [];
  const passes: Pass[] = [];
  const enter = (name = "x", urgency: "first" | "normal" | "last" = "normal", signal = SIGNAL) =>
    one.enter(urgency, signal).then((pass) => {
      passed.push(name);
      passes.push(pass);
    });
  return { clock, gate: one, passed, passes, enter };
}

Deno.test("gate: given forty requests, when they come at once, then 16 pass, and one more for each that is over", async () => {
  const { passed, passes, enter } = gate();
  for (let at = 0; at < 40; at++) void enter();
  await settle();
  const atFirst = passed.length;

  passes[0]?.leave(false);
  passes[0]?.leave(false);
  await settle();

  assert.deepEqual([atFirst, passed.length], [16, 17]);
});

Deno.test("gate: given refusals, when they come together, then half as many may be under way, and one more after each second", async () => {
  const { clock, gate: one, passes, enter } = gate();
  for (let at = 0; at < 16; at++) void enter();
  await settle();

  passes.forEach((pass) => pass.leave(true));
  const width = [one.width()];
  for (let second = 0; second < 10; second++) {
    await clock.advance(1000);
    width.push(one.width());
  }

  assert.deepEqual(width, [8, 9, 10, 11, 12, 13, 14, 15, 16, 16, 16]);
});

Deno.test("gate: given refusals one after the other, when they go on, then one request may always be under way", async () => {
  const { gate: one, passes, enter } = gate();
  const widths: number[] = [];
  for (let at = 0; at < 8; at++) {
    await enter();
    passes.at(-1)?.leave(true);
    widths.push(one.width());
  }

  assert.deepEqual(widths, [8, 4, 2, 1, 1, 1, 1, 1]);
});

Deno.test("gate: given a full gate, when requests wait, then claims go first, then others, then logs, each in their order", async () => {
  const { passed, passes, enter } = gate();
  for (let at = 0; at < 16; at++) void enter("now");
  await settle();
  for (const urgency of ["last", "normal", "first"] as const) {
    for (const at of [1, 2]) void enter(`${urgency} ${at}`, urgency);
  }

  passes.slice(0, 6).forEach((pass) => pass.leave(false));
  await settle();

  assert.deepEqual(passed.slice(16), ["first 1", "first 2", "normal 1", "normal 2", "last 1", "last 2"]);
});

Deno.test("gate: given claims that are being made, when logs wait, then they wait for them, for ten seconds at most", async () => {
  const { clock, gate: one, passed, enter } = gate();
  const made = one.begin();
  void enter("short", "last");
  await clock.advance(5000);
  made();
  made();
  await settle();
  const afterClaim = [...passed];
  one.begin();
  void enter("long", "last");
  await clock.advance(9999);
  const before = [...passed];
  await clock.advance(1001);

  assert.deepEqual([afterClaim, before, passed], [["short"], ["short"], ["short", "long"]]);
});

Deno.test("gate: given a request that is given up while it waits, then it takes no place", async () => {
  const { passed, passes, enter } = gate();
  for (let at = 0; at < 16; at++) void enter();
  await settle();
  const life = new AbortController();
  const givenUp = enter("given up", "first", life.signal);
  void enter("next");

  life.abort(new Error("over"));
  await assert.rejects(givenUp, /over/);
  passes[0]?.leave(false);
  await settle();

  assert.deepEqual(passed.slice(16), ["next"]);
});

Deno.test("gate: given any order of requests, ends and refusals, when time passes, then no more than the width pass, and none waits for ever", async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("enter" as const), urgency: fc.constantFrom("first", "normal", "last") }),
    fc.record({ do: fc.constant("leave" as const), at: fc.nat(100), wasRefused: fc.boolean() }),
    fc.record({ do: fc.constant("wait" as const), ms: fc.nat(2000) }),
  );

  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { clock, gate: one, passed, passes, enter } = gate();
      const left = new Set<Pass>();
      let entered = 0;
      for (const each of steps) {
        if (each.do === "enter") {
          entered++;
          void enter("x", each.urgency as "first");
        } else if (each.do === "wait") await clock.advance(each.ms);
        else {
          const pass = passes[each.at];
          if (pass !== undefined) left.add(pass);
          pass?.leave(each.wasRefused);
        }
        await settle();
        assert.ok(passes.length - left.size <= 16 && one.width() >= 1 && one.width() <= 16);
      }

      for (let round = 0; round < 200 && passed.length < entered; round++) {
        passes.forEach((pass) => pass.leave(false));
        await clock.advance(1000);
      }
      assert.equal(passed.length, entered);
    }),
    { numRuns: 40 },
  );
});
