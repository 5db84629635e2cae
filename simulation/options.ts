/**
 * The command line of the simulation.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { isPlantedBug, PLANTED_BUGS, type PlantedBug } from "./planted_bugs.ts";

/** What to play. */
export interface Simulation {
  readonly mode: "seeds" | "ci" | "planted";
  readonly from: number;
  readonly count: number;
  readonly bug: PlantedBug | null;
  /** Prints the timeline of each seed. */
  readonly trace: boolean;
  readonly workers: number;
  /** Playing ends after this number of failing seeds. */
  readonly mostFailures: number;
}

const OPTIONS = {
  seeds: { type: "string", default: "1000" },
  seed: { type: "string" },
  from: { type: "string", default: "1" },
  plant: { type: "string" },
  trace: { type: "boolean", default: false },
  failures: { type: "string", default: "10" },
  workers: { type: "string", default: "1" },
  ci: { type: "boolean", default: false },
  planted: { type: "boolean", default: false },
} as const;

/** Reads the command line. @throws {TypeError} for what is not known, {RangeError} for what is no number */
export function parseSimulation(args: readonly string[]): Simulation {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  return {
    mode: values.ci ? "ci" : values.planted ? "planted" : "seeds",
    from: whole("from", values.seed ?? values.from),
    count: values.seed === undefined ? whole("seeds", values.seeds) : 1,
    bug: bugOf(values.plant),
    trace: values.trace,
    workers: whole("workers", values.workers),
    mostFailures: whole("failures", values.failures),
  };
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(
    `Cannot simulate: --${name} must be a whole number, 0 or more: current value is ${text}`,
  );
}

function bugOf(name: string | undefined): PlantedBug | null {
  if (name === undefined) return null;
  if (isPlantedBug(name)) return name;
  throw new TypeError(`Unknown bug ${name}: it must be one of ${Object.keys(PLANTED_BUGS).join(", ")}`);
}
