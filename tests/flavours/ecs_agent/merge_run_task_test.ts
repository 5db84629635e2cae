import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { mergeRunTask } from "../../../flavours/ecs_agent/merge_run_task.ts";
import { readGroup } from "../../support/ecs_golden.ts";

for (const golden of readGroup("merge").filter(({ expect }) => expect.merged !== undefined)) {
  Deno.test(`merge: given ${golden.id}, when merged, then the result is as recorded`, () => {
    const before = JSON.stringify([golden.opts1, golden.opts2]);

    const merged = mergeRunTask(golden.opts1, golden.opts2);

    assert.deepEqual(merged, golden.expect.merged);
    assert.equal(JSON.stringify([golden.opts1, golden.opts2]), before);
  });
}

Deno.test("merge: given Q-NULLS (merge/overrides-null-2), when merged, then null overrides count as absent", () => {
  assert.deepEqual(mergeRunTask({ overrides: { cpu: "1" } }, { overrides: null }), {
    overrides: { cpu: "1" },
  });
  const containers = { overrides: { containerOverrides: [{ name: "a" }] } };
  assert.deepEqual(mergeRunTask(containers, { overrides: { containerOverrides: null } }), containers);
});

const container = fc.record(
  { name: fc.constantFrom("flow", "log", "x"), cpu: fc.nat(9), memory: fc.nat(9) },
  {
    requiredKeys: ["name"],
    noNullPrototype: true,
  },
);
const kwargs: fc.Arbitrary<JsonObject> = fc.record({
  cluster: fc.constantFrom("a", "b"),
  count: fc.nat(3),
  overrides: fc.record({
    cpu: fc.constantFrom("1", "2"),
    containerOverrides: fc.array(container, { maxLength: 3 }),
  }, {
    requiredKeys: [],
    noNullPrototype: true,
  }),
}, { requiredKeys: [], noNullPrototype: true });

Deno.test("merge: given any arguments, when merged with themselves folded, then merging again changes nothing", () => {
  fc.assert(fc.property(kwargs, kwargs, (base, over) => {
    const merged = mergeRunTask(base, over);

    assert.deepEqual(mergeRunTask(merged, over), merged);
  }));
});

Deno.test("merge: given any arguments, when nothing goes over them, then they stay", () => {
  fc.assert(fc.property(kwargs, (base) => assert.deepEqual(mergeRunTask(base, {}), base)));
});
