/**
 * `machines`: the state charts, made from the code.
 *
 * @module
 */

import { charts } from "../inspector/charts.ts";
import { toMermaid } from "../inspector/mermaid.ts";
import type { Io } from "./io.ts";

/** Prints every chart as Mermaid and as XState JSON. @returns the exit code */
export function runMachines(io: Io): number {
  for (const { name, machine } of charts) {
    io.write(`## ${name}\n\n\`\`\`mermaid\n${toMermaid(machine)}\`\`\`\n`);
    io.write(`\`\`\`json\n${JSON.stringify(machine.definition, null, 2)}\n\`\`\`\n`);
  }
  return 0;
}
