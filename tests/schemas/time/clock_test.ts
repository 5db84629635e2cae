import assert from "node:assert/strict";
import { systemClock } from "../../../actors/time/system_clock.ts";

for (const ms of [2 ** 31 - 1, 2 ** 31, 250 * 365 * 86_400_000, Number.MAX_SAFE_INTEGER, Infinity]) {
  Deno.test(`clock: given a wait of ${ms} ms, when begun, then it does not end at once, and can be forgotten`, async () => {
    let fired = false;
    const forget = systemClock.after(ms, () => (fired = true));
    await new Promise((resolve) => setTimeout(resolve, 5));

    forget();
    assert.equal(fired, false);
  });
}

Deno.test("clock: given a short wait, when it is over, then it has fired once", async () => {
  let fired = 0;
  await new Promise<void>((resolve) => {
    systemClock.after(1, () => {
      fired++;
      resolve();
    });
  });

  assert.equal(fired, 1);
});

Deno.test("clock: given long waits that end together, when some are forgotten, then the others end, none early", async () => {
  const begunMs = performance.now();
  const ended: [number, number][] = [];
  const wait = (ms: number) =>
    new Promise<void>((resolve) => {
      systemClock.after(ms, () => {
        ended.push([ms, performance.now() - begunMs]);
        resolve();
      });
    });
  const forgotten = [1000, 1001, 1040].map((ms) => systemClock.after(ms, () => ended.push([-1, ms])));
  const waits = [1000, 1001, 1040, 1000].map(wait);
  forgotten.forEach((forget) => forget());
  forgotten.forEach((forget) => forget());
  await Promise.all(waits);

  assert.deepEqual(ended.map(([ms]) => ms).sort(), [1000, 1000, 1001, 1040]);
  for (const [ms, afterMs] of ended) assert.ok(afterMs >= ms - 1, `${ms} ended after ${afterMs}`);
});

Deno.test("clock: given a wait that is forgotten by another one of the same moment, when that comes, then it does not end", async () => {
  let fired = 0;
  await new Promise<void>((resolve) => {
    const forget: (() => void)[] = [];
    systemClock.after(1000, () => {
      forget.forEach((one) => one());
      systemClock.after(50, resolve);
    });
    forget.push(systemClock.after(1000, () => fired++));
  });

  assert.equal(fired, 0);
});
