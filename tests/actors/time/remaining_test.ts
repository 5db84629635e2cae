/** Waits on a clock that is set forward and back. @module */

import assert from "node:assert/strict";
import { remainingMs } from "../../../actors/time/remaining.ts";

const WAIT = { untilMs: 40_000, longestMs: 30_000 };

for (
  const [what, nowMs, expected] of [
    ["it has just begun", 10_000, 30_000],
    ["it is under way", 39_000, 1000],
    ["its moment has come", 40_000, 0],
    ["the clock was set forward", 4_000_000, 0],
    ["the clock was set back", -3_560_000, 0],
  ] as const
) {
  Deno.test(`remaining: given a wait, when ${what}, then ${expected} ms are left`, () => {
    assert.equal(remainingMs(WAIT, { now: () => nowMs }), expected);
  });
}
