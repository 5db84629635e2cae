import assert from "node:assert/strict";
import fc from "fast-check";
import { readNumber } from "../../../schemas/python/number_token.ts";

Deno.test("readNumber: given a number inside a text, when read, then only its characters are taken", () => {
  assert.deepEqual(readNumber("[1_0, 2]", 1), { value: { kind: "int", digits: "10" }, end: 4 });
  assert.deepEqual(readNumber("1.5e1]", 0), { value: { kind: "float", value: 15 }, end: 5 });
  assert.deepEqual(readNumber("x 2J", 2), { value: { kind: "complex", real: 0, imaginary: 2 }, end: 4 });
  assert.deepEqual(readNumber("0xfF-1", 0), { value: { kind: "int", digits: "255" }, end: 4 });
});

for (
  const text of [
    "",
    "a",
    "+1",
    "_1",
    "1_",
    "01",
    "0o8",
    "0b2",
    "0x",
    "1.2.3",
    "1..2",
    "1__0",
    "1e",
    "1e1_",
    ".",
  ]
) {
  Deno.test(`readNumber: given ${JSON.stringify(text)}, when read, then it is no number`, () => {
    assert.equal(readNumber(text, 0), undefined);
  });
}

Deno.test("readNumber: given any integer in four radixes, when read, then all its digits are kept", () => {
  fc.assert(fc.property(fc.bigInt({ min: 0n }), (value) => {
    for (
      const text of [
        `${value}`,
        `0x${value.toString(16)}`,
        `0o${value.toString(8)}`,
        `0b${value.toString(2)}`,
      ]
    ) {
      assert.deepEqual(readNumber(text, 0)?.value, { kind: "int", digits: value.toString() });
    }
  }));
});

for (const [base, start, digit] of [["ten", "", "9"], ["16", "0x", "f"], ["2", "0b", "1"]] as const) {
  Deno.test(`readNumber: given integers to the base ${base} of 4300 and 4301 characters, when read, then the longer one is refused`, () => {
    const length = 4300 - start.length;
    assert.ok(readNumber(start + digit.repeat(length), 0));
    assert.equal(readNumber(start + digit.repeat(length + 1), 0), undefined);
  });
}
