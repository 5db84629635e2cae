import assert from "node:assert/strict";
import fc from "fast-check";
import { fullBucket, takeTokens } from "../../../sandbox/ecs/token_bucket.ts";

/** How many of the requests at these moments get a token. */
function granted(limit: { burst: number; perSecond: number }, moments: readonly number[]): number {
  let level = fullBucket(limit, 0);
  let count = 0;
  for (const now of moments) {
    const next = takeTokens(level, limit, { tokens: 1, now });
    level = next.level;
    if (next.taken) count += 1;
  }
  return count;
}

Deno.test("token bucket: given a burst, when all come at once, then as many pass as the bucket holds", () => {
  assert.equal(granted({ burst: 20, perSecond: 1 }, Array(50).fill(0)), 20);
});

Deno.test("token bucket: given an empty bucket, when a second goes by, then the refill passes", () => {
  const moments = [...Array(10).fill(0), ...Array(10).fill(500), ...Array(10).fill(1000)];
  assert.equal(granted({ burst: 10, perSecond: 4 }, moments), 10 + 2 + 2);
});

Deno.test("token bucket: given any requests, then never more pass than burst and refill allow", () => {
  const limits = fc.record({
    burst: fc.integer({ min: 1, max: 20 }),
    perSecond: fc.integer({ min: 1, max: 50 }),
  });
  const moments = fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 200 });
  fc.assert(
    fc.property(limits, moments, (limit, times) => {
      const sorted = times.toSorted((one, other) => one - other);
      const most = limit.burst + ((sorted.at(-1) ?? 0) * limit.perSecond) / 1000;
      assert.ok(granted(limit, sorted) <= most + 1e-9);
    }),
    { numRuns: 50 },
  );
});

Deno.test("token bucket: given a clock that goes back, then no token is made of it", () => {
  assert.equal(granted({ burst: 1, perSecond: 1 }, [5000, 0, 5500, 5999]), 1);
});

Deno.test("token bucket: given more tokens asked for than there are, then none is taken", () => {
  const limit = { burst: 10, perSecond: 1 };

  const refused = takeTokens(fullBucket(limit, 0), limit, { tokens: 11, now: 0 });
  const after = takeTokens(refused.level, limit, { tokens: 10, now: 0 });

  assert.deepEqual([refused.taken, refused.level.tokens], [false, 10]);
  assert.deepEqual([after.taken, after.level.tokens], [true, 0]);
});
