/** Waiting on a clock, and the pauses made of it. @module */

import assert from "node:assert/strict";
import type { Pause } from "../../../schemas/contracts/task.ts";
import { pause, pauseMs } from "../../../actors/time/pause.ts";
import { wait } from "../../../actors/time/wait.ts";
import { fakeClock } from "../../support/clock.ts";

const SIGNAL = new AbortController().signal;

Deno.test("wait: given a time, when it has passed, then it is over, not before", async () => {
  const clock = fakeClock();
  let over = false;
  const waiting = wait(100, clock, SIGNAL).then(() => over = true);

  await clock.advance(99);
  assert.equal(over, false);
  await clock.advance(1);
  await waiting;
  assert.equal(over, true);
});

Deno.test("wait: given a signal, when it is aborted meanwhile, then its reason is thrown and no timer stays", async () => {
  const clock = fakeClock();
  const stop = new AbortController();
  const waiting = wait(100, clock, stop.signal);

  stop.abort(new Error("enough"));

  await assert.rejects(waiting, /enough/);
  assert.equal(clock.pending(), 0);
});

Deno.test("wait: given a signal that is aborted already, when asked to wait, then its reason is thrown at once", async () => {
  const clock = fakeClock();

  await assert.rejects(wait(100, clock, AbortSignal.abort(new Error("too late"))), /too late/);
  assert.equal(clock.pending(), 0);
});

/** At 1 s on the clock and half of the jitter: what is asked, and how long it takes. */
const PAUSES: readonly (readonly [Pause, number])[] = [
  [{ untilMs: 3500 }, 2500],
  [{ untilMs: 1000 }, 0],
  [{ untilMs: 999 }, 0],
  [{ retry: 1, atLeastMs: 0 }, 375],
  [{ retry: 3, atLeastMs: 0 }, 1500],
  [{ retry: 30, atLeastMs: 0 }, 7500],
  [{ retry: 1, atLeastMs: 60_000 }, 60_000],
  [{ retry: 3, atLeastMs: 100 }, 1500],
];

for (const [input, ms] of PAUSES) {
  Deno.test(`pause: given ${JSON.stringify(input)}, when begun, then it takes ${ms} ms`, async () => {
    const clock = fakeClock(1000);
    const deps = { clock, random: () => 0.5 };
    const paused = pause(input, deps, SIGNAL);

    assert.equal(pauseMs(input, deps), ms);
    await clock.advance(ms);
    await paused;
  });
}

Deno.test("pause: given own bounds, when retried often, then the cap holds", () => {
  const deps = { clock: fakeClock(), random: () => 1, baseMs: 10, capMs: 25 };

  assert.deepEqual([1, 2, 3, 4].map((retry) => pauseMs({ retry, atLeastMs: 0 }, deps)), [10, 20, 25, 25]);
});

Deno.test("pause: given a stop, when it came before or comes during the pause, then the pause ends", async () => {
  const clock = fakeClock();
  const deps = { clock, random: () => 0.5 };
  const stop = new AbortController();
  const during = pause({ retry: 1, atLeastMs: 0 }, deps, stop.signal);
  stop.abort(new Error("stopped"));

  await assert.rejects(during, /stopped/);
  await assert.rejects(pause({ retry: 1, atLeastMs: 0 }, deps, stop.signal), /stopped/);
});
