import assert from "node:assert/strict";
import { parseYamlObject } from "../../../schemas/yaml/yaml.ts";
import { indentContinuations } from "../../../schemas/yaml/indent.ts";
import { BOUNDS } from "../../../schemas/bounds/bounds.ts";
import { noWork } from "../../../schemas/bounds/work.ts";
import { assertLinear } from "../../support/linear.ts";

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
  ["brackets and quotes in turn", "a: [\n1\n]\nb: 'x\ny'\nc: {\nd: 1\n}\n", {
    a: [1],
    b: "x y",
    c: { d: 1 },
  }],
  ["quotes and comments in brackets", "a: [it's, # ]\n'x]',\n\"y\\\"]\"\n]\n", { a: ["it's", "x]", 'y"]'] }],
  ["a key in quotes before its colon", "a: {\n'b':'c]',\nd: e:f\n}\n", { a: { b: "c]", d: "e:f" } }],
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
  for (const text of ["a: [\n  1\n  ]\n", "a: |\n  'x\n  [\nb: it's {\n", "a: 'it''s'\nb: \"q\\\"\"\n", ""]) {
    assert.equal(indentContinuations(text), undefined);
  }
});

Deno.test("continuations: given lines at the margin, when indented, then no line is added or lost", () => {
  const indented = indentContinuations("a: [\n1,\n2\n]\nb: 1\n")?.text.split("\n") ?? [];

  assert.deepEqual(indented.map((line) => line.trim()), ["a: [", "1,", "2", "]", "b: 1", ""]);
  assert.equal(indented[4], "b: 1");
});

Deno.test("continuations: given a separator of documents in brackets or quotes, when read, then it is refused", () => {
  for (const text of ["a: [\n---\n]\n", "a: 'x\n---\ny'\n", "a: {b: [\n...\n]}\n"]) {
    assert.throws(() => read(text), /at line [12], column \d/, text);
  }
});

Deno.test("continuations: given a fault after lines at the margin, when read, then its place is that of the text as given", () => {
  assert.throws(() => read("a:\n  b: [\n1,\n!t x\n]\n"), /unknown tag at line 4, column 4/);
});

Deno.test("continuations: given a place, when its origin is asked, then it is where the character stands in the text as given", () => {
  const text = "a: [\n1,\n2\n]\nb: 'x\ny'\n";
  const indented = indentContinuations(text);
  assert.ok(indented !== undefined);

  for (const sign of ["1", "2", "]", "b", "x", "y"]) {
    assert.equal(indented.origin(indented.text.indexOf(sign)), text.indexOf(sign), sign);
  }
});

const REPEATED: Readonly<Record<string, (size: number) => string>> = {
  "lines in brackets": (size) => `a: [\n${"1,\n".repeat(size)}]\n`,
  "brackets of two lines": (size) => "- [\n1]\n".repeat(size),
  "lines in quotes": (size) => `a: "${"x\n".repeat(size)}"\n`,
  "quotes of two lines": (size) => "- 'x\ny'\n".repeat(size),
  "quotes that are cut off by the next": (size) => "a: '\n".repeat(size),
  "brackets that never close": (size) => "a: [b,\n".repeat(size),
  "quotes that never close in brackets": (size) => '- ["\n'.repeat(size),
  "tags that never close": (size) => `a: [\n${"!<,".repeat(size)}]\n`,
};

for (const [name, textOf] of Object.entries(REPEATED)) {
  Deno.test(`continuations: given more and more ${name}, when indented, then the work grows no faster`, () => {
    assertLinear((size) => {
      const work = noWork();
      indentContinuations(textOf(size), work);
      return work.steps;
    }, 200);
  });
}

Deno.test("continuations: given lines at the margin far from their brackets, when indented, then no more is added than a template holds", () => {
  const deep = `${"- ".repeat(500)}[\n`;
  assert.ok(indentContinuations(`${deep}${"1,\n".repeat(200)}]`) !== undefined);
  assert.equal(indentContinuations(`${deep}${"1,\n".repeat(BOUNDS.template.most / 1000)}]`), undefined);
});

Deno.test("continuations: given brackets behind many blanks, when indented, then a line gets no more than its node needs", () => {
  const indented = indentContinuations(`a: ${" ".repeat(10_000)}[\n1]`);
  assert.equal(indented?.text.split("\n")[1], " 1]");
});
