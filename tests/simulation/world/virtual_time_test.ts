/**
 * Virtual time: order, cancellation, and promises between timers.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { makeVirtualTime } from "../../../simulation/world/virtual_time.ts";

Deno.test("virtual time: given timers in any order, when run, then they fire by moment and by age", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 30 }), async (delays) => {
      const time = makeVirtualTime(0);
      const fired: [number, number][] = [];
      delays.forEach((ms, at) => time.after(ms, () => fired.push([time.now(), at])));
      await time.run(100, () => false);
      const sorted = delays.map((ms, at): [number, number] => [ms, at]).sort((a, b) =>
        a[0] - b[0] || a[1] - b[1]
      );
      assert.deepEqual(fired, sorted);
    }),
    { numRuns: 25 },
  );
});

Deno.test("virtual time: given a cancelled timer, when run, then it stays silent", async () => {
  const time = makeVirtualTime(0);
  const fired: string[] = [];
  const cancel = time.after(5, () => fired.push("cancelled"));
  time.after(1, () => cancel());
  time.after(9, () => fired.push("kept"));
  assert.equal(await time.run(100, () => false), 2);
  assert.deepEqual(fired, ["kept"]);
});

Deno.test("virtual time: given a chain of promises, when a timer fires, then the chain ends before the next", async () => {
  const time = makeVirtualTime(0);
  const told: string[] = [];
  time.after(1, () => {
    let chain = Promise.resolve();
    for (let i = 0; i < 50; i++) chain = chain.then(() => undefined);
    void chain.then(() => told.push("chain"));
  });
  time.after(1, () => told.push("next"));
  await time.run(10, () => false);
  assert.deepEqual(told, ["chain", "next"]);
});
