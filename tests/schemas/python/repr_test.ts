import assert from "node:assert/strict";
import fc from "fast-check";
import type { Json } from "../../../schemas/json/json.ts";
import { parsePythonLiteral } from "../../../schemas/python/literal.ts";
import { floatRepr, pythonRepr, pythonReprOf } from "../../../schemas/python/repr.ts";
import type { PyValue } from "../../../schemas/python/value.ts";
import golden from "../../golden/ecs/env.json" with { type: "json" };

// Each pair: a value, and what repr() of Python 3.9.18 prints for it.
const PRINTED: readonly (readonly [Json, string])[] = [
  [[], "[]"],
  [["a", "b"], "['a', 'b']"],
  [["it's"], `["it's"]`],
  [['say "hi"'], `['say "hi"']`],
  [[`both ' and "`], `['both \\' and "']`],
  ["back\\slash", "'back\\\\slash'"],
  ["\n\r\t", "'\\n\\r\\t'"],
  ["\0\x7f\u00a0\u00ad", "'\\x00\\x7f\\xa0\\xad'"],
  ["\u200b\u2028\ue000", "'\\u200b\\u2028\\ue000'"],
  ["\u{e0001}", "'\\U000e0001'"],
  ["\ud800", "'\\ud800'"],
  ["é 北 😀", "'é 北 😀'"],
  ["", "''"],
  [null, "None"],
  [[true, false], "[True, False]"],
  [{ arn: "a", reason: "RESOURCE:MEMORY", n: 1 }, "{'arn': 'a', 'reason': 'RESOURCE:MEMORY', 'n': 1}"],
  [{}, "{}"],
  [-5, "-5"],
  [1.5, "1.5"],
];

for (const [value, printed] of PRINTED) {
  Deno.test(`pythonRepr: given ${JSON.stringify(value)}, when printed, then it is Python's text`, () => {
    assert.equal(pythonRepr(value), printed);
  });
}

const FLOATS: readonly (readonly [number, string])[] = [
  [1, "1.0"],
  [-0, "-0.0"],
  [0.1, "0.1"],
  [1e15, "1000000000000000.0"],
  [123456789012345680, "1.2345678901234568e+17"],
  [1e16, "1e+16"],
  [1e22, "1e+22"],
  [0.0001, "0.0001"],
  [0.00001, "1e-05"],
  [1.5e-7, "1.5e-07"],
  [5e-324, "5e-324"],
  [1.7976931348623157e308, "1.7976931348623157e+308"],
  [Infinity, "inf"],
  [-Infinity, "-inf"],
  [NaN, "nan"],
];

for (const [value, printed] of FLOATS) {
  Deno.test(`floatRepr: given ${printed}, when printed, then it is Python's text`, () => {
    assert.equal(floatRepr(value), printed);
  });
}

// Texts that repr() prints as they stand.
const STABLE = [
  ...[
    "()",
    "(1,)",
    "(1, 2)",
    "set()",
    "{1, 2}",
    "b'a\\xff\\n'",
    `b"it's"`,
    "2j",
    "(1+2j)",
    "(1.5-2j)",
    "(-0-2j)",
  ],
  ...["Ellipsis", "{1: 'a', (1, 'x'): [None]}", "12345678901234567890", "-1.0"],
];

for (const text of STABLE) {
  Deno.test(`pythonReprOf: given the value of ${text}, when printed, then it is the same text`, () => {
    assert.equal(pythonReprOf(valueOf(text)), text);
  });
}

function valueOf(text: string): PyValue {
  if (text === "(-0-2j)") return { kind: "complex", real: -0, imaginary: -2 };
  const literal = parsePythonLiteral(text === "Ellipsis" ? "..." : text);
  assert.ok(literal.ok);
  return literal.value;
}

Deno.test("pythonReprOf: given a date of a YAML file, when printed, then it is Python's date", () => {
  assert.equal(pythonReprOf({ kind: "date", iso: "2023-01-02" }), "datetime.date(2023, 1, 2)");
  assert.equal(pythonReprOf({ kind: "datetime", iso: "2023-01-02T03:04:05" }), "'2023-01-02T03:04:05'");
});

Deno.test("pythonRepr: given any list of texts, when printed and read back, then it is the same list", () => {
  const texts = fc.array(fc.string({ unit: "binary" }), { maxLength: 3 });
  fc.assert(
    fc.property(texts, (labels) => {
      const read = parsePythonLiteral(pythonRepr(labels));
      const items = labels.map((value): PyValue => ({ kind: "str", value }));
      assert.deepEqual(read, { ok: true, value: { kind: "list", items } });
    }),
    { numRuns: 300 },
  );
});

Deno.test("floatRepr: given any float, when printed and read back, then it is the same float", () => {
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
    const read = parsePythonLiteral(floatRepr(Math.abs(value)));
    assert.deepEqual(read, { ok: true, value: { kind: "float", value: Math.abs(value) } });
  }));
});

const LABELS = "PREFECT__CLOUD__AGENT__LABELS";

Deno.test("pythonRepr: given the recorded label lists, when read and printed, then they are the same", () => {
  const recorded = new Set(
    [
      ...JSON.stringify(golden).matchAll(
        new RegExp(`"name":"${LABELS}","value":("(?:[^"\\\\]|\\\\.)*")`, "g"),
      ),
    ]
      .map((found): string => JSON.parse(found[1] ?? '""')),
  );
  assert.ok(recorded.size > 1);
  for (const text of recorded) {
    const literal = parsePythonLiteral(text);
    assert.ok(literal.ok, text);
    assert.equal(pythonReprOf(literal.value), text);
  }
});
