import assert from "node:assert/strict";
import { parseMapping } from "../../../schemas/yaml/mapping.ts";

Deno.test("parseMapping: given a mapping, when read, then it is JSON", () => {
  assert.deepEqual(parseMapping("a: [1, yes]"), { mapping: { a: [1, true] } });
});

Deno.test("parseMapping: given no document, when read, then there is no mapping", () => {
  for (const text of ["", "# nothing\n", "---\n", "~"]) {
    assert.deepEqual(parseMapping(text), { mapping: null });
  }
});

Deno.test("parseMapping: given something else, when read, then the problem names the file and quotes nothing", () => {
  const problem = "Cannot use the file: it must hold a mapping of names to values and holds text";
  assert.deepEqual(parseMapping("secret-text"), { problem });
  assert.match(JSON.stringify(parseMapping("a: [")), /^{"problem":"Cannot read the file as YAML: /);
});

Deno.test("parseMapping: given values that JSON cannot carry, when read, then the discreet problem has their place and nothing of the text", () => {
  const table = [
    ["a: 1\npassword: 1987-06-05\n", "line 2, column 11"],
    ["a:\n  - secret: .inf\n", "line 2, column 13"],
    ["a: !!binary c2VjcmV0\n", "line 1, column 13"],
    ["1987: secret\n", "line 1, column 1"],
  ] as const;
  for (const [text, place] of table) {
    const parsed = parseMapping(text);

    assert.deepEqual(
      "problem" in parsed && parsed.discreet,
      `Cannot use the file: what stands at ${place} ` +
        "is no text, number, list or mapping; put it in quotes",
    );
  }
});
