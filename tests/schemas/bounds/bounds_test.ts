import assert from "node:assert/strict";
import fc from "fast-check";
import { type Bound, BOUNDS, tooMuch, utf8Bytes } from "../../../schemas/bounds/bounds.ts";

Deno.test("tooMuch: given a size at the bound, when compared, then it is accepted", () => {
  assert.equal(tooMuch("template", BOUNDS.template.most), undefined);
});

Deno.test("tooMuch: given a size beyond the bound, when compared, then size, unit and bound are told", () => {
  assert.equal(tooMuch("template", 262_145), "262145 bytes (at most 262144 are accepted)");
});

Deno.test("bounds: given the table, when read, then each row has a number and its reason", () => {
  const rows: readonly Bound[] = Object.values(BOUNDS);
  for (const { most, unit, because } of rows) {
    assert.ok(Number.isSafeInteger(most) && most > 0 && unit !== "" && because.length > 20);
  }
});

Deno.test("utf8Bytes: given any text, when counted, then it is as long as its UTF-8", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assert.equal(utf8Bytes(text), new TextEncoder().encode(text).length);
  }));
});

Deno.test("utf8Bytes: given lone surrogates, when counted, then each counts as the replacement character", () => {
  for (const text of ["\ud800", "\udc00a", "a\ud800\ud800\udc00", "\udc00\ud800"]) {
    assert.equal(utf8Bytes(text), new TextEncoder().encode(text).length);
  }
});
