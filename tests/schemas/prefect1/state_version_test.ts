import assert from "node:assert/strict";
import { stateVersion, versionNumber } from "../../../schemas/prefect1/state_version.ts";

Deno.test("versionNumber: given a version that an answer was made into, when sent back, then it is the same number", () => {
  for (const version of [0, 1, 27, 2 ** 53 - 1, 2.5]) {
    assert.equal(versionNumber(stateVersion(version)), version);
  }
  assert.equal(versionNumber(null), null);
});

for (const text of ["", "v2", " 2", "NaN", "Infinity", "2e400"]) {
  Deno.test(`versionNumber: given the text "${text}", when sent back, then it is refused instead of sent unlocked`, () => {
    assert.throws(() => versionNumber(text), RangeError);
  });
}
