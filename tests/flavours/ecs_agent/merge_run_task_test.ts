import assert from "node:assert/strict";
import fc from "fast-check";
import { noWork, type Work } from "../../../schemas/bounds/work.ts";
import { isJsonObject, type JsonObject } from "../../../schemas/json/json.ts";
import { listItems } from "../../../schemas/json/shape.ts";
import { mergeRunTask } from "../../../flavours/ecs_agent/merge_run_task.ts";
import { assertLinear } from "../../support/linear.ts";
import { readGroup } from "../../support/goldens/ecs_golden.ts";

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

/** Overrides whose names are counted when they are read. */
function countedOverrides(names: readonly string[], work: Work): JsonObject {
  const containerOverrides = names.map((name, index) => ({
    get name() {
      work.steps++;
      return name;
    },
    [`member${index}`]: index,
  }));
  return { overrides: { containerOverrides } };
}

for (
  const [what, nameOf] of [["of its own", (n: number) => `c${n}`], ["that all have", () => "same"]] as const
) {
  Deno.test(`merge: given ever more containers with a name ${what}, when merged, then each name is read as often`, () => {
    assertLinear((count) => {
      const work = noWork();
      const names = Array.from({ length: count }, (_, n) => nameOf(n));
      mergeRunTask(countedOverrides(names, work), countedOverrides(names.toReversed(), work));
      return work.steps;
    }, 100);
  });
}

Deno.test("merge: given 100 000 overrides of containers, when merged, then each is there once", () => {
  const containerOverrides = Array.from(
    { length: 100_000 },
    (_, n) => ({ name: `c${n % 50_000}`, [`m${n}`]: n }),
  );
  const merged = mergeRunTask({ overrides: { containerOverrides: [{ name: "c7", a: 1 }] } }, {
    overrides: { containerOverrides },
  });
  assert.ok(isJsonObject(merged.overrides));
  const list = listItems(merged.overrides.containerOverrides);
  assert.equal(list.length, 50_000);
  assert.deepEqual(list[0], { name: "c7", a: 1, m7: 7, m50007: 50_007 });
});

Deno.test("merge: given a member called __proto__, when merged, then it is a member like any other", () => {
  const container = (value: number): JsonObject =>
    JSON.parse(`{"name": "flow", "__proto__": {"a": ${value}}}`);
  const kwargs = (value: number): JsonObject => ({ overrides: { containerOverrides: [container(value)] } });
  assert.deepEqual(mergeRunTask(kwargs(1), kwargs(2)), kwargs(2));
});
