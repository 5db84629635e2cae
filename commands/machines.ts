/**
 * `machines`: the state charts, made from the code.
 *
 * @module
 */

import { drawCharts, machineFiles } from "../inspector/charts/machine_files.ts";
import { fileRefusal } from "../actors/files/read_named_file.ts";
import type { FailureError } from "../schemas/failure/failure.ts";
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
  const at = io.locate(out);
  if (at === "") throw unwritable(out, at, "the path is empty; name a folder");
  try {
    await Deno.mkdir(at, { recursive: true });
    for (const [name, text] of files) await Deno.writeTextFile(`${at}/${name}`, text);
  } catch (thrown) {
    throw unwritable(out, at, whyUnwritable(thrown));
  }
  io.write(`Wrote ${files.size} files below ${at}`);
  return 0;
}

function unwritable(path: string, at: string, why: string): FailureError {
  return fileRefusal({ option: "--out", path, told: (shown) => shown, verb: "write below" }, at, why);
}

function whyUnwritable(thrown: unknown): string {
  if (thrown instanceof Deno.errors.NotCapable) {
    return "this process may not write there; `deno task machines` may write below docs/machines of the program";
  }
  return thrown instanceof Error ? thrown.message : String(thrown);
}
