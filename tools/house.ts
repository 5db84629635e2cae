/**
 * The rules of the house that no linter knows: who may import whom, no import circles, no casts outside the boundary,
 * documentation on every export. Prints what is wrong and exits with 1.
 *
 * @module
 */

import { dirname, join, normalize } from "node:path/posix";

/** One source file. */
export interface SourceFile {
  /** Relative to the project. */
  readonly path: string;
  readonly text: string;
}

const FOLDERS = [
  "schemas",
  "actors",
  "agent",
  "flavours",
  "machines",
  "inspector",
  "commands",
  "sandbox",
  "tests",
  "bench",
  "simulation",
  "tools",
  "examples",
];

/** Which folders each folder may import from; `main.ts` counts as the folder `main`. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  schemas: ["schemas"],
  actors: ["schemas", "actors"],
  flavours: ["schemas", "actors", "flavours"],
  agent: ["schemas", "actors", "machines", "flavours", "agent"],
  machines: ["schemas", "machines"],
  inspector: ["schemas", "machines", "inspector"],
  sandbox: ["schemas", "actors", "sandbox"],
  commands: ["schemas", "actors", "machines", "flavours", "agent", "inspector", "commands", "data"],
  // Everything that makes a world, but neither tests nor benchmarks.
  simulation: [
    "schemas",
    "actors",
    "machines",
    "flavours",
    "agent",
    "inspector",
    "commands",
    "sandbox",
    "simulation",
    "data",
  ],
  main: ["schemas", "actors", "machines", "flavours", "agent", "inspector", "commands", "data"],
  tests: [...FOLDERS, "main", "data"],
  bench: [...FOLDERS, "main", "data"],
  tools: [...FOLDERS, "main", "data"],
  examples: [...FOLDERS, "main", "data"],
};

/** Packages a folder must not import: schemas do no I/O and know no stream or machine; a machine has no SDK. */
const FORBIDDEN_PACKAGES: Readonly<Record<string, RegExp>> = {
  schemas: /^(rxjs|xstate|@aws-sdk\/|@smithy\/|graphql|node:(?!crypto|path|util))/,
  machines: /^(?!xstate)/,
  inspector: /^(@aws-sdk\/|node:)/,
};

/** Everything a file imports or re-exports, types included; `dynamic` ones come from `import(…)`. */
export function importsOf(text: string): readonly { readonly to: string; readonly dynamic: boolean }[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const found = [...code.matchAll(/(?:^|\n)\s*(?:import|export)\b[^;"'`]*?\bfrom\s*["']([^"']+)["']/g)];
  const bare = [...code.matchAll(/(?:^|\n)\s*import\s*["']([^"']+)["']/g)];
  const dynamic = [...code.matchAll(/\bimport\(\s*["']([^"']+)["']\s*,?\s*\)/g)];
  return [
    ...[...found, ...bare].map((m) => ({ to: m[1] ?? "", dynamic: false })),
    ...dynamic.map((m) => ({ to: m[1] ?? "", dynamic: true })),
  ];
}

/** Breaches of the import rules. */
export function importFaults(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, text }) =>
    importsOf(text).flatMap(({ to, dynamic }) => {
      const from = folderOf(path);
      if (!to.startsWith(".")) {
        return FORBIDDEN_PACKAGES[from]?.test(to) ? [`${path}: ${from} must not import ${to}`] : [];
      }
      const target = folderOf(normalize(join(dirname(path), to)));
      if (ALLOWED[from]?.includes(target)) return [];
      if (target === "sandbox" && dynamic && (from === "commands" || from === "main")) return [];
      return [`${path}: ${from} must not import ${to}`];
    })
  );
}

function folderOf(path: string): string {
  if (path === "main.ts") return "main";
  if (path === "deno.json") return "data";
  return path.split("/")[0] ?? "";
}

/** Import circles, each as the list of its files; imports of types count. */
export function circles(files: readonly SourceFile[]): readonly string[] {
  const edges = new Map(files.map(({ path, text }) => [path, localImports(path, text)]));
  const state = new Map<string, "open" | "done">();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === "done") return;
    if (state.get(path) === "open") {
      found.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
      return;
    }
    state.set(path, "open");
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    state.set(path, "done");
  };
  for (const path of edges.keys()) visit(path, []);
  return found.map((circle) => `import circle: ${circle}`);
}

function localImports(path: string, text: string): readonly string[] {
  return importsOf(text).filter((i) => i.to.startsWith(".")).map((i) => normalize(join(dirname(path), i.to)));
}

/** Casts and `any` where they are not allowed: `as const` is fine, schemas and tests are the boundary. */
export function castFaults(files: readonly SourceFile[]): readonly string[] {
  const inside = files.filter(({ path }) => !/^(schemas|tests|tools|bench|examples)\//.test(path));
  return inside.flatMap(({ path, text }) =>
    codeOf(text).split("\n").flatMap((line, i) => {
      if (/^\s*(import|export)\b/.test(line) || /^\s*[\w$]+ as [\w$]+,?$/.test(line)) return [];
      return /[\w)\]}"'`>] as (?!const\b)[A-Z{[(a-z]/.test(line)
        ? [`${path}:${i + 1}: cast outside schemas: ${line.trim()}`]
        : [];
    })
  );
}

/** Code with comments and texts blanked, lines kept. */
function codeOf(text: string): string {
  const blank = (m: string): string => m.replace(/[^\n]/g, " ");
  return text.replace(/\/\*[\s\S]*?\*\//g, blank).replace(/(?<!:)\/\/.*$/gm, blank)
    .replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, blank);
}

/** Exports without a `/** … *\/` in front of them. */
export function docFaults(files: readonly SourceFile[]): readonly string[] {
  const checked = files.filter(({ path }) => !path.startsWith("tests/"));
  return checked.flatMap(({ path, text }) => {
    const lines = text.split("\n");
    return lines.flatMap((line, i) => {
      const name = /^export (?:async )?(?:abstract )?(?:function\*?|const|class|interface|type|enum) (\w+)/
        .exec(line)?.[1];
      if (name === undefined || documented(lines, i)) return [];
      return [`${path}:${i + 1}: export ${name} has no doc comment`];
    });
  });
}

function documented(lines: readonly string[], at: number): boolean {
  const before = lines.slice(0, at).reverse().find((l) => !l.trim().startsWith("// deno-lint-ignore"));
  return before?.trim().endsWith("*/") ?? false;
}

async function* sources(folder: string): AsyncGenerator<SourceFile> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* sources(path);
    else if (entry.name.endsWith(".ts") || entry.name.endsWith(".tsx")) {
      yield { path, text: await Deno.readTextFile(path) };
    }
  }
}

async function main(): Promise<number> {
  const files: SourceFile[] = [{ path: "main.ts", text: await Deno.readTextFile("main.ts") }];
  for (const folder of FOLDERS) {
    try {
      for await (const file of sources(folder)) files.push(file);
    } catch (thrown) {
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    }
  }
  const faults = [...importFaults(files), ...circles(files), ...castFaults(files), ...docFaults(files)];
  const text = faults.map((f) => `${f}\n`).join("") +
    `house: ${files.length} files, ${faults.length} faults\n`;
  await Deno.stdout.write(new TextEncoder().encode(text));
  return faults.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
