import assert from "node:assert/strict";
import { codeOf, importsOf, lineAt, without } from "../../../tools/house/code.ts";

Deno.test("code: given comments and texts, when they are blanked, then code, quotes, lines and positions stay", () => {
  const text = 'const a = "x // y"; // "z"\n/* b\n c */ const d = \'e\';';

  const code = codeOf(text);

  assert.equal(code, "const a = \"      \";       \n    \n      const d = ' ';");
});

Deno.test("code: given a template with an expression, when texts are blanked, then the expression is code", () => {
  const code = codeOf("`now ${ f({ at: Date.now() }) } or ${`in ${b} out`} later`; Date.now()");

  assert.equal(code, "`    ${ f({ at: Date.now() }) }    ${`   ${b}    `}      `; Date.now()");
});

Deno.test("code: given a slash, when texts are blanked, then a regular expression goes and a division stays", () => {
  const rows = [
    ["a = /'[/]\\/x/g;", "a = /       /g;"],
    ["return /ab/", "return /  /"],
    ["a / b / c", "a / b / c"],
    ["f(x) / 2 + g(y) / 3", "f(x) / 2 + g(y) / 3"],
    ["<p>1</p>", "<p>1</p>"],
  ] as const;

  for (const [text, expected] of rows) assert.equal(codeOf(text), expected);
});

Deno.test("code: given only comments are to go, when they are blanked, then texts stay", () => {
  assert.equal(without('f("a"); // b', (span) => span.kind === "comment"), 'f("a");     ');
});

Deno.test("code: given every form of import, when they are read, then each is found once with its place", () => {
  const text = [
    'import { a } from "./a.ts";',
    'import type { B } from "./b.ts";',
    'import "./c.ts";',
    'export * from "./d.ts";',
    'export {\n  e,\n} from "./e.ts";',
    'type F = import("./f.ts").F;',
    'const g = await import("./g.ts");',
    "import h from './h.json' with { type: \"json\" };",
  ].join("\n");

  const imports = importsOf(text);

  const found = imports.map(({ to, dynamic }) => `${to}${dynamic ? " dynamic" : ""}`).toSorted();
  assert.deepEqual(found, [
    "./a.ts",
    "./b.ts",
    "./c.ts",
    "./d.ts",
    "./e.ts",
    "./f.ts dynamic",
    "./g.ts dynamic",
    "./h.json",
  ]);
  assert.ok(imports.every(({ to, at }) => text.startsWith(to, at)));
});

Deno.test("code: given imports inside comments and texts, when imports are read, then there are none", () => {
  assert.deepEqual(
    importsOf('// import "./a.ts";\n/* \nimport "./b.ts"; */\nconst c = `\nimport "./c.ts"`;'),
    [],
  );
});

Deno.test("code: given a position, when its line is asked for, then lines count from 1", () => {
  assert.deepEqual([0, 1, 2].map((at) => lineAt("a\nb", at)), [1, 1, 2]);
});
