import assert from "node:assert/strict";
import { castBreaches } from "../../../tools/house/casts.ts";
import { docBreaches } from "../../../tools/house/docs.ts";
import { folderBreaches, MOST_SOURCES } from "../../../tools/house/folders.ts";

Deno.test("casts: given `as` behind a value, when the file is no boundary, then each line with one is a breach", () => {
  const text = 'const a = b as Foo;\nconst c = d as const;\nconst e = "x as Foo";\nconst f = "x" as "y";';

  assert.deepEqual(castBreaches([{ path: "agent/a.ts", text }]).map(({ line }) => line), [1, 4]);
  assert.deepEqual(castBreaches([{ path: "schemas/json/a.ts", text }]), []);
});

Deno.test("casts: given renamed imports, when they are checked, then there is no breach", () => {
  const text = 'import { a as b } from "./a.ts";\nexport {\n  c as d,\n  type E as F,\n} from "./c.ts";';

  assert.deepEqual(castBreaches([{ path: "agent/a.ts", text }]), []);
});

Deno.test("docs: given exports with and without a comment, when they are checked, then only the bare one is a breach", () => {
  const text = "/** One. */\nexport const one = 1;\n\nexport async function two() {}\n\nconst three = 3;\n";

  const breaches = docBreaches([{ path: "agent/a.ts", text }]);

  assert.deepEqual(breaches.map(({ line, what }) => [line, what]), [[4, "export two has no doc comment"]]);
});

Deno.test("docs: given a lint directive between comment and export, when it is checked, then the comment counts", () => {
  const text = "/** One. */\n// deno-lint-ignore no-explicit-any\nexport type One = any;\n";

  assert.deepEqual(docBreaches([{ path: "agent/a.ts", text }]), []);
});

Deno.test("folders: given one source more than allowed, when folders are counted, then that folder is a breach", () => {
  const files = (folder: string, count: number) =>
    Array.from({ length: count }, (_, i) => ({ path: `${folder}/f${i}.ts`, text: "" }));
  const inside = [
    ...files("agent", MOST_SOURCES + 1),
    ...files("machines", MOST_SOURCES),
    ...files("agent/x", 1),
  ];

  assert.deepEqual(folderBreaches(inside).map(({ path }) => path), ["agent"]);
});
