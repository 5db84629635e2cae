import assert from "node:assert/strict";
import { systemClock } from "../../schemas/clock.ts";

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
