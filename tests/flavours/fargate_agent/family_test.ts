import assert from "node:assert/strict";
import fc from "fast-check";
import { idFamily, revisionTags, slugFamily } from "../../../flavours/fargate_agent/family.ts";
import { mappings } from "../../../schemas/json/shape.ts";
import { someFlowRun } from "../../support/flow_run.ts";

const { flow } = someFlowRun();

Deno.test("families: given any name, when made, then both fit ECS", () => {
  const names = fc.string({ maxLength: 400, unit: "binary" });
  fc.assert(
    fc.property(names, (name) => {
      for (const family of [idFamily({ ...flow, name }), slugFamily({ ...flow, name })]) {
        assert.match(family, /^[a-zA-Z0-9_-]{1,255}$/);
      }
    }),
    { numRuns: 200 },
  );
});

Deno.test("slugFamily: given a slug of 255 letters, when made, then it is kept; with one more it is shortened", () => {
  const fits = "x".repeat(255);

  assert.equal(slugFamily({ ...flow, name: fits }), fits);
  assert.match(slugFamily({ ...flow, name: `${fits}x` }), /^x{246}-[0-9a-f]{8}$/);
});

const tag = fc.record({
  key: fc.constantFrom("PrefectFlowId", "PrefectFlowVersion", "team"),
  value: fc.string(),
});

Deno.test("revisionTags: given any tags, when the flow's are set, then they are there and the user's others stay in order", () => {
  fc.assert(
    fc.property(fc.array(tag, { maxLength: 4 }), (tags) => {
      const made = mappings([...revisionTags(tags, flow)]);

      for (const own of made.filter(({ key }) => key === "PrefectFlowId")) {
        assert.equal(own.value, "a1b2c3d4");
      }
      for (const own of made.filter(({ key }) => key === "PrefectFlowVersion")) assert.equal(own.value, "1");
      assert.deepEqual(made.slice(0, tags.length).map(({ key }) => key), tags.map(({ key }) => key));
      assert.deepEqual(made.filter(({ key }) => key === "team"), tags.filter(({ key }) => key === "team"));
      assert.deepEqual(revisionTags([...revisionTags(tags, flow)], flow), revisionTags(tags, flow));
    }),
    { numRuns: 100 },
  );
});
