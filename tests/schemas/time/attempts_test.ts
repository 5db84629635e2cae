import assert from "node:assert/strict";
import { attemptPauseMs, longestPausesMs } from "../../../schemas/time/attempts.ts";

const ALIKE = { delayMs: 1000, jitterMs: 3000, mostDelayMs: null };
const DOUBLING = { delayMs: 1000, jitterMs: 1000, mostDelayMs: 10_000 };

Deno.test("attempts: given waits that are all alike, when chance is low and high, then they lie between delay and jitter", () => {
  for (const retry of [1, 2, 50]) {
    assert.deepEqual([attemptPauseMs(retry, ALIKE, () => 0), attemptPauseMs(retry, ALIKE, () => 1)], [
      1000,
      4000,
    ]);
  }
});

Deno.test("attempts: given waits that double, when they grow, then they stay within their bound, jitter included", () => {
  const low = [1, 2, 3, 4, 5, 99].map((retry) => attemptPauseMs(retry, DOUBLING, () => 0));
  const high = [1, 2, 3, 4, 5, 99].map((retry) => attemptPauseMs(retry, DOUBLING, () => 1));

  assert.deepEqual(low, [1000, 2000, 4000, 8000, 10_000, 10_000]);
  assert.deepEqual(high, [2000, 3000, 5000, 9000, 10_000, 10_000]);
});

Deno.test("attempts: given any number of waits, when added up, then it is their longest time", () => {
  assert.deepEqual([0, 1, 3].map((retries) => longestPausesMs(retries, ALIKE)), [0, 4000, 12_000]);
  assert.equal(longestPausesMs(3, DOUBLING), 10_000);
});
