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
