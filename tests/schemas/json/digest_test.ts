import assert from "node:assert/strict";
import fc from "fast-check";
import { canonicalJson, sha256Hex } from "../../../schemas/json/digest.ts";
import type { Json } from "../../../schemas/json/json.ts";

Deno.test("canonicalJson: given members in another order, when written, then the text is the same", () => {
  assert.equal(
    canonicalJson({ b: [2, 1, { d: null, c: "x" }], a: true }),
    '{"a":true,"b":[2,1,{"c":"x","d":null}]}',
  );
  assert.equal(canonicalJson({ b: undefined, a: 1 }), '{"a":1}');
  assert.equal(canonicalJson("text"), '"text"');
});

Deno.test("canonicalJson: given any JSON, when shuffled, then the text is the same and reads back", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const json: Json = JSON.parse(JSON.stringify(value));
    assert.equal(canonicalJson(reversed(json)), canonicalJson(json));
    assert.deepEqual(JSON.parse(canonicalJson(json)), json);
  }));
});

function reversed(json: Json): Json {
  if (Array.isArray(json)) return json.map(reversed);
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).reverse().map(([key, each]) => [key, reversed(each ?? null)]),
  );
}

Deno.test("sha256Hex: given a text, when digested, then it is SHA-256 of its UTF-8", () => {
  assert.equal(sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert.equal(sha256Hex("é"), "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c");
});
