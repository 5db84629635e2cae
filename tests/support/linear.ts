/**
 * Whether work grows no faster than its input, by counted steps and never by time.
 *
 * @module
 */

import assert from "node:assert/strict";

const DOUBLINGS = 3;

/**
 * Doubles the input three times and looks at the steps of each size.
 *
 * @param stepsOf takes an input of this size and answers the steps that it took
 * @param from the smallest size; large enough that what every input costs hardly counts
 */
export function assertLinear(stepsOf: (size: number) => number, from: number): void {
  const steps = Array.from({ length: DOUBLINGS + 1 }, (_, doubled) => stepsOf(from * 2 ** doubled));
  assert.ok(steps.every((each) => each > 0), "nothing was counted");
  for (const [index, each] of steps.slice(1).entries()) {
    const before = steps[index] ?? 0;
    assert.ok(each <= 2.2 * before, `steps on doubled inputs: ${steps.join(", ")}`);
  }
}
