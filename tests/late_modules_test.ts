/**
 * Modules that are loaded late, with their first use: their types are of the file that is loaded, and whoever packs the
 * program finds them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { dirname, join, normalize } from "node:path/posix";
import project from "../deno.json" with { type: "json" };
import { codeOf, importsOf } from "../tools/house/code.ts";

const PRODUCT = ["agent", "machines", "actors", "flavours", "schemas", "commands", "inspector"];

function sourcesOf(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return sourcesOf(path);
    return /\.tsx?$/.test(name) ? [path] : [];
  });
}

/** What code resolves to load it, with the file that does. */
const LATE = PRODUCT.flatMap(sourcesOf).flatMap((path) => {
  const text = Deno.readTextFileSync(path);
  return [...codeOf(text).matchAll(/\bimport\.meta\.resolve\(\s*"/g)].map((found) => {
    const at = found.index + found[0].length;
    return { path, text, to: text.slice(at, text.indexOf('"', at)) };
  });
});

const targetOf = (path: string, to: string) => normalize(join(dirname(path), to));

Deno.test("late modules: given the sources, when late loads are looked for, then both those of the SDK and of own files are found", () => {
  const found = LATE.map(({ path }) => path);

  assert.ok(found.includes("actors/aws/late_sdk.ts"));
  assert.ok(found.includes("commands/late.ts"));
  assert.ok(found.includes("commands/wiring/flavours.ts"));
});

for (const { path, text, to } of LATE) {
  Deno.test(`late modules: given ${to}, when ${path} loads it, then it has the types of that module and nothing loads it early`, () => {
    const imports = importsOf(text).filter((imported) => imported.to === to);
    const early = imports.filter(({ at, dynamic }) =>
      !dynamic || !/typeof import\("$/.test(text.slice(0, at))
    );

    assert.ok(imports.some(({ dynamic }) => dynamic), `${path} has no typeof import("${to}")`);
    assert.deepEqual(early.filter(({ at }) => !/import type [^;]*"$/.test(text.slice(0, at))), []);
  });
}

Deno.test("late modules: given files that are loaded late, when the image and the binary are made, then each file is named to Deno", () => {
  const list = "tools/late_modules.ts";
  const named = importsOf(Deno.readTextFileSync(list)).map(({ to }) => targetOf(list, to));
  const late = LATE.filter(({ to }) => to.startsWith(".")).map(({ path, to }) => targetOf(path, to));

  assert.deepEqual([...named].sort(), [...new Set(late)].sort());
  assert.match(Deno.readTextFileSync("Dockerfile"), /^RUN deno cache .*tools\/late_modules\.ts/m);
  assert.match(project.tasks.compile.command, /--include tools\/late_modules\.ts/);
});

Deno.test("late modules: given packages that are loaded late, when they are resolved, then the project has them", () => {
  const packages = LATE.filter(({ to }) => !to.startsWith(".")).map(({ to }) => to);
  const has = (name: string) =>
    Object.keys(project.imports).some((own) => name === own || name.startsWith(`${own}/`));

  assert.deepEqual(packages.filter((name) => !has(name)), []);
});
