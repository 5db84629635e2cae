import assert from "node:assert/strict";
import fc from "fast-check";
import type { Json } from "../../../schemas/json/json.ts";
import {
  dictOf,
  firstNotJson,
  fromJson,
  keyIdentity,
  type PyValue,
  setOf,
  toJson,
} from "../../../schemas/python/value.ts";
import { assertLinear } from "../../support/linear.ts";

const text = (value: string): PyValue => ({ kind: "str", value });
const int = (digits: string): PyValue => ({ kind: "int", digits });
const date: PyValue = { kind: "date", iso: "2023-01-02" };

Deno.test("toJson: given any JSON, when taken there and back, then it is the same", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const json: Json = JSON.parse(JSON.stringify(value));
    assert.deepEqual(toJson(fromJson(json)), json);
  }));
});

Deno.test("toJson: given an integer too big for a number, when carried, then it is text with every digit", () => {
  assert.equal(toJson(int("9007199254740993")), "9007199254740993");
  assert.equal(toJson(int("-9007199254740991")), -9007199254740991);
});

const NOT_JSON: readonly (readonly [PyValue, string])[] = [
  [{ kind: "float", value: -Infinity }, "a number that is not finite"],
  [{ kind: "float", value: NaN }, "a number that is not finite"],
  [{ kind: "complex", real: 1, imaginary: 2 }, "a complex number"],
  [{ kind: "bytes", bytes: [1] }, "binary data"],
  [{ kind: "ellipsis" }, "an ellipsis"],
  [date, "the date 2023-01-02"],
  [{ kind: "datetime", iso: "2023-01-02T03:04:05" }, "the time 2023-01-02T03:04:05"],
  [{ kind: "dict", entries: [[int("1"), text("a")]] }, "a key that is not text"],
];

for (const [value, found] of NOT_JSON) {
  Deno.test(`firstNotJson: given ${found} deep inside, when looked for, then its path is named`, () => {
    const outer: PyValue = {
      kind: "dict",
      entries: [
        [text("fine"), int("1")],
        [text("list"), {
          kind: "list",
          items: [text("fine"), { kind: "dict", entries: [[text("x"), value]] }],
        }],
      ],
    };
    assert.deepEqual(firstNotJson(outer), { path: "list[1].x", found });
    assert.deepEqual(firstNotJson(value), { path: "", found });
    assert.equal(toJson(outer), undefined);
  });
}

Deno.test("firstNotJson: given what JSON can carry, when looked for, then there is nothing", () => {
  assert.equal(firstNotJson(fromJson({ a: [1, 1.5, "x", null, true, { b: [] }] })), undefined);
});

Deno.test("keyIdentity: given equal numbers of several kinds, when compared, then they are one key", () => {
  const one = [int("1"), { kind: "float", value: 1 }, { kind: "bool", value: true }] as const;
  const same = new Set([...one, { kind: "complex", real: 1, imaginary: 0 } as const].map(keyIdentity));
  assert.equal(same.size, 1);
  assert.equal(keyIdentity({ kind: "float", value: -0 }), keyIdentity({ kind: "bool", value: false }));
  assert.notEqual(keyIdentity(text("1")), keyIdentity(int("1")));
  assert.notEqual(keyIdentity({ kind: "tuple", items: [int("1")] }), keyIdentity(int("1")));
  assert.notEqual(keyIdentity({ kind: "complex", real: 1, imaginary: 2 }), keyIdentity(int("1")));
});

Deno.test("keyIdentity: given tuples that nest or hold the same in another way, when compared, then they are other keys", () => {
  const tuple = (...items: readonly PyValue[]): PyValue => ({ kind: "tuple", items });
  const [one, two] = [int("1"), int("2")];
  const tuples = [
    tuple(),
    tuple(one, two),
    tuple(tuple(one, two)),
    tuple(tuple(one), two),
    tuple(one, tuple(two)),
    tuple(tuple(one), tuple(two)),
    tuple(text("1,"), two),
    tuple(text("n1,n2")),
    tuple({ kind: "complex", real: 1, imaginary: 2 }),
  ];
  assert.equal(new Set(tuples.map(keyIdentity)).size, tuples.length);
  assert.equal(keyIdentity(tuple(one, tuple())), keyIdentity(tuple({ kind: "float", value: 1 }, tuple())));
});

Deno.test("keyIdentity: given tuples nested ever more deeply, when asked for, then each level adds as much", () => {
  const nested = (depth: number): PyValue =>
    depth === 0 ? text("a") : { kind: "tuple", items: [nested(depth - 1)] };
  assertLinear((depth) => keyIdentity(nested(depth))?.length ?? 0, 50);
});

Deno.test("dictOf: given repeated keys, when built, then the first spelling and the last value stay", () => {
  const dict = dictOf([[int("1"), text("a")], [text("k"), text("b")], [
    { kind: "bool", value: true },
    text("c"),
  ]]);
  assert.deepEqual(dict?.entries, [[int("1"), text("c")], [text("k"), text("b")]]);
});

Deno.test("dictOf and setOf: given a list as key, when built, then they refuse", () => {
  const list: PyValue = { kind: "list", items: [] };
  assert.equal(dictOf([[list, list]]), undefined);
  assert.equal(setOf([{ kind: "tuple", items: [list] }]), undefined);
});

Deno.test("setOf: given repeated items, when built, then each is kept once, in order", () => {
  assert.deepEqual(setOf([int("2"), int("1"), int("2")]), { kind: "set", items: [int("2"), int("1")] });
});
