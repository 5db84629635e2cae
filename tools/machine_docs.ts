/**
 * Compares the charts in `docs/machines` and those that the inspector's page shows with the machines of today, or writes them:
 * `deno run --allow-read --allow-env --allow-write=docs/machines,inspector tools/machine_docs.ts [--write]`.
 *
 * @module
 */

import { drawCharts, machineFiles } from "../inspector/charts/machine_files.ts";

/** Every file that is made from the machines, by its path in the project. */
export async function chartFiles(): Promise<ReadonlyMap<string, string>> {
  const drawn = await drawCharts();
  const layouts = `${JSON.stringify(drawn.map(({ layout }) => layout))}\n`;
  return new Map([
    ...[...machineFiles(drawn)].map(([name, text]) => [`docs/machines/${name}`, text] as const),
    ["inspector/chart_layouts.json", layouts],
  ]);
}

async function isStale(path: string, text: string): Promise<boolean> {
  try {
    return await Deno.readTextFile(path) !== text;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return true;
    throw thrown;
  }
}

async function main(isWriting: boolean): Promise<number> {
  const files = await chartFiles();
  const stale: string[] = [];
  for (const [path, text] of files) if (await isStale(path, text)) stale.push(path);
  if (isWriting && stale.length > 0) {
    await Deno.mkdir("docs/machines", { recursive: true });
    for (const path of stale) await Deno.writeTextFile(path, files.get(path) ?? "");
  }
  const what = isWriting ? "written" : "stale: run deno task machines:docs";
  const lines = [
    ...stale.map((path) => `${path}: ${what}`),
    `charts: ${files.size} files, ${stale.length} ${isWriting ? "written" : "stale"}`,
  ];
  await Deno.stdout.write(new TextEncoder().encode(`${lines.join("\n")}\n`));
  return isWriting || stale.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args.includes("--write")));
