/**
 * What hostile inputs cost: each reader reads inputs on doubling sizes, and the best of five times on a processor counts. Three
 * doublings may take at most 12 times as long as the smallest size: 8 for work that grows as its input does, and a half
 * more for what a machine adds.
 *
 * `deno task bench:hostile [words of a name]`; the exit code is 1 when one of them takes longer.
 *
 * @module
 */

import { processorMs } from "../actors/time/elapsed.ts";
import { standardOutput } from "../actors/output/output.ts";
import { HOSTILE_INPUTS, type HostileInput } from "./hostile_inputs.ts";

/** The largest of four sizes is half of what a row or a template may have. */
const SMALLEST = 16 * 1024;
const SIZES = [1, 2, 4, 8].map((factor) => SMALLEST * factor);
const TIMES = 5;
const MOST = 12;

/** A shorter time is taken for this one: a timer tells no more. */
const SHORTEST_MS = 1;

function bestMs(work: () => unknown): number {
  let best = Infinity;
  for (let time = 0; time < TIMES; time++) {
    const began = processorMs();
    work();
    best = Math.min(best, processorMs() - began);
  }
  return Math.max(best, SHORTEST_MS);
}

interface Measured {
  readonly name: string;
  readonly ms: readonly number[];
  readonly factor: number;
}

function measure({ name, work }: HostileInput): Measured {
  const ms = SIZES.map((size) => bestMs(work(size)));
  return { name, ms, factor: (ms.at(-1) ?? 0) / (ms[0] ?? 1) };
}

function line({ name, ms, factor }: Measured): string {
  const times = ms.map((each) => each.toFixed(1).padStart(8)).join("");
  return `${name.padEnd(52)}${times}${factor.toFixed(1).padStart(8)}${factor > MOST ? "  too much" : ""}`;
}

function main(words: readonly string[]): number {
  const chosen = HOSTILE_INPUTS.filter(({ name }) => words.every((word) => name.includes(word)));
  const write = standardOutput.line;
  write(
    `${"milliseconds by size in KiB".padEnd(52)}${
      SIZES.map((size) => String(size / 1024).padStart(8)).join("")
    }  factor`,
  );
  const wrong = chosen.map((input) => {
    const measured = measure(input);
    write(line(measured));
    return measured;
  }).filter(({ factor }) => factor > MOST);
  write(`${chosen.length - wrong.length} of ${chosen.length} take at most ${MOST} times as long`);
  return wrong.length === 0 && chosen.length > 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(main(Deno.args));
