import assert from "node:assert/strict";
import { backoffMs } from "../../../schemas/time/backoff.ts";

const CASES: readonly (readonly [retry: number, random: number, ms: number])[] = [
  [0, 0, 250],
  [1, 0, 250],
  [1, 0.5, 375],
  [2, 0.5, 750],
  [3, 0, 1000],
  [3, 1, 2000],
  [5, 0.5, 3000],
  [1000, 1, 4000],
];

for (const [retry, random, ms] of CASES) {
  Deno.test(`backoff: given retry ${retry} and chance ${random}, then ${ms} ms`, () => {
    assert.equal(backoffMs(retry, { baseMs: 500, capMs: 4000, random: () => random }), ms);
  });
}
