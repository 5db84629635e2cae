import assert from "node:assert/strict";
import fc from "fast-check";
import { type CountedRequest, divideByRun } from "../../../sandbox/http/request_counts.ts";

const RUN_1 = "11111111-1111-4111-8111-111111111111";
const RUN_2 = "22222222-2222-4222-8222-222222222222";
const RUN_3 = "33333333-3333-4333-8333-333333333333";
const FLOW = "ffffffff-ffff-4fff-8fff-ffffffffffff";
const NAMES = new Map([[RUN_1, [RUN_1]], [RUN_2, [RUN_2]], [RUN_3, [RUN_3]], [FLOW, [RUN_1, RUN_2]]]);

function request(...ids: readonly string[]): CountedRequest {
  return {
    service: "ecs",
    operation: "RunTask",
    status: 200,
    body: `{"ids":"${ids.join(" ")}"}`,
    client: "agent",
  };
}

const DIVIDED: readonly (readonly [string, readonly string[], Record<string, number>, number])[] = [
  ["one run", [RUN_1], { [RUN_1]: 1 }, 0],
  ["one run twice", [RUN_1, RUN_1], { [RUN_1]: 1 }, 0],
  ["two runs", [RUN_1, RUN_3], { [RUN_1]: 0.5, [RUN_3]: 0.5 }, 0],
  ["a flow", [FLOW], { [RUN_1]: 0.5, [RUN_2]: 0.5 }, 0],
  ["a run beside its flow", [FLOW, RUN_2], { [RUN_2]: 1 }, 0],
  ["nobody known", ["99999999-9999-4999-8999-999999999999"], {}, 1],
];

for (const [what, ids, perRun, shared] of DIVIDED) {
  Deno.test(`request counts: given a request that names ${what}, then it is divided so`, () => {
    const divided = divideByRun([request(...ids)], NAMES);

    assert.deepEqual(Object.fromEntries(divided.perRun), perRun);
    assert.equal(divided.shared, shared);
  });
}

Deno.test("request counts: given any requests, then none is lost and none counts twice", () => {
  const ids = fc.array(fc.constantFrom(RUN_1, RUN_2, RUN_3, FLOW, "nobody"), { maxLength: 5 });
  fc.assert(
    fc.property(fc.array(ids, { maxLength: 20 }), (lists) => {
      const { perRun, shared } = divideByRun(lists.map((list) => request(...list)), NAMES);
      const total = [...perRun.values()].reduce((sum, part) => sum + part, shared);
      assert.ok(Math.abs(total - lists.length) < 1e-9);
    }),
    { numRuns: 50 },
  );
});
