/** YAML that is written is read back as the same values, by readers of YAML 1.1. */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { parseYamlObject } from "../../../schemas/yaml/yaml.ts";
import { yamlDocument, yamlDocuments } from "../../../schemas/yaml/write.ts";

const TRAPS = [
  "",
  "y",
  "n",
  "on",
  "No",
  "~",
  "null",
  "0777",
  "1_000",
  "12:30:45",
  "1.5",
  ".inf",
  "2020-01-01",
];
const MORE = [
  "*secret",
  "&a",
  "a: b",
  "a #b",
  "- x",
  "'",
  '"',
  "line 1\nline 2\n",
  "\u2028",
  "\u0085",
  "é",
  "\u{1f600}",
  "<<",
  "=",
];

Deno.test("yaml writing: given any texts, numbers, lists and mappings, when they are written, then they are read back as they were", () => {
  const text = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom(...TRAPS, ...MORE));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(text.filter((key) => key !== "__proto__"), tie("value"), { maxKeys: 3 }),
    ),
  }));

  fc.assert(fc.property(fc.dictionary(fc.constantFrom("a", "b", ...TRAPS), value, { maxKeys: 4 }), (made) => {
    const object: JsonObject = JSON.parse(JSON.stringify(made));

    assert.deepEqual(parseYamlObject(yamlDocument(object), { source: "the test" }), object);
  }));
});

Deno.test("yaml writing: given two documents, when they are written, then each stands behind three dashes and undefined members are left out", () => {
  const text = yamlDocuments([{ kind: "A", gone: undefined, list: [{ x: 1, y: "2" }] }, {
    kind: "B",
    none: {},
  }]);

  assert.equal(text, '---\nkind: A\nlist:\n- x: 1\n  "y": "2"\n---\nkind: B\nnone: {}\n');
});
