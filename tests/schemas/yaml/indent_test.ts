import assert from "node:assert/strict";
import { parseYamlObject } from "../../../schemas/yaml/yaml.ts";
import { indentContinuations } from "../../../schemas/yaml/indent.ts";

const read = (text: string) => parseYamlObject(text, { source: "x" });

/** As PyYAML 5.4 reads them. */
const UNINDENTED: readonly (readonly [string, string, object])[] = [
  ["a list", "a: [\n1,\n2\n]\n", { a: [1, 2] }],
  ["nested brackets", "a: {\nb: 1,\nc: [\n]\n}\nd: 2\n", { a: { b: 1, c: [] }, d: 2 }],
  ["braces in a list", "a:\n- b: {\n  c: 1\n  }\n", { a: [{ b: { c: 1 } }] }],
  ["JSON without indentation", 't: {\n"n": "- x",\n"e": {\n"y": ""\n}\n}\nu: 1\n', {
    t: { n: "- x", e: { y: "" } },
    u: 1,
  }],
  ["double quotes", 'a:\n  b: "x\n  y"\nc: 1\n', { a: { b: "x y" }, c: 1 }],
  ["single quotes", "a: 'x\n\ny'\nb: 1\n", { a: "x\ny", b: 1 }],
  ["a folded line", 'a: "\\\nx"\n', { a: "x" }],
  ["Windows lines", 'a: [\r\n1\r\n]\r\nb: "x\r\ny"\r\n', { a: [1], b: "x y" }],
  ["brackets after a literal block", "a: |\n  '[\nb: [\n1\n]\n", { a: "'[\n", b: [1] }],
];

for (const [name, text, value] of UNINDENTED) {
  Deno.test(`YAML: given ${name} that goes on at the margin, when read, then it is read as PyYAML does`, () => {
    assert.deepEqual(read(text), value);
  });
}

Deno.test("YAML: given brackets or quotes that never close, when read, then the first fault is told", () => {
  assert.throws(() => read("a: [\n1,\nb: 2\n"), /at line \d/);
  assert.throws(() => read('a: "x\ny\n'), /missing char at line \d/);
});

Deno.test("continuations: given well indented text, when indented, then nothing changes", () => {
  for (const text of ["a: [\n  1\n]\n", "a: |\n  'x\n  [\nb: it's {\n", "a: 'it''s'\nb: \"q\\\"\"\n", ""]) {
    assert.equal(indentContinuations(text), text);
  }
});

Deno.test("continuations: given lines at the margin, when indented, then no line is added or lost", () => {
  const indented = indentContinuations("a: [\n1,\n2\n]\nb: 1\n").split("\n");

  assert.deepEqual(indented.map((line) => line.trim()), ["a: [", "1,", "2", "]", "b: 1", ""]);
  assert.equal(indented[4], "b: 1");
});
