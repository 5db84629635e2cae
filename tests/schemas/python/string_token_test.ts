import assert from "node:assert/strict";
import fc from "fast-check";
import { readString, startsString } from "../../../schemas/python/string_token.ts";

Deno.test("readString: given a token inside a text, when read, then it ends behind its quote", () => {
  assert.deepEqual(readString("['a', b'c']", 1), { value: { kind: "str", value: "a" }, end: 4 });
  assert.deepEqual(readString("['a', b'c']", 6), { value: { kind: "bytes", bytes: [99] }, end: 10 });
  assert.deepEqual(readString("'''a'b\n'''", 0), { value: { kind: "str", value: "a'b\n" }, end: 10 });
  assert.deepEqual(readString("''", 0), { value: { kind: "str", value: "" }, end: 2 });
});

Deno.test("startsString: given what may follow, when looked at, then only a quote with a prefix begins one", () => {
  const found = ["'", '"', "r'", "Rb'", "zz'", "abc'", "a", "", " '"].map((text) => startsString(text, 0));
  assert.deepEqual(found, [true, true, true, true, true, false, false, false, false]);
});

// Escapes and what they stand for in text and in bytes; undefined: refused.
const ESCAPES: readonly (readonly [string, string | undefined, readonly number[] | undefined])[] = [
  ["\\a\\b\\f\\n\\r\\t\\v", "\x07\b\f\n\r\t\v", [7, 8, 12, 10, 13, 9, 11]],
  ["\\\\\\'\\\"", "\\'\"", [92, 39, 34]],
  ["\\0\\12\\1234", "\0\nS4", [0, 10, 83, 52]],
  ["\\777", "\u01ff", [255]],
  ["\\x41\\q", "A\\q", [65, 92, 113]],
  ["\\u0041", "A", [92, 117, 48, 48, 52, 49]],
  ["\\U0001F600", "😀", [92, 85, 48, 48, 48, 49, 70, 54, 48, 48]],
  ["\\ud800", "\ud800", [92, 117, 100, 56, 48, 48]],
  ["\\x4", undefined, undefined],
  ["\\u004", undefined, [92, 117, 48, 48, 52]],
  ["\\U00110000", undefined, [92, 85, 48, 48, 49, 49, 48, 48, 48, 48]],
  ["\\N{DASH}", undefined, [92, 78, 123, 68, 65, 83, 72, 125]],
  ["é", "é", undefined],
];

for (const [body, text, bytes] of ESCAPES) {
  Deno.test(`readString: given ${JSON.stringify(body)} quoted, when read, then escapes are those of its kind`, () => {
    const quoted = body.includes("'") ? `"""${body}"""` : `'${body}'`;
    const expected = text === undefined ? undefined : { kind: "str", value: text };
    assert.deepEqual(readString(quoted, 0)?.value, expected);
    assert.deepEqual(readString(`b${quoted}`, 0)?.value, bytes && { kind: "bytes", bytes });
    assert.deepEqual(readString(`r${quoted}`, 0)?.value, { kind: "str", value: body });
  });
}

Deno.test("readString: given any text between triple quotes, when raw, then it is taken as it is", () => {
  const body = fc.string({ unit: fc.constantFrom("a", "\n", "'", "é", "#", "{") }).filter((each) =>
    !each.includes('"')
  );
  fc.assert(fc.property(body, (each) => {
    assert.deepEqual(readString(`r"""${each}"""`, 0)?.value, { kind: "str", value: each });
  }));
});
