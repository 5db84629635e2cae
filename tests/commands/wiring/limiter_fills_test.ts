import assert from "node:assert/strict";
import { limiterFills } from "../../../commands/wiring/limiter_fills.ts";
import { limiterFillSchema } from "../../../inspector/protocol/protocol.ts";
import * as v from "valibot";

Deno.test("limiter fills: given limiters with and without a limit, when they are shown, then each has its words and a rate that JSON knows", () => {
  const view = { waiting: 2, fill: 0.5, slowed: true };
  const fills = limiterFills({ a: { ...view, ratePerS: 5 }, b: { ...view, ratePerS: Infinity } }, {
    a: "asking",
  });

  assert.deepEqual(fills, [
    { name: "a", description: "asking", ...view, ratePerS: 5 },
    { name: "b", description: "b", ...view, ratePerS: null },
  ]);
  for (const fill of fills) {
    assert.deepEqual(v.parse(limiterFillSchema, JSON.parse(JSON.stringify(fill))), fill);
  }
});
