/** What reaches the terminal. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { makeOutput, type Output } from "../../../actors/output/output.ts";

function written(use: (output: Output) => void): string {
  const lines: string[] = [];
  use(makeOutput((line) => void lines.push(line)));
  return lines.join("");
}

const NASTY = [
  "\u001b[2J",
  "\r",
  "\n",
  "\u0007",
  "\u0085",
  "\u009b",
  "\u202e",
  "\u2066",
  "\u2028",
  "\u200b",
  "\u007f",
];
const text = fc.array(fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: "binary" })), { maxLength: 8 })
  .map((parts) => parts.join(""));

const UNFIT =
  // deno-lint-ignore no-control-regex -- none of these may reach a terminal
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f]/;

Deno.test("output: given any text as a line, when written, then it is one line and nothing in it steers the terminal", () => {
  fc.assert(fc.property(text, (line) => {
    const shown = written((output) => output.line(line));

    assert.equal(shown.indexOf("\n"), shown.length - 1);
    assert.doesNotMatch(shown, UNFIT);
  }));
});

Deno.test("output: given any value as JSON, when written, then it is read back as it was, and nothing steers the terminal", () => {
  fc.assert(fc.property(fc.dictionary(text, fc.array(text)), (value) => {
    const shown = written((output) => output.json(value));

    assert.deepEqual(JSON.parse(shown), JSON.parse(JSON.stringify(value)));
    assert.doesNotMatch(shown, UNFIT);
  }));
});

Deno.test("output: given a text of several lines, when written, then its lines stay lines", () => {
  assert.equal(written((output) => output.text("a\n\u001b[31mb")), "a\n�[31mb\n");
});

Deno.test("output: given lines that replace others, when drawn, then only the writer moves the cursor", () => {
  const shown = written((output) => {
    output.redraw(["one\u001b[2J", "two"]);
    output.redraw(["three\nfour"]);
  });

  assert.equal(shown, "one�[2J\ntwo\n\u001b[2A\u001b[Jthree ⏎ four\n");
});
