import assert from "node:assert/strict";
import fc from "fast-check";
import { literalOrText, parsePythonLiteral } from "../../../schemas/python/literal.ts";
import { noWork } from "../../../schemas/bounds/work.ts";
import { assertLinear } from "../../support/linear.ts";
import { type PyValue, toJson } from "../../../schemas/python/value.ts";
import golden from "../../golden/fargate/literal_values.json" with { type: "json" };

/** The goldens' way of writing what JSON cannot. */
function recorded(value: PyValue): unknown {
  switch (value.kind) {
    case "none":
      return null;
    case "int":
      return Number(value.digits);
    case "float":
      if (Number.isFinite(value.value)) return value.value;
      return { $py: "float", repr: value.value > 0 ? "inf" : "-inf" };
    case "list":
      return value.items.map(recorded);
    case "tuple":
    case "set":
      return { $py: value.kind, items: value.items.map(recorded) };
    case "dict":
      if (value.entries.every(([key]) => key.kind === "str")) {
        return Object.fromEntries(value.entries.map(([key, member]) => [recorded(key), recorded(member)]));
      }
      return { $py: "dict", items: value.entries.map(([key, member]) => [recorded(key), recorded(member)]) };
    case "str":
    case "bool":
      return value.value;
    default:
      throw new Error(`The goldens have no ${value.kind}`);
  }
}

const clusters = golden.cases.flatMap((each) => {
  const given: unknown = each.kwargs.cluster;
  return typeof given === "string" ? [{ id: each.id, given, expected: each.expect.task_run.cluster }] : [];
});

Deno.test("literal_values: given the recorded table, when its texts are counted, then none was left out", () => {
  const notText = golden.cases.filter((each) => typeof each.kwargs.cluster !== "string");
  assert.equal(golden.cases.length, 52);
  assert.deepEqual(notText.map((each) => each.id.split("/")[1]), [
    "k000",
    "k001",
    "k004",
    "k007",
    "k009",
    "k013",
  ]);
});

for (const { id, given, expected } of clusters) {
  Deno.test(`${id}: given ${JSON.stringify(given)}, when read, then it has the recorded value`, () => {
    assert.deepEqual(recorded(literalOrText(given)), expected);
  });
}

// Each pair: a text, and the JSON of its value; compared with ast.literal_eval of Python 3.9.18.
const ACCEPTED: readonly (readonly [string, unknown])[] = [
  ["'a' \"b\"", "ab"],
  ["('a'\n  'b')", "ab"],
  ["'''a\r\nb'''", "a\nb"],
  ["'a\\\nb'", "ab"],
  ["'\\101\\x41\\u0041\\U00000041\\8'", "AAAA\\8"],
  ["'\\400'", "Ā"],
  ["R'\\n'", "\\n"],
  ["''''a'''", "'a"],
  ["0x_FF", 255],
  ["0b1_0", 2],
  ["00", 0],
  ["007.5", 7.5],
  ["1_0.0_1e1_0", 1001e8],
  ["- 1", -1],
  ["-(1)", -1],
  ["123456789012345678901234567890", "123456789012345678901234567890"],
  ["1,", [1]],
  ["1, 2", [1, 2]],
  ["{1, True, 1.0}", [1]],
  ["{'a': 1, 'b': 2, 'a': 3}", { a: 3, b: 2 }],
  ["set()", []],
  ["\n# note\n[1, # one\n 2] # end\n", [1, 2]],
  ["\\\n 1", 1],
  [" \\\n 1", 1],
  ["1 \\\n\n", 1],
  ["{'__proto__': 1}", JSON.parse('{"__proto__":1}')],
];

for (const [text, expected] of ACCEPTED) {
  Deno.test(`parsePythonLiteral: given ${JSON.stringify(text)}, when read, then the value is right`, () => {
    const literal = parsePythonLiteral(text);
    assert.ok(literal.ok);
    assert.deepEqual(toJson(literal.value), expected);
  });
}

const REFUSED = [
  ...["", "#", " 1", "\n 1", "1\n  ", "1\n2", "1;", "1 \\\n", "\ufeff1", "1\0", "'\ud800'", "1\u00a0"],
  ...["01", "0_7", "1_", "1__0", "1._5", "1..", "1.5.2", "0x", "0b2", "1e", "1if 1 else 2", "9".repeat(4301)],
  ...["--1", "-True", "-'a'", "1+1", "1+-2j", "1j+2j", "-(1+2j)", "True+1j", `${"9".repeat(400)}+1j`],
  ...[
    "'a",
    "'a\n'",
    "'''a''",
    "'\\x4'",
    "'\\u12'",
    "'\\U00110000'",
    "'\\N{DASH}'",
    "ur'a'",
    "f'a'",
    "'a' f'b'",
  ],
  ...["b'é'", "'a' b'b'", "'a' 1", "[1 2]", "[,]", "(,)", "[1,,]", "(1", "[1)", "{1: 2, 3}", "{1, 2: 3}"],
  ...[
    "{[1]: 2}",
    "{{}}",
    "{([],): 1}",
    "{**{}}",
    "[*[1]]",
    "[1 for x in y]",
    "{'a':}",
    "x",
    "Ellipsis",
    "a.b",
  ],
  ...["set(1)", "()()", "1[0]", "'a'.b", `${"[".repeat(201)}${"]".repeat(201)}`],
];

