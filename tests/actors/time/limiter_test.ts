import assert from "node:assert/strict";
import fc from "fast-check";
import { type Limiter, makeLimiter } from "../../../actors/time/limiter.ts";
import { type FakeClock, fakeClock, settle } from "../../support/clock.ts";

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

  assert.deepEqual(granted.slice(0, 19), Array(19).fill(0));
  assert.deepEqual(granted.slice(19), [0.1, 0.6, 1.1, 1.6, 2.1, 2.6, 3.1]);
  assert.equal(clock.pending(), 0);
});

Deno.test("limiter: given any limit, when a burst is asked for, then it is smaller by what comes back in 100 ms, at most by half", async () => {
  const sizes: readonly (readonly [burst: number, refillPerS: number, atOnce: number])[] = [
    [20, 20, 18],
    [100, 40, 96],
    [100, 20, 98],
    [20, 1, 19],
    [10, 100, 5],
    [1, 1, 1],
  ];
  for (const [burst, refillPerS, atOnce] of sizes) {
    const clock = fakeClock();
    const granted = grants(makeLimiter({ limit: { burst, refillPerS }, clock }), clock, burst);
    await settle();
    assert.equal(granted.length, atOnce, `${burst} and ${refillPerS} per second`);
    await clock.advance(1000);
    assert.equal(granted.length, burst);
  }
});

Deno.test("limiter: given a share, when asked, then burst and refill are that part", async () => {
  const clock = fakeClock();
  const limiter = makeLimiter({ limit: { burst: 100, refillPerS: 40 }, share: 0.25, clock });

  const granted = grants(limiter, clock, 60);
  await clock.advance(1100);

  assert.equal(granted.filter((at) => at === 0).length, 24);
  assert.equal(granted.length, 35);
});

Deno.test("limiter: given timers that are late, when many calls wait, then no time is lost", async () => {
  const fake = fakeClock();
  const clock = { ...fake, after: (ms: number, fn: () => void) => fake.after(ms + 30, fn) };
  const limiter = makeLimiter({ limit: { burst: 20, refillPerS: 20 }, clock });

  const granted = grants(limiter, fake, 218);
  await fake.advance(20_000);

  const last = granted.at(-1) ?? NaN;
  assert.ok(last >= 10 && last < 10.1, `${last} s`);
});

Deno.test("limiter: given a call for ten tokens, when it waits, then smaller ones go before it only if they are more urgent", async () => {
  const clock = fakeClock();
  const limiter = makeLimiter({ limit: { burst: 11, refillPerS: 10 }, clock });
  const order: string[] = [];
  const ask = (name: string, priority: number, tokens: number) =>
    void limiter.acquire(priority, SIGNAL, tokens).then(() => order.push(name));

  ask("first ten", 2, 10);
  ask("second ten", 2, 10);
  ask("read", 0, 1);
  ask("stop", 3, 1);
  await clock.advance(100);
  const early = [...order];
  await clock.advance(2000);

  assert.deepEqual(early, ["first ten", "stop"]);
  assert.deepEqual(order, ["first ten", "stop", "second ten", "read"]);
});

