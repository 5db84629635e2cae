import assert from "node:assert/strict";
import { makeRequestIds, type RequestIdOptions } from "../../../actors/observability/request_ids.ts";

function setUp(bounds: Omit<RequestIdOptions, "now"> = {}) {
  const clock = { nowMs: 0 };
  const ids = makeRequestIds({ now: () => clock.nowMs, ...bounds });
  const answer = (id: string, atMs: number) => {
    clock.nowMs = atMs;
    ids.answered(id);
  };
  return { ids, answer };
}

Deno.test("request ids: given two runs at work at once, when AWS answers, then each answer belongs to its run", async () => {
  const { ids, answer } = setUp();
  const told: string[] = [];
  ids.listen(({ runId, id, atMs }) => told.push(`${runId} ${id} ${atMs}`));
  const work = async (id: string, atMs: number) => {
    await Promise.resolve();
    answer(id, atMs);
  };

  await Promise.all([
    ids.within("a", () => work("one", 5)),
    ids.within("b", () => work("two", 6)),
    work("nobody's", 7),
  ]);

  assert.deepEqual(told, ["a one 5", "b two 6"]);
  assert.deepEqual(ids.during("a", { startedMs: 0, endedMs: null }), ["one"]);
  assert.deepEqual(ids.during("b", { startedMs: 0, endedMs: null }), ["two"]);
});

const STRETCHES = [
  [0, 10, ["five", "ten"]],
  [10, 20, ["twenty"]],
  [10, null, ["twenty"]],
  [10, 10, ["ten"]],
  [20, null, []],
] as const;

for (const [startedMs, endedMs, expected] of STRETCHES) {
  Deno.test(`request ids: given answers at 5, 10 and 20, when asked from ${startedMs} to ${endedMs}, then [${expected}]`, () => {
    const { ids, answer } = setUp();
    ids.within("run", () => {
      answer("five", 5);
      answer("ten", 10);
      answer("twenty", 20);
    });

    assert.deepEqual(ids.during("run", { startedMs, endedMs }), expected);
  });
}

Deno.test("request ids: given more runs and requests than are kept, when asked, then the oldest are forgotten", () => {
  const { ids, answer } = setUp({ runs: 2, perRun: 2 });
  for (const run of ["a", "b", "c"]) {
    for (let n = 1; n <= 3; n++) ids.within(run, () => answer(`${run}${n}`, n));
  }
  const all = { startedMs: 0, endedMs: null };

  assert.deepEqual(["a", "b", "c"].map((run) => ids.during(run, all)), [[], ["b2", "b3"], ["c2", "c3"]]);
});
