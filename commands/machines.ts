/**
 * `machines`: the state charts, made from the code.
 *
 * @module
 */

import { drawCharts, machineFiles } from "../inspector/charts/machine_files.ts";
import type { Io } from "./wiring/io.ts";

/**
 * Prints every chart as Mermaid, XState JSON and SVG, or writes them below a folder.
 *
 * @param out the folder, null to print
 * @returns the exit code
 */
export async function runMachines(out: string | null, io: Io): Promise<number> {
  const drawn = await drawCharts();
  if (out !== null) return await writeFiles(machineFiles(drawn), out, io);
  for (const { name, mermaid, json, svg } of drawn) {
    io.shown.text(`## ${name}\n\n\`\`\`mermaid\n${mermaid}\`\`\`\n`);
    io.shown.text(`\`\`\`json\n${json}\`\`\`\n`);
    io.shown.text(`\`\`\`svg\n${svg}\`\`\`\n`);
  }
  return 0;
}

async function writeFiles(files: ReadonlyMap<string, string>, out: string, io: Io): Promise<number> {
  await Deno.mkdir(out, { recursive: true });
  for (const [name, text] of files) await Deno.writeTextFile(`${out}/${name}`, text);
  io.write(`Wrote ${files.size} files below ${out}`);
  return 0;
}
