import assert from "node:assert/strict";
import fc from "fast-check";
import { scalarText } from "../../../schemas/options/scalar_text.ts";
import type { KwargKind } from "../../../flavours/fargate_agent/kwarg_rows.ts";
import { literal, readValue } from "../../../flavours/fargate_agent/kwarg_value.ts";
import type { Json } from "../../../schemas/json/json.ts";
import { fromJson, type PyValue, toJson } from "../../../schemas/python/value.ts";

const text = (value: string): PyValue => ({ kind: "str", value });

function read(kind: KwargKind, given: PyValue | string): Json | undefined {
  const result = readValue(kind, typeof given === "string" ? text(given) : given);
  return result.outcome === "value" ? result.value : undefined;
}

function problem(kind: KwargKind, given: PyValue | string): string {
  const result = readValue(kind, typeof given === "string" ? text(given) : given);
  return result.outcome === "problem" ? result.problem : "";
}

const VALUES: readonly (readonly [KwargKind, string, Json])[] = [
  ["text", "prod", "prod"],
  ["text", "'prod'", "prod"],
  ["text", "'pro' 'd'", "prod"],
  ["text", " 'prod'", " 'prod'"],
  ["text", "123", "123"],
  ["text", "1.4", "1.4"],
  ["text", "1.4.0", "1.4.0"],
  ["text", "True", "True"],
  ["text", "true", "true"],
  ["text", "null", "null"],
  ["text", "1e5", "1e5"],
  ["text", "arn:aws:iam::1:role/x", "arn:aws:iam::1:role/x"],
  ["text", "", ""],
  ["text", "2024-01-01", "2024-01-01"],
  ["size", "256", "256"],
  ["size", "1 vCPU", "1 vCPU"],
  ["size", "'256'", "'256'"],
  ["size", "", ""],
  ["integer", "2", 2],
  ["integer", "+2", 2],
  ["integer", "2 ", 2],
  ["integer", "0x10", 16],
  ["flag", "True", true],
  ["flag", "False", false],
  ["flag", "true", true],
  ["flag", "FALSE", false],
  ["list", "[]", []],
  ["list", "['a', 'b']", ["a", "b"]],
  ["list", "('a',)", ["a"]],
  ["list", `[{"readOnly": true}]`, [{ readOnly: true }]],
  ["list", "[{'readOnly': True}]", [{ readOnly: true }]],
  ["mapping", "{'a': {'b': 1}}", { a: { b: 1 } }],
  ["mapping", "{  # net\n 'a': ['b',],\n}", { a: ["b"] }],
];

