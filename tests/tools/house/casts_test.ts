import assert from "node:assert/strict";
import { castBreaches } from "../../../tools/house/casts.ts";

Deno.test("casts: given `as` behind a value, when the file is no boundary, then each line with one is a breach", () => {
  const text = [
    "const a = b as Foo;",
    "const c = d as const;",
    'const e = "x as Foo";',
    'const f = "x" as "y";',
    "export const g = h() as string;",
    "export default i as J;",
  ].join("\n");

  assert.deepEqual(castBreaches([{ path: "agent/a.ts", text }]).map(({ line }) => line), [1, 4, 5, 6]);
  assert.deepEqual(castBreaches([{ path: "schemas/json/a.ts", text }]), []);
});

Deno.test("casts: given renamed imports, when they are checked, then there is no breach", () => {
  const text = 'import { a as b } from "./a.ts";\nexport {\n  c as d,\n  type E as F,\n} from "./c.ts";';

  assert.deepEqual(castBreaches([{ path: "agent/a.ts", text }]), []);
});
