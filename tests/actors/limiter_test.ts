import assert from "node:assert/strict";
import fc from "fast-check";
import { type Limiter, makeLimiter } from "../../actors/limiter.ts";
import { type FakeClock, fakeClock, settle } from "../support/clock.ts";

const SIGNAL = new AbortController().signal;

/** Asks `count` times and tells at what second each was granted. */
function grants(limiter: Limiter, clock: FakeClock, count: number, priority = 0): number[] {
  const start = clock.now();
  const granted: number[] = [];
  for (let n = 0; n < count; n++) {
    void limiter.acquire(priority, SIGNAL).then(() => granted.push((clock.now() - start) / 1000));
  }
  return granted;
}

Deno.test("limiter: given a bucket, when more is asked than the burst, then the rest comes at the refill rate", async () => {
  const clock = fakeClock();
  const limiter = makeLimiter({ limit: { burst: 20, refillPerS: 2 }, clock });

  const granted = grants(limiter, clock, 26);
  await clock.advance(10_000);

  assert.deepEqual(granted.slice(0, 20), Array(20).fill(0));
  assert.deepEqual(granted.slice(20), [0.5, 1, 1.5, 2, 2.5, 3]);
  assert.equal(clock.pending(), 0);
});

Deno.test("limiter: given a share, when asked, then burst and refill are that part", async () => {
  const clock = fakeClock();
  const limiter = makeLimiter({ limit: { burst: 100, refillPerS: 40 }, share: 0.25, clock });

  const granted = grants(limiter, clock, 30);
  await clock.advance(300);

  assert.equal(granted.filter((at) => at === 0).length, 25);
  assert.equal(granted.length, 28);
});

Deno.test("limiter: given waiting calls, when a token comes, then the most urgent goes first, equal ones in order", async () => {
  const clock = fakeClock();
  const limiter = makeLimiter({ limit: { burst: 1, refillPerS: 1 }, clock });
  const order: string[] = [];
  await limiter.acquire(0, SIGNAL);

  for (const [name, priority] of [["read", 0], ["run", 2], ["stop", 3], ["run too", 2]] as const) {
    void limiter.acquire(priority, SIGNAL).then(() => order.push(name));
  }
  await clock.advance(4000);

  assert.deepEqual(order, ["stop", "run", "run too", "read"]);
});

Deno.test("limiter: given a call that is given up, when its turn would come, then the next one goes", async () => {
  const clock = fakeClock();
  const limiter = makeLimiter({ limit: { burst: 1, refillPerS: 1 }, clock });
  const stop = new AbortController();
  await limiter.acquire(0, SIGNAL);

  const gone = limiter.acquire(1, stop.signal);
  const granted = grants(limiter, clock, 1);
  stop.abort(new Error("stopped"));

  await assert.rejects(gone, /stopped/);
  await assert.rejects(limiter.acquire(1, stop.signal), /stopped/);
  await clock.advance(1000);
  assert.deepEqual(granted, [1]);
});

Deno.test("limiter: given throttling, when many calls in flight report it, then the rate is halved once and comes back", async () => {
  const clock = fakeClock();
  const limiter = makeLimiter({ limit: { burst: 100, refillPerS: 40 }, clock });

  for (let n = 0; n < 10; n++) limiter.throttled();
  const cut = limiter.view();
  await clock.advance(5000);
  const later = limiter.view();
  await clock.advance(10_000);
  const healed = limiter.view();

  assert.deepEqual(cut, { waiting: 0, ratePerS: 20, slowed: true, fill: 0 });
  assert.equal(later.ratePerS, 30);
  assert.deepEqual(healed, { waiting: 0, ratePerS: 40, slowed: false, fill: 1 });
});

Deno.test("limiter: given throttling that goes on, when it is cut again and again, then a trickle remains", async () => {
  const clock = fakeClock();
  const limiter = makeLimiter({ limit: { burst: 20, refillPerS: 20 }, clock });
  for (let n = 0; n < 30; n++) {
    limiter.throttled();
    await clock.advance(1000);
  }

  const granted = grants(limiter, clock, 3);
  await clock.advance(4000);

  assert.ok(limiter.view().ratePerS >= 0.5);
  assert.equal(granted.length, 3);
});

Deno.test("limiter: given no limit, when asked, then nobody waits, until AWS throttles", async () => {
  const clock = fakeClock();
  const limiter = makeLimiter({ limit: null, clock });

  const free = grants(limiter, clock, 500);
  await settle();
  limiter.throttled();
  const { ratePerS, slowed } = limiter.view();
  const paced = grants(limiter, clock, 100);
  await settle();

  assert.equal(free.length, 500);
  assert.deepEqual({ ratePerS, slowed }, { ratePerS: 250, slowed: true });
  assert.equal(paced.length, 0);
  await clock.advance(1000);
  assert.equal(paced.length, 100);
});

Deno.test("limiter: given no limit and one throttling, when it stays quiet, then it is free again", async () => {
  const clock = fakeClock();
  const limiter = makeLimiter({ limit: null, clock });
  await limiter.acquire(0, SIGNAL);

  limiter.throttled();
  await clock.advance(60_000);

  assert.deepEqual(limiter.view(), { waiting: 0, ratePerS: Infinity, slowed: false, fill: 1 });
});

Deno.test("limiter: given any bucket and load, when time passes, then never more than burst plus refill is granted", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 50 }),
      fc.array(
        fc.record({ asks: fc.integer({ min: 0, max: 20 }), waitMs: fc.integer({ min: 0, max: 700 }) }),
        {
          maxLength: 8,
        },
      ),
      async (burst, refillPerS, steps) => {
        const clock = fakeClock();
        const start = clock.now();
        const limiter = makeLimiter({ limit: { burst, refillPerS }, clock });
        const granted: number[] = [];
        for (const { asks, waitMs } of steps) {
          for (let n = 0; n < asks; n++) {
            void limiter.acquire(n % 4, SIGNAL).then(() => granted.push(clock.now()));
          }
          await clock.advance(waitMs);
          const allowed = burst + refillPerS * (clock.now() - start) / 1000;
          assert.ok(granted.length <= allowed + 1e-6);
        }
        await clock.advance(200_000);
        assert.equal(granted.length, steps.reduce((sum, { asks }) => sum + asks, 0));
        assert.equal(clock.pending(), 0);
      },
    ),
    { numRuns: 25 },
  );
});