for (const [kind, given, expected] of VALUES) {
  Deno.test(`readValue: given ${JSON.stringify(given)} for ${kind}, when read, then it is ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(read(kind, given), expected);
  });
}

const PROBLEMS: readonly (readonly [KwargKind, string, RegExp])[] = [
  ["text", "['a']", /expected text, got a list/],
  ["text", "{'a'}", /expected text, got a set/],
  ["text", "b'a'", /expected text, got binary data/],
  ["integer", "two", /expected a whole number, got text/],
  ["integer", "2.0", /expected a whole number, got a number with a fraction/],
  ["integer", "'2'", /expected a whole number, got text/],
  ["integer", "True", /expected a whole number, got True or False/],
  ["integer", "99999999999999999999", /expected a whole number/],
  ["flag", "1", /expected True or False, got a whole number/],
  ["flag", "yes", /expected True or False, got text/],
  ["list", "{'a': 1}", /expected a list, got an object/],
  ["list", "a, b", /expected a list, got text that is neither a Python literal nor JSON/],
  ["list", "{'a'}", /expected a list, got a set/],
  ["list", "[{'a'}]", /\[0\] is a set/],
  ["mapping", "[]", /expected an object, got a list/],
  ["mapping", "{'a': {'b': 1.5}}", /a\.b is a number with a fraction/],
  ["mapping", "{'a': None}", /a is None/],
  ["mapping", `{"a": null}`, /a is None/],
  ["mapping", "{'a': b'x'}", /a is binary data/],
  ["mapping", "{1: 'a'}", /a key that is not text/],
  ["mapping", "{'a': 99999999999999999999}", /a is a whole number/],
];

for (const [kind, given, expected] of PROBLEMS) {
  Deno.test(`readValue: given ${given} for ${kind}, when read, then it is refused by what it is`, () => {
    assert.match(problem(kind, given), expected);
  });
}

for (const kind of ["text", "size", "integer", "flag", "list", "mapping"] as const) {
  Deno.test(`F-NONE-PASSED: given None for ${kind}, when read, then it is absent`, () => {
    assert.equal(readValue(kind, { kind: "none" }).outcome, "absent");
    if (kind !== "size") assert.equal(readValue(kind, text("None")).outcome, "absent");
  });
}

Deno.test("F-CPU-TYPE: given cpu that is no text, when read, then integers become text, the rest is refused", () => {
  assert.equal(read("size", { kind: "int", digits: "256" }), "256");
  assert.match(problem("size", { kind: "bool", value: true }), /True or False/);
  assert.match(problem("size", { kind: "float", value: 256 }), /a number with a fraction/);
});

Deno.test("readValue: given any text, when read for cpu, then only white space around it goes", () => {
  fc.assert(fc.property(fc.string(), (any) => assert.equal(read("size", any), scalarText(any))), {
    numRuns: 200,
  });
});

Deno.test("readValue: given any text, when read for a text parameter, then text, nothing or a refusal comes out", () => {
  fc.assert(
    fc.property(fc.string(), (any) => {
      const result = readValue("text", text(any));
      assert.ok(result.outcome !== "value" || typeof result.value === "string");
    }),
    { numRuns: 200 },
  );
});

Deno.test("readValue: given JSON whose leaves are text and switches, when read as typed JSON or as value, then both are the same", () => {
  const leaf = fc.oneof(fc.string(), fc.boolean(), fc.integer());
  const structure = fc.dictionary(fc.string(), fc.oneof(leaf, fc.array(leaf)), { noNullPrototype: true });
  fc.assert(
    fc.property(structure, (any) => {
      assert.deepEqual(read("mapping", JSON.stringify(any)), read("mapping", fromJson(any)));
    }),
    { numRuns: 200 },
  );
});

Deno.test("readValue: given a value that is refused, when told, then it is never quoted", () => {
  for (const kind of ["integer", "flag", "list", "mapping"] as const) {
    assert.doesNotMatch(problem(kind, "hush-hush"), /hush/);
  }
});

Deno.test("literal: given any JSON as text, when read, then JSON and Python agree on the value", () => {
  fc.assert(
    fc.property(fc.json({ noUnicodeString: true }), (json) => {
      assert.deepEqual(plain(toJson(literal(text(json)))), plain(JSON.parse(json, exact)));
    }),
    { numRuns: 200 },
  );
});

/** Keeps as digits what a double cannot count to, as Python does; text with an exponent is a float in both. */
function exact(_key: string, value: unknown): unknown {
  const whole = typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
  return whole && !String(value).includes("e") ? String(value) : value;
}

/** Takes the sign off zeros: JSON text keeps `-0.0`, Python's integer `-0` does not. */
function plain(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json) ?? "null");
}

const LITERALS: readonly (readonly [string, Json])[] = [
  ['{"a": [true, false, null]}', { a: [true, false, null] }],
  ["{'a': True}", { a: true }],
  [' {"a": 1}', { a: 1 }],
  ["{'a': true}", "{'a': true}"],
];
for (const [given, expected] of LITERALS) {
  Deno.test(`literal: given ${given}, when read, then it is a Python literal, JSON, or text where it is neither`, () => {
    assert.deepEqual(toJson(literal(text(given))), expected);
  });
}