for (const text of REFUSED) {
  const shown = JSON.stringify(text.slice(0, 40));
  Deno.test(`parsePythonLiteral: given ${shown}, when read, then it is no literal`, () => {
    assert.deepEqual(parsePythonLiteral(text), { ok: false });
    assert.deepEqual(literalOrText(text), { kind: "str", value: text });
  });
}

const KINDS: readonly (readonly [string, PyValue])[] = [
  ["1", { kind: "int", digits: "1" }],
  ["1.0", { kind: "float", value: 1 }],
  ["-0.0", { kind: "float", value: -0 }],
  ["1-2.5j", { kind: "complex", real: 1, imaginary: -2.5 }],
  ["...", { kind: "ellipsis" }],
  ["b'a\\xff' rb'\\x'", { kind: "bytes", bytes: [97, 255, 92, 120] }],
  ["()", { kind: "tuple", items: [] }],
  ["[]", { kind: "list", items: [] }],
  ["{}", { kind: "dict", entries: [] }],
  ["set()", { kind: "set", items: [] }],
  ["{1: 'a', True: 'b'}", {
    kind: "dict",
    entries: [[{ kind: "int", digits: "1" }, { kind: "str", value: "b" }]],
  }],
];

for (const [text, value] of KINDS) {
  Deno.test(`parsePythonLiteral: given ${text}, when read, then the kind is kept`, () => {
    assert.deepEqual(parsePythonLiteral(text), { ok: true, value });
  });
}

Deno.test("parsePythonLiteral: given 200 nested brackets, when read, then they are within the limit", () => {
  assert.ok(parsePythonLiteral(`${"{1:".repeat(199)}[]${"}".repeat(199)}`).ok);
});

Deno.test("parsePythonLiteral: given any text, when read, then it answers and never throws", () => {
  const pieces = fc.constantFrom(
    ..."'\"\\()[]{},:+-.#01eEjxbru_ \n\tTrueNone",
    "True",
    "...",
    "'''",
    "set(",
    "😀",
  );
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.array(pieces).map((each) => each.join("")));
  fc.assert(fc.property(text, (each) => typeof parsePythonLiteral(each).ok === "boolean"), { numRuns: 500 });
});

// Each row: what grows, and the text of a size.
const GROWING: readonly (readonly [string, (size: number) => string])[] = [
  ["bytes side by side", (size) => "b'a' ".repeat(size)],
  ["texts side by side", (size) => "'a' ".repeat(size)],
  ["items of a list", (size) => `[${"1, ".repeat(size)}]`],
  ["items without brackets", (size) => "1, ".repeat(size)],
  ["entries of a dictionary", (size) => `{${Array.from({ length: size }, (_, n) => `${n}: 1`).join(",")}}`],
  ["digits of a fraction", (size) => `0.${"1".repeat(size)}`],
  ["blanks and comments", (size) => `[${"# x\n \t".repeat(size)}1]`],
  ["joined lines", (size) => `[${"\\\n ".repeat(size)}1]`],
  ["escapes", (size) => `'${"\\x41".repeat(size)}'`],
  ["line ends after the literal", (size) => `1${"\n#".repeat(size)}`],
];

for (const [what, textOf] of GROWING) {
  Deno.test(`parsePythonLiteral: given ever more ${what}, when read, then each costs the same`, () => {
    assertLinear((size) => {
      const work = noWork();
      assert.ok(parsePythonLiteral(textOf(size), work).ok);
      return work.steps;
    }, 200);
  });
}

Deno.test("parsePythonLiteral: given a tuple nested 190 deep as a key, when read, then it is a key", () => {
  const { ok } = parsePythonLiteral(`{${"(".repeat(190)}1${",)".repeat(190)}: 1}`);
  assert.ok(ok);
});

Deno.test("parsePythonLiteral: given bytes side by side, when read, then they are one, and none with text between", () => {
  assert.deepEqual(parsePythonLiteral("b'a' b'b'"), { ok: true, value: { kind: "bytes", bytes: [97, 98] } });
  assert.deepEqual(parsePythonLiteral("b'a' 'b'"), { ok: false });
});
