/**
 * `deno task simulate`: plays seeded worlds and prints which rules they break.
 *
 * @module
 */

import { standardOutput } from "../actors/output/output.ts";
import { elapsedMs } from "../actors/time/elapsed.ts";
import { systemClock } from "../actors/time/system_clock.ts";
import { table } from "./counts.ts";
import { type Game, gameTitle, gameWords, plantedGames, playGame } from "./games.ts";
import { makeWorkerPool, playAll } from "./worker_pool.ts";
import { parseSimulation, type Simulation } from "./options.ts";
import { addSummary, type Batch, emptySummary, type FailedSeed, type Summary } from "./play_batch.ts";

/** Seeds that CI always plays, how many fresh seeds follow them, and after how many milliseconds no further batch starts. */
const CI = {
  prefect1: { from: 1, count: 6000, fresh: 500, mostMs: 100_000 },
  kubernetes: { from: 1, count: 350, fresh: 0, mostMs: 25_000 },
  prefect3: { from: 1, count: 700, fresh: 20, mostMs: 75_000 },
} as const;

/** Each planted bug must be found within this number of seeds. */
const MOST_PLANTED = 10_000;
const BATCH = 25;

const write = standardOutput.line;

function* batches({ from, count, game }: Pick<Playing, "from" | "count" | "game">): Generator<Batch> {
  for (let first = from; first < from + count; first += BATCH) {
    const length = Math.min(BATCH, from + count - first);
    yield {
      seeds: Array.from({ length }, (_, at) => first + at),
      game,
      stopsAtFailure: game.bug !== null,
    };
  }
}

async function main(args: readonly string[]): Promise<number> {
  const simulation = parseSimulation(args);
  if (simulation.trace) return await trace(simulation);
  if (simulation.mode === "planted") return await findPlanted(simulation);
  let failed = 0;
  for (const game of simulation.games) {
    const begun = elapsedMs();
    const summary = emptySummary();
    write(`== worlds of ${gameTitle(game)}`);
    if (simulation.mode === "ci") await playForCi({ ...simulation, game }, summary, begun);
    else await play({ ...simulation, game }, summary, () => false);
    sumUp(summary, (elapsedMs() - begun) / 1000);
    failed += summary.failed.length;
  }
  return failed === 0 ? 0 : 1;
}

/** A simulation of one game. */
type Playing = Pick<Simulation, "from" | "count" | "mostFailures" | "workers"> & { readonly game: Game };

async function play(playing: Playing, summary: Summary, isLate: () => boolean): Promise<void> {
  const { game, mostFailures, workers } = playing;
  const pool = makeWorkerPool(workers);
  await playAll(pool, batches(playing), {
    take: (more) => {
      for (const one of more.failed) tell(one, game);
      addSummary(summary, more);
    },
    isEnough: () => summary.failed.length >= mostFailures || isLate(),
  });
  pool.close();
}

/** Fixed seeds, then fresh ones while there is time. */
async function playForCi(playing: Playing, summary: Summary, begun: number): Promise<void> {
  const { from: first, count, fresh, mostMs } = CI[playing.game.kind];
  const isLate = (share: number) => () => elapsedMs() - begun > mostMs * share;
  await play({ ...playing, from: first, count }, summary, isLate(fresh === 0 ? 1 : 0.8));
  write(`== fixed seeds ${first} to ${first + summary.seeds - 1}`);
  if (fresh === 0) return;
  const from = Math.floor(systemClock.now() / 1000);
  const before = summary.seeds;
  await play({ ...playing, from, count: fresh }, summary, isLate(1));
  write(`== fresh seeds ${from} to ${from + summary.seeds - before - 1}`);
}

async function findPlanted(simulation: Simulation): Promise<number> {
  let missed = 0;
  const games = simulation.games.flatMap(({ kind, bug }) =>
    plantedGames(kind).filter(([game]) => bug === null || game.bug === bug)
  );
  for (const [game, what] of games) {
    const summary = emptySummary();
    await play({ ...simulation, count: MOST_PLANTED, game, mostFailures: 1 }, summary, () => false);
    const first = Math.min(...summary.failed.map(({ seed }) => seed));
    const isFound = Number.isFinite(first);
    if (!isFound) missed++;
    const after = isFound ? `found by seed ${first}` : `NOT found in ${summary.seeds} seeds`;
    write(`${gameTitle(game)}: ${game.bug} (${what}): ${after}`);
  }
  return missed === 0 ? 0 : 1;
}

async function trace({ from, count, games }: Simulation): Promise<number> {
  let failures = 0;
  for (const game of games) {
    for (let seed = from; seed < from + count; seed++) {
      const { violations, lines } = await playGame(game, seed);
      lines().forEach(write);
      if (violations.length === 0) continue;
      failures++;
      tell({ seed, violations }, game);
    }
  }
  return failures === 0 ? 0 : 1;
}

function tell({ seed, violations }: FailedSeed, game: Game): void {
  write(`seed ${seed} fails; replay: deno task simulate --seed ${seed}${gameWords(game)} --trace`);
  for (const { rule, text } of violations.slice(0, 3)) write(`  ${rule}: ${text}`);
}

function sumUp({ seeds, timers, failed, faults, coverage }: Summary, seconds: number): void {
  write(
    `${seeds} seeds in ${seconds.toFixed(1)} s: ${(seeds / seconds).toFixed(1)} seeds/s, ` +
      `${(timers / seeds).toFixed(0)} timers a seed, ${failed.length} with violations`,
  );
  table("faults", faults).forEach(write);
  table("state × fault", coverage).forEach(write);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
