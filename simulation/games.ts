/**
 * The two kinds of worlds: those of Prefect 1, and those of Prefect 3.
 *
 * @module
 */

import type { Coverage } from "./agent_process.ts";
import { check, type Violation } from "./checker.ts";
import { isPlantedBug, PLANTED_BUGS, type PlantedBug } from "./planted_bugs.ts";
import { check3 } from "./prefect3/checker.ts";
import { isPlantedBug3, PLANTED_BUGS_3, type PlantedBug3 } from "./prefect3/planted_bugs.ts";
import { playSeed3 } from "./prefect3/run_seed.ts";
import { playSeed } from "./run_seed.ts";
import { timeline } from "./timeline.ts";

/** What is played of each seed, and with which bug. */
export type Game =
  | { readonly prefect: 1; readonly bug: PlantedBug | null }
  | { readonly prefect: 3; readonly bug: PlantedBug3 | null };

/** What came of one seed. */
export interface PlayedGame {
  readonly violations: readonly Violation[];
  readonly fired: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly coverage: Coverage;
  /** The world as lines. */
  readonly lines: () => readonly string[];
}

/** Plays a seed and checks it. */
export async function playGame(game: Game, seed: number): Promise<PlayedGame> {
  if (game.prefect === 1) {
    const played = await playSeed(seed, game.bug);
    return { ...played, violations: check(played), lines: () => timeline(played) };
  }
  const played = await playSeed3(seed, game.bug);
  return { ...played, violations: check3(played), lines: () => timeline(played) };
}

/** The games with each planted bug, and what the bug does. */
export function plantedGames(prefect: Game["prefect"]): readonly (readonly [Game, string])[] {
  return prefect === 1
    ? Object.keys(PLANTED_BUGS).filter(isPlantedBug).map((bug) => [{ prefect, bug }, PLANTED_BUGS[bug]])
    : Object.keys(PLANTED_BUGS_3).filter(isPlantedBug3).map((bug) => [{ prefect, bug }, PLANTED_BUGS_3[bug]]);
}

/** The game with the bug of this name; null: there is none. */
export function gameWithBug(prefect: Game["prefect"], name: string): Game | null {
  if (prefect === 1) return isPlantedBug(name) ? { prefect, bug: name } : null;
  return isPlantedBug3(name) ? { prefect, bug: name } : null;
}

/** The words that choose a game again. */
export function gameWords({ prefect, bug }: Game): string {
  return ` --prefect ${prefect}${bug === null ? "" : ` --plant ${bug}`}`;
}
