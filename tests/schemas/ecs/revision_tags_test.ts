import assert from "node:assert/strict";
import fc from "fast-check";
import { isRevisionTag, revisionTags } from "../../../schemas/ecs/revision_tags.ts";
import { mappings } from "../../../schemas/json/shape.ts";

const flow = { id: "a1b2c3d4", version: 1 };

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

Deno.test("revisionTags: given a flow without version, when its tags are made, then there is none for the version", () => {
  assert.deepEqual(revisionTags(null, { ...flow, version: null }), [{
    key: "PrefectFlowId",
    value: "a1b2c3d4",
  }]);
});

Deno.test("isRevisionTag: given the tags of a definition, when they are told apart, then only the flow's two are its own", () => {
  const tags = revisionTags(
    [{ key: "team", value: "data" }, { key: "PrefectFlowIdea", value: "x" }, "odd"],
    flow,
  );

  assert.deepEqual(tags.map(isRevisionTag), [false, false, false, true, true]);
});
