/**
 * The kinds of worlds: those of Prefect 1 on ECS, those of Prefect 1 on Kubernetes, and those of Prefect 3.
 *
 * @module
 */

import type { Coverage } from "./agent_process.ts";
import { check, type Violation } from "./checker.ts";
import { checkKube } from "./kubernetes/checker.ts";
import { isPlantedKubeBug, PLANTED_KUBE_BUGS } from "./kubernetes/planted_bugs.ts";
import { playKubeSeed } from "./kubernetes/run_seed.ts";
import { isPlantedBug, PLANTED_BUGS } from "./planted_bugs.ts";
import { check3 } from "./prefect3/checker.ts";
import { isPlantedBug3, PLANTED_BUGS_3 } from "./prefect3/planted_bugs.ts";
import { playSeed3 } from "./prefect3/run_seed.ts";
import { playSeed } from "./run_seed.ts";
import { timeline } from "./timeline.ts";

/** A kind of worlds. */
export type WorldKind = "prefect1" | "kubernetes" | "prefect3";

/** What is played of each seed, as plain data. */
export interface Game {
  readonly kind: WorldKind;
  /** Name of a planted bug; null: none. */
  readonly bug: string | null;
}

/** What came of one seed. */
export interface PlayedGame {
  readonly violations: readonly Violation[];
  readonly fired: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly coverage: Coverage;
  /** The world as lines. */
  readonly lines: () => readonly string[];
}

interface Kind {
  /** For people. */
  readonly title: string;
  /** The words that choose it on the command line. */
  readonly words: string;
  /** What each planted bug does, by its name. */
  readonly bugs: Readonly<Record<string, string>>;
  /** Plays a seed and checks it. */
  readonly play: (seed: number, bug: string | null) => Promise<PlayedGame>;
}

const KINDS: Readonly<Record<WorldKind, Kind>> = {
  prefect1: {
    title: "Prefect 1",
    words: "--prefect 1",
    bugs: PLANTED_BUGS,
    play: async (seed, bug) => {
      const played = await playSeed(seed, bug !== null && isPlantedBug(bug) ? bug : null);
      return { ...played, violations: check(played), lines: () => timeline(played) };
    },
  },
  kubernetes: {
    title: "Kubernetes",
    words: "--flavour kubernetes",
    bugs: PLANTED_KUBE_BUGS,
    play: async (seed, bug) => {
      const played = await playKubeSeed(seed, bug !== null && isPlantedKubeBug(bug) ? bug : null);
      return { ...played, violations: checkKube(played), lines: () => timeline(played) };
    },
  },
  prefect3: {
    title: "Prefect 3",
    words: "--prefect 3",
    bugs: PLANTED_BUGS_3,
    play: async (seed, bug) => {
      const played = await playSeed3(seed, bug !== null && isPlantedBug3(bug) ? bug : null);
      return { ...played, violations: check3(played), lines: () => timeline(played) };
    },
  },
};

/** All kinds, in the order in which they are played. */
export const WORLD_KINDS: readonly WorldKind[] = ["prefect1", "kubernetes", "prefect3"];

/** Plays a seed and checks it. */
export function playGame({ kind, bug }: Game, seed: number): Promise<PlayedGame> {
  return KINDS[kind].play(seed, bug);
}

/** The games with each planted bug, and what the bug does. */
export function plantedGames(kind: WorldKind): readonly (readonly [Game, string])[] {
  return Object.entries(KINDS[kind].bugs).map(([bug, what]) => [{ kind, bug }, what]);
}

/** The game with the bug of this name; null: there is none. */
export function gameWithBug(kind: WorldKind, name: string): Game | null {
  return Object.hasOwn(KINDS[kind].bugs, name) ? { kind, bug: name } : null;
}

/** The kind of a game, for people. */
export function gameTitle({ kind }: Game): string {
  return KINDS[kind].title;
}

/** The words that choose a game again. */
export function gameWords({ kind, bug }: Game): string {
  return ` ${KINDS[kind].words}${bug === null ? "" : ` --plant ${bug}`}`;
}
