import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonContains, jsonEqual, jsonHasKey, like } from "../../../../sandbox/prefect1/store/json_match.ts";
import type { Json } from "../../../../schemas/json/json.ts";

const CONTAINS: readonly (readonly [Json, Json, boolean])[] = [
  [[1, 2, 3], [3, 1], true],
  [[1, 2, 3], [1, 1], true],
  [[1, 2], [4], false],
  [[1, 2], 1, true],
  [[1, [2]], 2, false],
  [[1, [2, 3]], [[3]], true],
  [[1, [2, 3]], [3], false],
  [{ a: 1, b: 2 }, { a: 1 }, true],
  [{ a: 1 }, { a: 1, b: 2 }, false],
  [{ a: { b: [1, 2] } }, { a: { b: [2] } }, true],
  [{ a: [1] }, { a: 1 }, false],
  [{ a: null }, { a: null }, true],
  [{}, { a: null }, false],
  [[{ a: 1, b: 2 }], [{ b: 2 }], true],
  [{ a: 1 }, [], false],
  [[], {}, false],
  ["a", "a", true],
  ["a", ["a"], false],
];

for (const [whole, part, expected] of CONTAINS) {
  Deno.test(`contains: given ${JSON.stringify(whole)} @> ${JSON.stringify(part)}, then ${expected}`, () => {
    assert.equal(jsonContains(whole, part), expected);
  });
}

const json = fc.jsonValue({ maxDepth: 3 }).map((value) => value as Json);

Deno.test("contains: given any value, when compared with itself, then it is equal and contained", () => {
  fc.assert(fc.property(json, (value) => {
    const copy: Json = JSON.parse(JSON.stringify(value));
    assert.ok(jsonEqual(JSON.parse(JSON.stringify(value)), copy));
    assert.ok(jsonContains(copy, copy));
  }));
});

Deno.test("equal: given members in another order, or other values, when compared, then only values count", () => {
  assert.ok(jsonEqual({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }));
  for (const other of [{ a: 1 }, { a: 1, b: 3 }, { a: 1, c: 2 }, [1, 2], null, "x"]) {
    assert.ok(!jsonEqual({ a: 1, b: 2 }, other));
  }
  assert.ok(!jsonEqual([1, 2], [2, 1]));
});

Deno.test("keys: given objects, lists and texts, when asked for a key, then as Postgres has it", () => {
  assert.ok(jsonHasKey({ a: null }, "a"));
  assert.ok(jsonHasKey(["a"], "a"));
  assert.ok(jsonHasKey("a", "a"));
  assert.ok(!jsonHasKey({ a: 1 }, "b"));
  assert.ok(!jsonHasKey([["a"]], "a"));
});

const LIKE: readonly (readonly [string, string, boolean])[] = [
  ["%", "", true],
  ["a%", "a\nb", true],
  ["a_c", "abc", true],
  ["a_c", "ac", false],
  ["a.c", "abc", false],
  ["100\\%", "100%", true],
  ["100\\%", "1000", false],
  ["(x|y)+", "(x|y)+", true],
  ["A", "a", false],
];

for (const [pattern, text, expected] of LIKE) {
  Deno.test(`like: given ${JSON.stringify(text)} LIKE ${JSON.stringify(pattern)}, then ${expected}`, () => {
    assert.equal(like(pattern, text, ""), expected);
    assert.equal(like(pattern, text, "i"), expected || pattern === "A");
  });
}
