/**
 * Finds paths that are named and do not exist: in `README.md`, in the other pages beside it and below `docs/`, and in the comments
 * of the sources. Prints each and exits with 1.
 *
 * @module
 */

import { dirname, join, normalize } from "node:path/posix";

/** A Markdown page or a source file. */
export interface Page {
  /** Relative to the project. */
  readonly path: string;
  readonly text: string;
}

/** Whether a file or, for a path that ends with `/`, a folder exists in the project. */
export type Exists = (path: string) => boolean;

const SOURCE_FOLDERS = [
  "actors",
  "agent",
  "bench",
  "commands",
  "flavours",
  "inspector",
  "machines",
  "sandbox",
  "schemas",
  "simulation",
  "tools",
];

/** Neither an address, nor in the home folder, nor a pattern or placeholder. */
const PATH = /^[A-Za-z_.][\w.-]*(?:\/[\w.-]+)*\/?$/;
const ENDING = /(?:\.(?:ts|tsx|md|json|jsonl|yml|yaml|sh|py|svg|mmd|png|css|html|js)|\/)$/;
/** In comments other endings belong to files of Prefect or of a library. */
const SOURCE_ENDING = /(?:\.(?:ts|tsx|md)|\/)$/;

/** Targets of links and pictures on a page; the section after `#` is left out. */
function linkTargets({ path, text }: Page): readonly string[] {
  const targets = [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g)].map(([, target = ""]) => target);
  return targets.filter((target) => PATH.test(target)).map((target) =>
    normalize(join(dirname(path), target))
  );
}

/** Words of code spans and code blocks. */
function codeWords(text: string): readonly string[] {
  const code = [...text.matchAll(/```[\s\S]*?```|`[^`\n]+`/g)];
  return code.flatMap(([span]) => span.split(/[`\s,;()]+/)).map((word) => word.replace(/[.:]$/, ""));
}

function commentsOf(text: string): string {
  return [...text.matchAll(/\/\*\*[\s\S]*?\*\/|^\s*\/\/.*$/gm)].map(([comment]) => comment).join("\n");
}

function isFileOrFolder(word: string, ending: RegExp): boolean {
  const isTop = /^[A-Z]+\.md$|\.tsx?$/.test(word);
  return PATH.test(word) && ending.test(word) && (word.includes("/") || isTop);
}

/** The paths that a page or the comments of a source name. A bare name of a source file is a path as well. */
export function pathsIn(page: Page): readonly string[] {
  if (!page.path.endsWith(".md")) {
    return codeWords(commentsOf(page.text)).filter((word) => isFileOrFolder(word, SOURCE_ENDING));
  }
  return [...linkTargets(page), ...codeWords(page.text).filter((word) => isFileOrFolder(word, ENDING))];
}

/** Sentences about paths that do not exist. A comment may also name a file of its own folder without that folder. */
export function missingPaths(pages: readonly Page[], exists: Exists): readonly string[] {
  return pages.flatMap((page) => {
    const isBeside = (path: string) => !page.path.endsWith(".md") && exists(join(dirname(page.path), path));
    const missing = [...new Set(pathsIn(page))].filter((path) => !exists(path) && !isBeside(path));
    return missing.map((path) => `${page.path}: ${path} does not exist`);
  });
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* filesBelow(`${folder}/${name}`);
    else yield `${folder}/${name}`;
  }
}

async function readPages(): Promise<readonly Page[]> {
  const paths: string[] = [];
  for await (const { name } of Deno.readDir(".")) if (name.endsWith(".md")) paths.push(name);
  for await (const path of filesBelow("docs")) if (path.endsWith(".md")) paths.push(path);
  for (const folder of SOURCE_FOLDERS) {
    for await (const path of filesBelow(folder)) if (/\.tsx?$/.test(path)) paths.push(path);
  }
  return await Promise.all(paths.map(async (path) => ({ path, text: await Deno.readTextFile(path) })));
}

/** @param ignored folders that Git ignores: they are made on demand and need not be there */
function existsOnDisk(ignored: readonly string[]): Exists {
  return (path) => {
    if (ignored.some((folder) => path.startsWith(folder))) return true;
    try {
      return Deno.statSync(path).isDirectory || !path.endsWith("/");
    } catch (thrown) {
      if (thrown instanceof Deno.errors.NotFound) return false;
      throw thrown;
    }
  };
}

async function main(): Promise<number> {
  const lines = (await Deno.readTextFile(".gitignore")).split("\n");
  const ignored = lines.filter((line) => /^\/.*\/$/.test(line)).map((line) => line.slice(1));
  const pages = await readPages();
  const missing = missingPaths(pages, existsOnDisk(ignored));
  const text = missing.map((line) => `${line}\n`).join("") +
    `docs paths: ${pages.length} files, ${missing.length} missing\n`;
  await Deno.stdout.write(new TextEncoder().encode(text));
  return missing.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
