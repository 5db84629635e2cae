/**
 * The command line of the simulation.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { isPlant, type Plant, PLANTS } from "./plants.ts";

/** What is to be played. */
export interface Simulation {
  /** The seeds, in order; may end by the clock. */
  readonly seeds: (now: () => number) => Iterable<number>;
  readonly plant: Plant | null;
  readonly trace: boolean;
  /** After so many failing seeds it is enough. */
  readonly mostFailures: number;
}

const OPTIONS = {
  seeds: { type: "string", default: "1000" },
  seed: { type: "string" },
  from: { type: "string", default: "1" },
  plant: { type: "string" },
  trace: { type: "boolean", default: false },
  failures: { type: "string", default: "20" },
} as const;

/** Reads the command line. @throws {TypeError} for options that are not known */
export function parseSimulation(args: readonly string[]): Simulation {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const { seed, from, seeds, trace, failures } = values;
  const first = Number(seed ?? from);
  const count = seed === undefined ? Number(seeds) : 1;
  return {
    seeds: () => range(first, count),
    plant: plantOf(values.plant),
    trace,
    mostFailures: Number(failures),
  };
}

function* range(first: number, count: number): Iterable<number> {
  for (let seed = first; seed < first + count; seed++) yield seed;
}

function plantOf(name: string | undefined): Plant | null {
  if (name === undefined) return null;
  if (isPlant(name)) return name;
  throw new TypeError(`Unknown bug ${name}: it must be one of ${Object.keys(PLANTS).join(", ")}`);
}
