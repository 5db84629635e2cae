/**
 * The command line of the simulation.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { type Game, gameWithBug, plantedGames } from "./games.ts";

/** What to play. */
export interface Simulation {
  readonly mode: "seeds" | "ci" | "planted";
  readonly from: number;
  readonly count: number;
  /** What is played, one after the other. */
  readonly games: readonly Game[];
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
  prefect: { type: "string" },
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
    games: gamesOf(values.prefect, values.plant),
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

/** Without a choice, both kinds of worlds. */
function gamesOf(prefect: string | undefined, plant: string | undefined): readonly Game[] {
  const chosen = prefect === undefined ? [1, 3] as const : [generationOf(prefect)];
  if (plant === undefined) return chosen.map((one) => ({ prefect: one, bug: null }));
  const games = chosen.map((one) => gameWithBug(one, plant)).filter((game) => game !== null);
  if (games.length > 0) return games;
  const known = new Set(chosen.flatMap((one) => plantedGames(one).map(([{ bug }]) => bug)));
  throw new TypeError(`Unknown bug ${plant}: it must be one of ${[...known].join(", ")}`);
}

function generationOf(text: string): Game["prefect"] {
  if (text === "1" || text === "3") return text === "1" ? 1 : 3;
  throw new RangeError(`Cannot simulate: --prefect must be 1 or 3: current value is ${text}`);
}
