import assert from "node:assert/strict";
import { within } from "../../../actors/time/patience.ts";
import { fakeClock } from "../../support/clock.ts";

Deno.test("within: given an answer in time, when waited for, then it is passed on and no timer is left", async () => {
  const clock = fakeClock();

  const got = await within(1000, Promise.resolve(7), clock);

  assert.deepEqual([got, clock.pending()], [{ value: 7 }, 0]);
});

Deno.test("within: given a failure in time, when waited for, then it is thrown and no timer is left", async () => {
  const clock = fakeClock();

  await assert.rejects(within(1000, Promise.reject(new Error("no")), clock), /no/);
  assert.equal(clock.pending(), 0);
});

Deno.test("within: given an answer that does not come, when the time is over, then nothing is waited for, and a late failure is nobody's", async () => {
  const clock = fakeClock();
  const { promise, reject } = Promise.withResolvers<number>();
  const got = within(1000, promise, clock);

  await clock.advance(1000);
  reject(new Error("late"));

  assert.equal(await got, null);
});
