import assert from "node:assert/strict";
import { measureTimerLag } from "../../../actors/time/timer_lag.ts";

/** Time that only the test moves; `tick` is the timer that the measurement has set. */
function handMovedTime() {
  const time = { now: 1000, everyMs: 0, isStopped: false, tick: () => {} };
  const every = (ms: number, fn: () => void) => {
    time.everyMs = ms;
    time.tick = fn;
    return () => void (time.isStopped = true);
  };
  return { time, lag: measureTimerLag({ elapsedMs: () => time.now, every }) };
}

Deno.test("timer lag: given ticks that are 30 and 70 ms late, when the worst is taken, then it is 70 and then forgotten", () => {
  const { time, lag } = handMovedTime();

  for (const lateMs of [30, 70, 0]) {
    time.now += time.everyMs + lateMs;
    time.tick();
  }

  assert.equal(lag.takeWorstMs(), 70);
  assert.equal(lag.takeWorstMs(), 0);
});

Deno.test("timer lag: given a tick that is overdue, when the worst is taken, then the delay so far counts", () => {
  const { time, lag } = handMovedTime();

  time.now += time.everyMs + 250;

  assert.equal(lag.takeWorstMs(), 250);
});

Deno.test("timer lag: given a tick that is early, when the worst is taken, then it is no negative delay", () => {
  const { time, lag } = handMovedTime();

  time.now += time.everyMs - 5;
  time.tick();

  assert.equal(lag.takeWorstMs(), 0);
});

Deno.test("timer lag: given a running measurement, when it is disposed, then its timer stops", () => {
  const { time, lag } = handMovedTime();

  lag[Symbol.dispose]();

  assert.equal(time.isStopped, true);
});

Deno.test("timer lag: given somebody who is told, when timers fire, then each delay is told at once", () => {
  const time = { now: 0, tick: () => {} };
  const told: number[] = [];
  using _lag = measureTimerLag({
    elapsedMs: () => time.now,
    every: (_ms, fn) => {
      time.tick = fn;
      return () => {};
    },
    onLate: (lateMs) => told.push(lateMs),
  });
  for (const now of [1000, 4000, 5000]) {
    time.now = now;
    time.tick();
  }
  assert.deepEqual(told, [0, 2000, 0]);
});
