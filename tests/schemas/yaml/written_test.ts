/** Scalars that stay the texts they were written as, where a reader wants texts. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { parseMapping } from "../../../schemas/yaml/mapping.ts";

const RETYPED = [
  "3.10",
  "0400",
  "on",
  "No",
  "1_000",
  "12:30",
  "1e3",
  "0x1F",
  ".5",
  "2020-01-01",
  "true",
  "+1",
];

for (const text of RETYPED) {
  Deno.test(`texts as written: given ${text} where a text belongs and where none does, when read, then only the first stays as it is`, () => {
    const read = parseMapping(`a: {x: ${text}}\nb: ["${text}", ${text}]\n`, ["a/*", "b/*"]);

    assert.deepEqual(read, { mapping: { a: { x: text }, b: [text, text] } });
  });
}

Deno.test("texts as written: given keys, nulls, aliases, merges and tags, when read, then names stay as they are and null and tagged values keep their type", () => {
  const text = [
    "base: &base {on: off}",
    "labels: {<<: *base, 1.10: &v 2.50, n: ~, t: !!int 5, again: *v}",
    "other: {at: 010}",
  ].join("\n");

  const read = parseMapping(text, ["base/*", "labels/*"]);

  assert.deepEqual(read, {
    mapping: {
      base: { on: "off" },
      labels: { on: "off", "1.10": "2.50", n: null, t: 5, again: "2.50" },
      other: { at: 8 },
    },
  });
});

Deno.test("texts as written: given a place in every item of a list, when read, then items without it stay as they are", () => {
  const text =
    "containers:\n- env: [{name: ON, value: 3.10}, {name: X, valueFrom: {fieldRef: 1}}]\n- {image: 1.0}\n- 5\n";

  const read = parseMapping(text, ["containers/*/env/*/name", "containers/*/env/*/value"]);

  assert.deepEqual(read, {
    mapping: {
      containers: [
        { env: [{ name: "ON", value: "3.10" }, { name: "X", valueFrom: { fieldRef: 1 } }] },
        { image: 1 },
        5,
      ],
    },
  });
});

Deno.test("texts as written: given any plain scalar that YAML takes, when it stands where a text belongs, then the text that is read is the text that was written", () => {
  const plain = fc.oneof(
    fc.constantFrom(...RETYPED),
    fc.integer().map(String),
    fc.float({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._/+-]{0,20}$/),
  ).filter((text) => !/^(?:~|null|Null|NULL)$/.test(text));

  fc.assert(fc.property(plain, (text) => {
    const read = parseMapping(`a:\n  x: ${text}\n`, ["a/x"]);

    assert.deepEqual(read, { mapping: { a: { x: text } } });
  }));
});
