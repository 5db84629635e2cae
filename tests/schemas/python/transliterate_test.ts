import assert from "node:assert/strict";
import fc from "fast-check";
import { transliterate } from "../../../schemas/python/transliterate.ts";

const SPELLED: readonly (readonly [string, string])[] = [
  ["Łódź", "Lodz"],
  ["北京", "Bei Jing "],
  ["Ã©", "A(c)"],
  ["a😀b", "ab"],
  ["\u0085", ""],
  ["\u2913", "[?]"],
  ["plain\ttext\n", "plain\ttext\n"],
];

for (const [text, spelled] of SPELLED) {
  Deno.test(`transliterate: given ${JSON.stringify(text)}, when spelled, then as text-unidecode does`, () => {
    assert.equal(transliterate(text), spelled);
  });
}

Deno.test("transliterate: given any text, when spelled, then it is ASCII and ASCII stays as it is", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary-ascii" }), (any, ascii) => {
    assert.match(transliterate(any), /^\p{ASCII}*$/u);
    assert.equal(transliterate(ascii), ascii);
  }));
});
