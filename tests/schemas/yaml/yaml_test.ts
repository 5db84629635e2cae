import assert from "node:assert/strict";
import fc from "fast-check";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { fromJson, type PyValue, toJson } from "../../../schemas/python/value.ts";
import { parseYaml, parseYamlObject } from "../../../schemas/yaml/yaml.ts";
import golden from "../../golden/ecs/yaml.json" with { type: "json" };

const SOURCE = { source: "/t.yaml" };

function plain(value: PyValue): unknown {
  switch (value.kind) {
    case "none":
      return null;
    case "int":
      return Number(value.digits);
    case "float":
      return Number.isFinite(value.value) ? value.value : { $float: value.value > 0 ? "inf" : "-inf" };
    case "date":
      return { $date: value.iso };
    case "list":
      return value.items.map(plain);
    case "dict":
      return Object.fromEntries(value.entries.map(([key, member]) => [plain(key), plain(member)]));
    case "str":
    case "bool":
      return value.value;
    default:
      throw new Error(`The goldens have no ${value.kind}`);
  }
}

function failureOf(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    assert.ok(thrown instanceof FailureError);
    assert.equal(thrown.failure.tag, "configuration");
    return thrown.failure.message;
  }
  assert.fail("It should have been refused");
}

for (const { id, agent, expect } of golden.cases) {
  const text = agent.files["/t.yaml"];
  const { params } = expect.calls.find((call) => call.operation === "RegisterTaskDefinition") ?? {};
  if (params === undefined) {
    Deno.test(`${id}: given the recorded template, when read, then it is refused as recorded`, () => {
      assert.match(
        failureOf(() => parseYaml(text, SOURCE)),
        /^Cannot read \/t\.yaml as YAML: unknown tag at /,
      );
    });
    continue;
  }
  Deno.test(`${id}: given the recorded template, when read, then its values are those registered`, () => {
    const read = plain(parseYaml(text, SOURCE));
    assert.ok(typeof read === "object" && read !== null);
    const registered: Readonly<Record<string, unknown>> = params;
    for (const [name, value] of Object.entries(read)) {
      if (name === "containerDefinitions") assert.deepEqual(value, withoutAdditions(registered[name]));
      else assert.equal(String(value), String(registered[name]));
    }
  });
}

/** The registered containers without what Prefect adds: its own variable and, where none was given, an image. */
function withoutAdditions(containers: unknown): unknown {
  return JSON.parse(JSON.stringify(containers), (_, each) => {
    if (Array.isArray(each)) return each.filter((entry) => entry?.name !== "PREFECT__CONTEXT__IMAGE");
    if (each?.image !== "prefecthq/prefect:1.4.1") return each;
    const { image: _image, ...rest } = each;
    return rest;
  });
}

Deno.test("parseYaml: given aliases that hold themselves, when read, then they are refused", () => {
  assert.match(
    failureOf(() => parseYaml("&a [*a]", SOURCE)),
    /an alias inside of what it names at line 1, column 5$/,
  );
  assert.match(failureOf(() => parseYaml("a: &a {<<: *a}", SOURCE)), /an alias inside of what it names/);
});

Deno.test("parseYaml: given aliases that multiply, when read, then it refuses quickly", () => {
  const levels = Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n}, `.repeat(9)}]`);
  const merges = Array.from(
    { length: 30 },
    (_, n) => `a${n + 1}: &a${n + 1} {<<: [${`*a${n}, `.repeat(9)}]}`,
  );
  assert.match(
    failureOf(() => parseYaml(["a0: &a0 x", ...levels].join("\n"), SOURCE)),
    /more than 20000 values/,
  );
  assert.match(
    failureOf(() => parseYaml(["a0: &a0 {k: 1}", ...merges].join("\n"), SOURCE)),
    /more than 20000 /,
  );
});

