/**
 * The gate for the rules of the house that no linter knows: who may import whom, no circles, no casts outside the boundary,
 * no clock outside `actors/time`, no word of a dialect or platform in a neutral room, folders of a size that can be taken
 * in, a comment on every export. Prints what is wrong and exits with 1.
 *
 * @module
 */

import { type Breach, breachText, type SourceFile } from "./house/breach.ts";
import { castBreaches } from "./house/casts.ts";
import { fileCircles, roomCircles } from "./house/circles.ts";
import { clockBreaches } from "./house/clocks.ts";
import { docBreaches } from "./house/docs.ts";
import { folderBreaches } from "./house/folders.ts";
import { importBreaches } from "./house/imports.ts";
import { outputBreaches } from "./house/output.ts";
import { wordBreaches } from "./house/words.ts";

/** Folders without sources of ours. */
const SKIPPED = new Set([
  ".git",
  ".ci",
  "docs",
  "dist",
  "node_modules",
  "golden",
  "conformance",
  "wire",
  "output",
]);

const RULES: readonly ((files: readonly SourceFile[]) => readonly Breach[])[] = [
  (files) => importBreaches(files),
  fileCircles,
  (files) => roomCircles(files),
  castBreaches,
  docBreaches,
  folderBreaches,
  clockBreaches,
  wordBreaches,
  outputBreaches,
];

async function* sources(folder: string): AsyncGenerator<SourceFile> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = folder === "." ? name : `${folder}/${name}`;
    if (isDirectory && !SKIPPED.has(name)) yield* sources(path);
    else if (/\.tsx?$/.test(name)) yield { path, text: await Deno.readTextFile(path) };
  }
}

async function main(): Promise<number> {
  const files = (await Array.fromAsync(sources("."))).toSorted((a, b) => a.path < b.path ? -1 : 1);
  const breaches = RULES.flatMap((rule) => rule(files));
  const lines = [...breaches.map(breachText), `house: ${files.length} files, ${breaches.length} breaches`];
  await Deno.stdout.write(new TextEncoder().encode(`${lines.join("\n")}\n`));
  return breaches.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
