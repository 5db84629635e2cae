import assert from "node:assert/strict";
import fc from "fast-check";
import { boundedJsonValue, jsonFault, parseJsonValue } from "../../../schemas/python/json_text.ts";
import { toJson } from "../../../schemas/python/value.ts";

Deno.test("parseJsonValue: given numbers, when read, then integers and fractions stay apart and no digit is lost", () => {
  assert.deepEqual(parseJsonValue("1"), { kind: "int", digits: "1" });
  assert.deepEqual(parseJsonValue("1.0"), { kind: "float", value: 1 });
  assert.deepEqual(parseJsonValue("1e3"), { kind: "float", value: 1000 });
  assert.deepEqual(parseJsonValue("-12345678901234567890"), { kind: "int", digits: "-12345678901234567890" });
});

Deno.test("parseJsonValue: given any JSON, when read and written again, then it is the same", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
      const text = JSON.stringify(value);
      // Integers beyond 2^53 become text on the way back, on purpose.
      fc.pre(!/\d{16}/.test(text));
      const read = parseJsonValue(text);
      assert.ok(read !== undefined);
      assert.equal(JSON.stringify(toJson(read)), JSON.stringify(JSON.parse(text)));
    }),
    { numRuns: 200 },
  );
});

Deno.test("parseJsonValue: given a repeated key, when read, then the last value counts", () => {
  const read = parseJsonValue(`{"cpu": 1, "cpu": 2}`);

  assert.deepEqual(read === undefined ? undefined : toJson(read), { cpu: 2 });
});

for (const text of ["", "{", "{'a': 1}", "True", "nul", "[1,]"]) {
  Deno.test(`parseJsonValue: given ${JSON.stringify(text)}, when read, then it is no JSON`, () => {
    assert.equal(parseJsonValue(text), undefined);
  });
}

Deno.test("parseJsonValue: given an integer that is longer than Python reads, when read, then it is no JSON", () => {
  assert.ok(parseJsonValue(`[${"9".repeat(4300)}]`));
  assert.equal(parseJsonValue(`[${"9".repeat(4301)}]`), undefined);
});

Deno.test("jsonFault: given broken JSON, when asked, then line and column are told and never the text", () => {
  assert.equal(jsonFault(`{\n "a": 1,\n hush: 2}`), " (line 3 column 2)");
  assert.doesNotMatch(jsonFault("hush"), /hush/);
  assert.equal(jsonFault("{}"), "");
});

Deno.test("JSON: given the most values that a template may have, when read, then one more is told", () => {
  const listOf = (values: number) => `[${Array(values - 1).fill("1").join()}]`;
  assert.ok("value" in boundedJsonValue(listOf(20_000)));
  assert.deepEqual(boundedJsonValue(listOf(20_001)), {
    tooMuch: "20001 values (at most 20000 are accepted)",
  });
});

Deno.test("JSON: given names and texts, when read, then names count as values and what stands in texts does not", () => {
  const named = `{${Array.from({ length: 10_000 }, (_, n) => `"n${n}":1`).join()}}`;
  assert.deepEqual(boundedJsonValue(named), { tooMuch: "20001 values (at most 20000 are accepted)" });
  assert.deepEqual(boundedJsonValue(`"${",".repeat(30_000)}"`), {
    value: { kind: "str", value: ",".repeat(30_000) },
  });
  assert.deepEqual(boundedJsonValue("no JSON"), { value: undefined });
});