Deno.test("limiter: given a call for more tokens than a burst, when the bucket is full, then it goes and the rest is owed", async () => {
  const clock = fakeClock();
  const limiter = makeLimiter({ limit: { burst: 5, refillPerS: 1 }, clock });

  await limiter.acquire(0, SIGNAL, 10);
  const granted = grants(limiter, clock, 1);
  await clock.advance(10_000);

  // Of 10 there were 4.9; the next one makes 11.
  assert.deepEqual(granted, [6.1]);
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

/** As many refusals as asked for, one after the other. */
async function refuse(limiter: Limiter, times: number): Promise<void> {
  for (let n = 0; n < times; n++) limiter.throttled(await limiter.acquire(9, SIGNAL));
}

Deno.test("limiter: given one refusal, when calls go on, then the rate stays and only a quarter of a second is lost", async () => {
  const clock = fakeClock();
  const limiter = makeLimiter({ limit: { burst: 100, refillPerS: 40 }, clock });

  await refuse(limiter, 1);
  const granted = grants(limiter, clock, 81);
  const { ratePerS, slowed } = limiter.view();
  await clock.advance(3000);

  assert.deepEqual({ ratePerS, slowed }, { ratePerS: 40, slowed: false });
  assert.deepEqual([granted[0], granted.at(-1)], [0.275, 2.275]);
});

Deno.test("limiter: given many calls in flight, when all are refused, then it counts once", async () => {
  const clock = fakeClock();
  const limiter = makeLimiter({ limit: { burst: 100, refillPerS: 40 }, clock });
  const turns = await Promise.all(Array.from({ length: 50 }, () => limiter.acquire(0, SIGNAL)));

  for (const turn of turns) {
    limiter.throttled(turn);
    await clock.advance(20);
  }

  assert.equal(limiter.view().slowed, false);
});

Deno.test("limiter: given refusals that go on, when each comes after the one before, then the rate is halved and comes back", async () => {
  const clock = fakeClock();
  const limiter = makeLimiter({ limit: { burst: 100, refillPerS: 40 }, clock });
  await refuse(limiter, 1);
  const second = limiter.acquire(0, SIGNAL);
  await clock.advance(275);

  limiter.throttled(await second);
  const cut = limiter.view();
  await clock.advance(2500);
  const later = limiter.view();
  await clock.advance(10_000);

  assert.deepEqual(cut, { waiting: 0, ratePerS: 20, slowed: true, fill: 0 });
  assert.equal(later.ratePerS, 30);
  assert.deepEqual(limiter.view(), { waiting: 0, ratePerS: 40, slowed: false, fill: 1 });
});

Deno.test("limiter: given a refusal long after the last one, when it comes, then it is a stray one again", async () => {
  const clock = fakeClock();
  const limiter = makeLimiter({ limit: { burst: 20, refillPerS: 20 }, clock });

  for (let n = 0; n < 5; n++) {
    await refuse(limiter, 1);
    assert.equal(limiter.view().slowed, false);
    await clock.advance(10_001);
  }
});

Deno.test("limiter: given throttling that goes on, when it is cut again and again, then a trickle remains", async () => {
  const clock = fakeClock();
  const limiter = makeLimiter({ limit: { burst: 20, refillPerS: 20 }, clock });
  for (let n = 0; n < 30; n++) {
    const refused = refuse(limiter, 1);
    await clock.advance(1000);
    await refused;
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
  await refuse(limiter, 1);
  const { ratePerS, slowed } = limiter.view();
  const paced = grants(limiter, clock, 100);
  await settle();

  assert.equal(free.length, 500);
  assert.deepEqual({ ratePerS, slowed }, { ratePerS: 250.5, slowed: true });
  assert.equal(paced.length, 0);
  await clock.advance(1000);
  assert.equal(paced.length, 100);
});

Deno.test("limiter: given no limit and one throttling, when it stays quiet, then it is free again", async () => {
  const clock = fakeClock();
  const limiter = makeLimiter({ limit: null, clock });
  await refuse(limiter, 1);
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

/** AWS, as far as the limiter is concerned: its own bucket, calls that take their time, and others who draw from it. */
interface Weather {
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly share?: number;
  /** Calls per second of others, in the seconds from 5 to 15. */
  readonly foreignPerS?: number;
}

/** Makes `calls` calls, each until AWS takes it. */
async function drive(calls: number, { delayMs, jitterMs, share = 1, foreignPerS = 0 }: Weather) {
  const LIMIT = { burst: 20, refillPerS: 20 };
  const clock = fakeClock(0);
  const limiter = makeLimiter({ limit: LIMIT, share, clock });
  const random = mulberry(calls + delayMs + jitterMs);
  const aws = { tokens: LIMIT.burst, atMs: 0 };
  let refused = 0;
  let lastMs = 0;
  const arrive = (): boolean => {
    aws.tokens = Math.min(LIMIT.burst, aws.tokens + (clock.now() - aws.atMs) * LIMIT.refillPerS / 1000);
    aws.atMs = clock.now();
    if (aws.tokens < 1) return false;
    aws.tokens -= 1;
    return true;
  };
  const pass = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
  const call = async () => {
    const turn = await limiter.acquire(0, SIGNAL);
    await pass(delayMs + random() * jitterMs);
    const isTaken = arrive();
    lastMs = isTaken ? clock.now() : lastMs;
    await pass(delayMs);
    if (isTaken) return;
    refused++;
    limiter.throttled(turn);
    await pass(500 + 500 * random());
    await call();
  };
  for (let n = 0; n < foreignPerS * 10; n++) clock.after(5000 + n * 1000 / foreignPerS, arrive);
  const all = Promise.all(Array.from({ length: calls }, call));
  await clock.advance(1000 * calls);
  await all;
  return {
    refused,
    seconds: lastMs / 1000,
    boundS: (calls - LIMIT.burst * share) / (LIMIT.refillPerS * share),
  };
}

/** Random numbers that are the same in each run. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WEATHERS: readonly (readonly [name: string, weather: Weather])[] = [
  ["a near AWS", { delayMs: 5, jitterMs: 10 }],
  ["40 ms and jitter", { delayMs: 20, jitterMs: 50 }],
  ["200 ms and jitter", { delayMs: 100, jitterMs: 90 }],
  ["200 ms and half the quota", { delayMs: 100, jitterMs: 200, share: 0.5 }],
];

for (const [name, weather] of WEATHERS) {
  Deno.test(`limiter: given ${name}, when 1 000 calls are due, then none is refused and all are through within 1.02 times the bound`, async () => {
    const { refused, seconds, boundS } = await drive(1000, weather);

    assert.equal(refused, 0);
    assert.ok(seconds <= 1.02 * boundS, `${seconds} s of ${boundS} s`);
  });
}

Deno.test("limiter: given jitter beyond the slack, when 1 000 calls are due, then few are refused and the bound is kept", async () => {
  const { refused, seconds, boundS } = await drive(1000, { delayMs: 100, jitterMs: 300 });

  assert.ok(refused <= 20, `${refused} refused`);
  assert.ok(seconds <= 1.03 * boundS, `${seconds} s of ${boundS} s`);
});

Deno.test("limiter: given others that take half of the rate for a while, when they are gone, then the full rate is back", async () => {
  const { refused, seconds, boundS } = await drive(1000, { delayMs: 20, jitterMs: 20, foreignPerS: 10 });

  const takenS = 10 * 10 / 20;
  assert.ok(refused <= 30, `${refused} refused`);
  assert.ok(seconds <= 1.06 * (boundS + takenS), `${seconds} s of ${boundS + takenS} s`);
});

Deno.test("limiter: given a large call that is given up, when a small one waits behind it, then that goes as soon as it may", async () => {
  const clock = fakeClock();
  const limiter = makeLimiter({ limit: { burst: 21, refillPerS: 1 }, clock });
  const stop = new AbortController();
  await limiter.acquire(0, SIGNAL, 21);
  const large = limiter.acquire(1, stop.signal, 20).catch(() => "given up");
  const granted = grants(limiter, clock, 1);

  await clock.advance(500);
  stop.abort();
  await clock.advance(2000);

  // Of 21 there were 20.9; one token is due after 1.1 s and a rounded millisecond.
  assert.deepEqual([await large, granted], ["given up", [1.101]]);
});

Deno.test("limiter: given everybody who waits gives up, then no timer is left", async () => {
  const clock = fakeClock();
  const limiter = makeLimiter({ limit: { burst: 1, refillPerS: 1 }, clock });
  const stop = new AbortController();
  await limiter.acquire(0, SIGNAL);
  const waiting = [3, 1, 2].map((priority) => limiter.acquire(priority, stop.signal).catch(() => null));
  const during = clock.pending();

  stop.abort();
  await Promise.all(waiting);

  assert.deepEqual([during, clock.pending(), limiter.view().waiting], [1, 0, 0]);
});

Deno.test("limiter: given a call that has had its turn, when its signal is aborted later, then nobody else loses a place", async () => {
  const clock = fakeClock();
  const limiter = makeLimiter({ limit: { burst: 1, refillPerS: 1 }, clock });
  const stop = new AbortController();
  await limiter.acquire(0, SIGNAL);
  const done = limiter.acquire(0, stop.signal);
  const granted = grants(limiter, clock, 2);
  await clock.advance(1000);
  await done;

  stop.abort();
  await clock.advance(3000);

  assert.deepEqual(granted, [2, 3]);
});

for (
  const [name, calls, ratePerS] of [
    ["this second's are the most", [[0, 10], [1000, 30]], 15],
    ["the second before had more", [[0, 30], [1000, 10]], 15],
    ["the busy second is longer ago", [[0, 30], [2000, 10]], 5],
    ["nothing was called", [], 0.5],
  ] as const
) {
  Deno.test(`limiter: given no limit, when AWS throttles and ${name}, then the rate is half of what was called`, async () => {
    const clock = fakeClock(0);
    const limiter = makeLimiter({ limit: null, clock });
    for (const [atMs, count] of calls) {
      await clock.advance(atMs - clock.now());
      grants(limiter, clock, count);
      await settle();
    }

    limiter.throttled(0);

    assert.equal(limiter.view().ratePerS, ratePerS);
  });
}

Deno.test("limiter: given a slowed bucket that was quiet, when many calls come, then as many go at once as one second gives", async () => {
  const clock = fakeClock();
  const limiter = makeLimiter({ limit: { burst: 100, refillPerS: 20 }, clock });
  limiter.throttled(0);
  limiter.throttled(1);
  await clock.advance(3000);

  const granted = grants(limiter, clock, 100);
  await settle();

  // Half of 20, and three tenths of 20 for three quiet seconds.
  assert.deepEqual([limiter.view().ratePerS, granted.length], [16, 16]);
});

for (const [refillPerS, lowest] of [[20, 0.5], [1, 0.05]] as const) {
  Deno.test(`limiter: given ${refillPerS} calls per second, when AWS throttles on and on, then ${lowest} remain`, () => {
    const limiter = makeLimiter({ limit: { burst: 20, refillPerS }, clock: fakeClock() });

    for (let turn = 0; turn < 20; turn++) limiter.throttled(turn);

    assert.equal(limiter.view().ratePerS, lowest);
  });
}
