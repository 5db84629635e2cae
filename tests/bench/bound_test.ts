/** The least time that AWS's documented limits allow. @module */

import assert from "node:assert/strict";
import { boundS, kubernetesBoundS, type Work } from "../../bench/bound.ts";

const WORK: Work = { runs: 1000, flows: 10, launchType: "FARGATE", share: 1 };

const CASES: readonly (readonly [name: string, work: Partial<Work>, seconds: number])[] = [
  ["1 000 runs on Fargate", {}, 49],
  ["100 runs on Fargate", { runs: 100 }, 4],
  ["a burst", { runs: 20 }, 0],
  ["1 000 runs on EC2", { launchType: "EC2" }, 22.5],
  ["half the quota", { share: 0.5 }, 99],
  ["a definition for each run", { runs: 200, flows: 200 }, 180],
  ["definitions within the burst", { runs: 200, flows: 20 }, 9],
];

for (const [name, work, seconds] of CASES) {
  Deno.test(`bound: given ${name}, when reckoned, then ${seconds} s`, () => {
    assert.equal(boundS({ ...WORK, ...work }), seconds);
  });
}

Deno.test("bound: given Jobs of Kubernetes, when reckoned, then the agent's own pace bounds what is beyond its burst", () => {
  const seconds = [20, 25, 1000].map(kubernetesBoundS);

  assert.deepEqual(seconds, [0, 0, 39]);
});
