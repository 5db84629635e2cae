/** Times in messages. @module */

import assert from "node:assert/strict";
import { spokenTime } from "../../../schemas/flow_run/deadlines.ts";

for (
  const [ms, text] of [
    [2000, "2 s"],
    [1540, "1.5 s"],
    [90_000, "90 s"],
    [119_999, "120 s"],
    [
      120_000,
      "2 min",
    ],
    [900_000, "15 min"],
    [5_430_000, "90.5 min"],
  ] as const
) {
  Deno.test(`spoken time: given ${ms} ms, when it is said, then it is ${text}`, () => {
    assert.equal(spokenTime(ms), text);
  });
}
