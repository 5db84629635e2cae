import assert from "node:assert/strict";
import { paced } from "../../../actors/time/paced.ts";
import { fakeClock } from "../../support/clock.ts";

Deno.test("paced: given a crowd of requests, when asked, then the first works at once and the rest once at the end of each second", async () => {
  const clock = fakeClock();
  let done = 0;
  const pokes = paced(() => void done++, 1000, clock);

  for (let i = 0; i < 500; i++) pokes.ask();
  assert.equal(done, 1);
  await clock.advance(1000);
  assert.equal(done, 2);
  for (let i = 0; i < 100; i++) {
    pokes.ask();
    await clock.advance(100);
  }
  assert.equal(done, 12);
});

Deno.test("paced: given requests that are far apart, when asked, then each works at once; after the end none", async () => {
  const clock = fakeClock();
  let done = 0;
  const pokes = paced(() => void done++, 1000, clock);

  pokes.ask();
  await clock.advance(1000);
  pokes.ask();
  assert.equal(done, 2);
  pokes.ask();
  pokes[Symbol.dispose]();
  await clock.advance(10_000);
  assert.equal(done, 2);
});
