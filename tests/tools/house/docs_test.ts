import assert from "node:assert/strict";
import { docBreaches } from "../../../tools/house/docs.ts";

Deno.test("docs: given exports with and without a comment, when they are checked, then only the bare one is a breach", () => {
  const text = "/** One. */\nexport const one = 1;\n\nexport async function two() {}\n\nconst three = 3;\n";

  const breaches = docBreaches([{ path: "agent/a.ts", text }]);

  assert.deepEqual(breaches.map(({ line, what }) => [line, what]), [[4, "export two has no doc comment"]]);
});

Deno.test("docs: given a lint directive between comment and export, when it is checked, then the comment counts", () => {
  const text = "/** One. */\n// deno-lint-ignore no-explicit-any\nexport type One = any;\n";

  assert.deepEqual(docBreaches([{ path: "agent/a.ts", text }]), []);
});