Deno.test("parseYaml: given brackets nested very deeply, when read, then it is a configuration failure", () => {
  assert.match(failureOf(() => parseYaml("[".repeat(20_000), SOURCE)), /^Cannot read \/t\.yaml as YAML: /);
});

// Each row: a text, and the end of the message about it.
const REFUSED: readonly (readonly [string, string])[] = [
  ["a: 1\nb: [1\nc: 2\n", "at line 3, column 1"],
  ["a: 'secret-text\n", "at line 2, column 1"],
  ["a: 1\n---\nb: 2\n", "at line 2, column 1"],
  ["a: !mine secret-text\n", "unknown tag at line 1, column 10"],
  ["a: !!python/name:os.system ''", "unknown tag"],
  ["a: *missing", "an alias without an anchor at line 1, column 4"],
  ["a: &x 1\nb: &x 2\n", "an anchor that exists already at line 2, column 7"],
  ["a: 2023-02-30", "a scalar that cannot be read as !!timestamp at line 1, column 4"],
  ["a: !!int secret-text", "a scalar that cannot be read as !!int at line 1, column 10"],
  ["a: 0x_", "a scalar that cannot be read as !!int at line 1, column 4"],
  ["a: !!str [secret-text]", "a sequence that cannot be read as !!str at line 1, column 10"],
  ["a: !!seq {}", "a mapping that cannot be read as !!seq at line 1, column 10"],
  ["a: =", "a scalar that cannot be read as !!value at line 1, column 4"],
  ["a: <<", "a scalar that cannot be read as !!merge at line 1, column 4"],
  ["<<: 1", "a merge of something that is no mapping at line 1, column 5"],
  ["<<: [{}, secret-text]", "a merge of something that is no mapping at line 1, column 10"],
  ["? [1]\n: 2", "a list or mapping used as a key at line 1, column 1"],
  ["a: b\u0007", "a character that YAML does not allow at line 1, column 5"],
  ["a: \ud800", "a character that YAML does not allow at line 1, column 4"],
  ["!!omap [{a: 1, b: 2}]", "a sequence that cannot be read as !!omap at line 1, column 8"],
];

for (const [text, end] of REFUSED) {
  Deno.test(`parseYaml: given ${JSON.stringify(text)}, when read, then the message says where and quotes no value`, () => {
    const message = failureOf(() => parseYaml(text, SOURCE));
    assert.ok(message.startsWith("Cannot read /t.yaml as YAML: "), message);
    assert.ok(message.includes(end), message);
    assert.ok(!message.includes("secret-text"));
  });
}

// Each row: a text, and the JSON of its value; compared with PyYAML 6.0.3.
const READ: readonly (readonly [string, unknown])[] = [
  ["", null],
  ["# nothing\n", null],
  ["---\n...\n", null],
  ["a: 1\na: 2\n", { a: 2 }],
  ["x: &a {a: 1, b: 2}\ny: {b: 3, <<: *a, c: 4}", { x: { a: 1, b: 2 }, y: { a: 1, b: 3, c: 4 } }],
  ["x: {<<: [{a: 1}, {a: 2, b: 2}], b: 3}", { x: { a: 1, b: 3 } }],
  ["x: {<<: {a: 1}, <<: {a: 2}}", { x: { a: 2 } }],
  ["x: {'<<': {a: 1}}", { x: { "<<": { a: 1 } } }],
  ["=: 1", { "=": 1 }],
  ["!!set {a, b, a}", ["a", "b"]],
  ["!!omap [a: 1, b: 2]", [["a", 1], ["b", 2]]],
  ["%YAML 1.2\n---\na: yes", { a: true }],
  ['{"a": [1, 2.5, "x", true, null]}', { a: [1, 2.5, "x", true, null] }],
  ["\ufeffa: 1\r\nb: 2\r\n", { a: 1, b: 2 }],
  ["a: |\n  x\n  y\nb: >-\n  x\n  y\n", { a: "x\ny\n", b: "x y" }],
  ["a: ! '12'\nb: ! 12", { a: 12, b: 12 }],
  ["__proto__: 1", JSON.parse('{"__proto__":1}')],
];

