import assert from "node:assert/strict";
import fc from "fast-check";
import { idFamily, slugFamily } from "../../../flavours/fargate_agent/family.ts";
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
