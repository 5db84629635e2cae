/** Times and numbers on the inspector's page. @module */

import assert from "node:assert/strict";
import { age, count, duration, rate, shortTaskId, words } from "../../../inspector/page/format.ts";

const DURATIONS: readonly (readonly [number, string])[] = [
  [-5, "0 ms"],
  [0, "0 ms"],
  [41.4, "41 ms"],
  [999.4, "999 ms"],
  [999.6, "1.0 s"],
  [3249, "3.2 s"],
  [9949, "9.9 s"],
  [9950, "10 s"],
  [59_900, "60 s"],
  [60_000, "1 min"],
  [250_000, "4 min 10 s"],
  [3_599_900, "1 h"],
  [7_500_000, "2 h 5 min"],
  [86_400_000, "1 d"],
  [273_600_000, "3 d 4 h"],
];

for (const [ms, text] of DURATIONS) {
  Deno.test(`duration: given ${ms} ms, when it is printed, then it reads ${text}`, () => {
    assert.equal(duration(ms), text);
  });
}

const AGES: readonly (readonly [number, string])[] = [
  [0, "now"],
  [999, "now"],
  [1000, "1 s"],
  [5900, "5 s"],
  [61_500, "1 min 1 s"],
];

for (const [ms, text] of AGES) {
  Deno.test(`age: given ${ms} ms, when it is printed, then it reads ${text}`, () => {
    assert.equal(age(ms), text);
  });
}

Deno.test("rate: given rates of all sizes, when they are printed, then a small one is never shown as none", () => {
  assert.deepEqual([0, 0.01, 0.4, 4.25, 9.96, 1234].map(rate), ["0", "<0.1", "0.4", "4.3", "10", "1,234"]);
  assert.equal(count(10_000), "10,000");
});

Deno.test("words: given names of the machines, when they are printed, then they read as words", () => {
  assert.deepEqual(["ensuringTaskDefinition", "claiming", "not isToRelease", "lostClaim"].map(words), [
    "ensuring task definition",
    "claiming",
    "not is to release",
    "lost claim",
  ]);
  assert.equal(shortTaskId("arn:aws:ecs:eu-west-1:123456789012:task/flows/0f3c"), "0f3c");
  assert.equal(shortTaskId("odd"), "odd");
});
