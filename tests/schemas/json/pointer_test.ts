import assert from "node:assert/strict";
import { escapedName } from "../../../schemas/json/pointer.ts";

for (
  const [name, escaped] of [["a", "a"], ["a/b", "a~1b"], ["a~b", "a~0b"], ["~1", "~01"], ["", ""]] as const
) {
  Deno.test(`pointer: given the member '${name}', when it stands in a pointer, then it is '${escaped}'`, () => {
    assert.equal(escapedName(name), escaped);
  });
}
