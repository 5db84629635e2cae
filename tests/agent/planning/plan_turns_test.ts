/** Whose turn it is to be planned. @module */

import assert from "node:assert/strict";
import { makePlanTurns, STOPPING } from "../../../agent/planning/plan_turns.ts";
import { fakeClock, settle } from "../../support/clock.ts";

const SIGNAL = new AbortController().signal;

/** Turns of a process, and what began and ended in them. */
function turns() {
  const clock = fakeClock();
  const made = makePlanTurns(clock);
  const told: string[] = [];
  const work = (name: string) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const run = async (isAlone?: boolean) => {
      told.push(`${name} begins${isAlone === false ? " among others" : ""}`);
      await promise;
    };
    return { run, end: resolve };
  };
  return { ...made, clock, told, work };
}

Deno.test("plan turns: given runs that are planned together, when one is to be planned alone, then it waits for them and for the process to be 15 s old", async () => {
  const { together, alone, clock, told, work } = turns();
  const [one, suspect] = [work("one"), work("suspect")];
  const first = together(one.run);
  const last = alone(suspect.run, SIGNAL);

  await clock.advance(20_000);
  assert.deepEqual(told, ["one begins"]);
  one.end();
  await settle();
  assert.deepEqual(told, ["one begins", "suspect begins"]);

  suspect.end();
  await Promise.all([first, last]);
  await settle();
  assert.equal(clock.pending(), 0);
});

Deno.test("plan turns: given a run that is planned alone, when others come, then they wait, and go before the next that is planned alone", async () => {
  const { together, alone, clock, told, work } = turns();
  const [suspect, second, one, two] = ["suspect", "second", "one", "two"].map(work);
  assert.ok(suspect && second && one && two);
  const all = [alone(suspect.run, SIGNAL), alone(second.run, SIGNAL)];
  await clock.advance(15_000);
  all.push(together(one.run), together(two.run));
  await settle();
  assert.deepEqual(told, ["suspect begins"]);

  suspect.end();
  await settle();
  assert.deepEqual(told.slice(1), ["one begins", "two begins"]);
  one.end();
  two.end();
  await settle();

  assert.deepEqual(told.slice(3), ["second begins"]);
  second.end();
  await Promise.all(all);
});

Deno.test("plan turns: given others without a pause, when one has waited two minutes to be planned alone, then it is planned among them", async () => {
  const { together, alone, clock, told, work } = turns();
  const [slow, suspect] = [work("slow"), work("suspect")];
  const first = together(slow.run);
  const last = alone(suspect.run, SIGNAL);

  await clock.advance(135_000);

  assert.deepEqual(told, ["slow begins", "suspect begins among others"]);
  slow.end();
  suspect.end();
  await Promise.all([first, last]);
});

for (const afterMs of [0, 20_000]) {
  Deno.test(`plan turns: given one that waits to be planned alone for ${afterMs} ms, when the agent stops or the run is given up, then it does not begin`, async () => {
    const { together, alone, stop, clock, told, work } = turns();
    const [slow, suspect] = [work("slow"), work("suspect")];
    const first = together(slow.run);
    const leaving = new AbortController();
    const given = alone(suspect.run, leaving.signal).catch((thrown) => thrown);
    const waiting = alone(suspect.run, SIGNAL).catch((thrown) => thrown);
    await clock.advance(afterMs);

    leaving.abort("given up");
    assert.equal(await given, "given up");
    stop();
    assert.equal(await waiting, STOPPING);

    slow.end();
    await first;
    assert.deepEqual(told, ["slow begins"]);
    assert.equal(clock.pending(), 0);
  });
}

Deno.test("plan turns: given work that fails, when it is over, then the next has its turn", async () => {
  const { together, alone, clock } = turns();
  const fail = () => Promise.reject(new Error("no"));

  await assert.rejects(together(fail), /no/);
  const failed = alone(fail, SIGNAL).catch((thrown: Error) => thrown.message);
  await clock.advance(15_000);
  assert.equal(await failed, "no");
  const next = alone(() => Promise.resolve(1), SIGNAL);
  await clock.advance(1);

  assert.equal(await next, 1);
});
