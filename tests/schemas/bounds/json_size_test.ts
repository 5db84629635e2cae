import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonCharacters } from "../../../schemas/bounds/json_size.ts";

/** What the text has more or less than is counted: escapes, the digits of numbers, one comma for each object. */
const MEASURED: readonly (readonly [unknown, number])[] = [
  ["abc", 5],
  [null, 4],
  [true, 4],
  [12, 4],
  [[], 2],
  [["a", "b"], 9],
  [{}, 2],
  [{ a: "b" }, 10],
  [{ a: { b: ["c"] } }, 19],
  [undefined, 0],
];

for (const [value, size] of MEASURED) {
  Deno.test(`jsonCharacters: given ${JSON.stringify(value)}, when measured, then it has ${size} characters`, () => {
    assert.equal(jsonCharacters(value), size);
  });
}

Deno.test("jsonCharacters: given texts, lists and objects, when measured, then it is their JSON within one a member", () => {
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.stringMatching(/^[a-z]*$/),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(fc.stringMatching(/^[a-z]*$/), tie("value"), { maxKeys: 4 }),
    ),
  }));
  fc.assert(fc.property(value, (one) => {
    const text = JSON.stringify(one);
    const size = jsonCharacters(one);
    assert.ok(size >= text.length && size <= text.length + text.split(":").length);
  }));
});

Deno.test("jsonCharacters: given a value deeper than any stack, when measured, then the answer comes", () => {
  assert.equal(jsonCharacters(JSON.parse("[".repeat(200_000) + "]".repeat(200_000))), 400_000);
});