for (const [text, expected] of READ) {
  Deno.test(`parseYaml: given ${JSON.stringify(text)}, when read, then the value is PyYAML's`, () => {
    assert.deepEqual(toJson(parseYaml(text, SOURCE)), expected);
  });
}

/** Integers that a number cannot hold for certain are read as their digits. */
function digitsOfBig(_key: string, value: unknown): unknown {
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? String(value) : value;
}

Deno.test("parseYaml: given any JSON, when read as YAML, then it is the same value", () => {
  const unit = fc.constantFrom(..."aé😀 :#-?&*!|>'\"%@{}[],\\\n\t0");
  const json = fc.jsonValue({ stringUnit: unit, noUnicodeString: false });
  fc.assert(fc.property(json, (value) => {
    const text = JSON.stringify(value);
    if (/\de[+-]?\d|"[^"]{1000}/.test(text)) return;
    assert.deepEqual(toJson(parseYaml(text, SOURCE)), JSON.parse(text, digitsOfBig));
  }));
});

Deno.test("parseYaml: given any text, when read, then it is a value or a configuration failure", () => {
  const piece = fc.constantFrom(
    ..."ab:-?[]{},#&*!|>'\"%@ \n\t~<=01._",
    "- ",
    ": ",
    "\n  ",
    "&a ",
    "*a",
    "<<: ",
    "!!",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      try {
        parseYaml(pieces.join(""), SOURCE);
      } catch (thrown) {
        assert.ok(thrown instanceof FailureError && thrown.failure.tag === "configuration");
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("parseYamlObject: given a mapping, when read, then it is a JSON object", () => {
  const text = "cpu: 0x100\nbig: 123456789012345678901234567890\n";
  assert.deepEqual(parseYamlObject(text, SOURCE), { cpu: 256, big: "123456789012345678901234567890" });
});

// Each row: a text, and the message about it.
const NO_OBJECT: readonly (readonly [string, string])[] = [
  ["", "it must hold a mapping of names to values and holds nothing"],
  ["- a", "it must hold a mapping of names to values and holds a list"],
  ["secret-text", "it must hold a mapping of names to values and holds text"],
  ["1", "it must hold a mapping of names to values and holds a number"],
  ["!!set {a}", "it must hold a mapping of names to values and holds a set"],
  ["a: [{b: 2023-01-02}]", "a[0].b is the date 2023-01-02, put it in quotes to make it text"],
  ["a: 2023-01-02T03:04:05Z", "a is the time 2023-01-02T03:04:05+00:00, put it in quotes to make it text"],
  ["a: .inf", "a is a number that is not finite, put it in quotes to make it text"],
  ["a: !!binary aGk=", "a is binary data, put it in quotes to make it text"],
  ["1: a", "a key is a key that is not text, put it in quotes to make it text"],
  ["a: {yes: b}", "a is a key that is not text, put it in quotes to make it text"],
];

for (const [text, message] of NO_OBJECT) {
  Deno.test(`parseYamlObject: given ${JSON.stringify(text)}, when read, then the message names what is wrong`, () => {
    assert.equal(failureOf(() => parseYamlObject(text, SOURCE)), `Cannot use /t.yaml: ${message}`);
  });
}

Deno.test("parseYaml: given a value of every kind, when read, then the kinds are kept apart", () => {
  const text = "[1, 1.0, '1', 2023-01-02, !!binary /w==, ~, yes]";
  assert.deepEqual(parseYaml(text, SOURCE), {
    kind: "list",
    items: [
      { kind: "int", digits: "1" },
      { kind: "float", value: 1 },
      fromJson("1"),
      { kind: "date", iso: "2023-01-02" },
      { kind: "bytes", bytes: [255] },
      fromJson(null),
      fromJson(true),
    ],
  });
});
