import assert from "node:assert/strict";
import { makeHealthWatch } from "../../../actors/observability/health_watch.ts";
import { fakeClock } from "../../support/clock.ts";

function watch() {
  const clock = fakeClock();
  return {
    clock,
    health: makeHealthWatch(clock, { stuckAfterMs: 60_000, awayAfterMs: 300_000, silentAfterMs: null }),
  };
}

Deno.test("health watch: given polls that fail, when they have failed for long, then unhealthy, and one good poll heals", async () => {
  const { clock, health } = watch();
  health.began();
  for (let seconds = 0; seconds <= 300; seconds += 10) {
    health.polled("unreachable");
    assert.equal(health.judge(), null);
    await clock.advance(10_000);
  }

  health.polled("timedOut");
  assert.match(health.judge()?.reason ?? "", /failed for 310 s \(timedOut\)/);
  health.polled(null);
  assert.equal(health.judge(), null);
});

Deno.test("health watch: given an API that asks to slow down, when that lasts, then it is not away", async () => {
  const { clock, health } = watch();
  health.began();
  for (let i = 0; i < 40; i++) {
    health.polled("throttled");
    await clock.advance(10_000);
  }

  assert.equal(health.judge(), null);
});

Deno.test("health watch: given no poll because runs are on their way, when they go on, then the loop turns", async () => {
  const { clock, health } = watch();
  health.began();
  for (let i = 0; i < 10; i++) {
    await clock.advance(50_000);
    health.turned();
  }
  assert.equal(health.judge(), null);

  await clock.advance(61_000);
  assert.equal(health.judge()?.cause, "loop");
});

Deno.test("health watch: given a start that takes long and an end without polls, when asked, then nothing is expected of the loop", async () => {
  const { clock, health } = watch();
  await clock.advance(600_000);
  assert.equal(health.judge(), null);

  health.began();
  health.polled("unreachable");
  health.finished();
  await clock.advance(600_000);
  assert.equal(health.judge(), null);
});

Deno.test("health watch: given polls, when asked, then the age of the last one is in seconds", async () => {
  const { clock, health } = watch();
  assert.equal(health.lastPollAgeS(), null);

  health.polled("unreachable");
  await clock.advance(2_500);

  assert.equal(health.lastPollAgeS(), 2.5);
});

Deno.test("health watch: given an agent that polls alone decide on, when it has no room for an hour, then it is well, and silence counts again from then on", async () => {
  const clock = fakeClock();
  const health = makeHealthWatch(clock, { stuckAfterMs: 60_000, awayAfterMs: 0, silentAfterMs: 300_000 });
  health.began();
  health.polled(null);

  health.asks(false);
  await clock.advance(3_600_000);
  const full = health.judge();
  health.asks(true);
  await clock.advance(300_000);
  const before = health.judge();
  health.asks(true);
  await clock.advance(1);

  assert.deepEqual([full, before], [null, null]);
  assert.match(health.judge()?.reason ?? "", /No poll was answered for 300 s/);
});
