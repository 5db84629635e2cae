/** RxJS on a clock that moves when told to. @module */

import assert from "node:assert/strict";
import { asapScheduler, interval, observeOn, of, take, timer } from "rxjs";
import { schedulerOf } from "../../../actors/streams/scheduler.ts";
import { fakeClock } from "../../support/clock.ts";

Deno.test("scheduler: given a timer, when the clock moves, then it fires at its time", async () => {
  const clock = fakeClock(0);
  const fired: number[] = [];
  timer(30, schedulerOf(clock)).subscribe(() => fired.push(clock.now()));

  await clock.advance(29);
  assert.deepEqual(fired, []);
  await clock.advance(100);
  assert.deepEqual(fired, [30]);
});

Deno.test("scheduler: given an interval, when it was taken from three times, then no timer stays", async () => {
  const clock = fakeClock(0);
  const fired: number[] = [];
  interval(10, schedulerOf(clock)).pipe(take(3)).subscribe(() => fired.push(clock.now()));

  await clock.advance(100);

  assert.deepEqual(fired, [10, 20, 30]);
  assert.equal(clock.pending(), 0);
});

Deno.test("scheduler: given a subscription that ended, when its time comes, then nothing fires", async () => {
  const clock = fakeClock(0);
  let fired = 0;
  const going = timer(10, schedulerOf(clock)).subscribe(() => fired++);
  going.unsubscribe();

  await clock.advance(100);

  assert.equal(fired, 0);
  assert.equal(clock.pending(), 0);
});

Deno.test("scheduler: given values to pass on, when nothing is to be waited for, then they come in order", async () => {
  const clock = fakeClock(0);
  const got: number[] = [];
  of(1, 2, 3).pipe(observeOn(schedulerOf(clock))).subscribe((value) => got.push(value));

  assert.deepEqual(got, []);
  await clock.advance(0);

  assert.deepEqual(got, [1, 2, 3]);
  assert.ok(asapScheduler.now() > schedulerOf(clock).now(), "its time is the clock's");
});
