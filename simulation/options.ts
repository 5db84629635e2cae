/**
 * The command line of the simulation.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { type Game, gameWithBug, plantedGames, WORLD_KINDS, type WorldKind } from "./games.ts";

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
  flavour: { type: "string" },
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
    games: gamesOf(kindsOf(values), values.plant),
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

function gamesOf(kinds: readonly WorldKind[], plant: string | undefined): readonly Game[] {
  if (plant === undefined) return kinds.map((kind) => ({ kind, bug: null }));
  const games = kinds.map((kind) => gameWithBug(kind, plant)).filter((game) => game !== null);
  if (games.length > 0) return games;
  const known = new Set(kinds.flatMap((kind) => plantedGames(kind).map(([{ bug }]) => bug)));
  throw new TypeError(`Unknown bug ${plant}: it must be one of ${[...known].join(", ")}`);
}

/** Without a choice, all kinds of worlds; `--prefect 1` are those on ECS. */
function kindsOf(
  { prefect, flavour }: { readonly prefect?: string; readonly flavour?: string },
): readonly WorldKind[] {
  if (flavour !== undefined && flavour !== "kubernetes") {
    throw new RangeError(`Cannot simulate: --flavour must be kubernetes: current value is ${flavour}`);
  }
  if (prefect !== undefined && prefect !== "1" && prefect !== "3") {
    throw new RangeError(`Cannot simulate: --prefect must be 1 or 3: current value is ${prefect}`);
  }
  if (flavour !== undefined && prefect === "3") {
    throw new RangeError("Cannot simulate: --flavour kubernetes is of Prefect 1, and --prefect is 3");
  }
  if (flavour !== undefined) return ["kubernetes"];
  return prefect === undefined ? WORLD_KINDS : [prefect === "1" ? "prefect1" : "prefect3"];
}
