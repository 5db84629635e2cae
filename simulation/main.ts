/**
 * `deno task simulate`: plays seeded worlds and prints which rules they break.
 *
 * @module
 */

import { standardOutput } from "../actors/output/output.ts";
import { elapsedMs } from "../actors/time/elapsed.ts";
import { systemClock } from "../actors/time/system_clock.ts";
import { check } from "./checker.ts";
import { table } from "./counts.ts";
import { makeWorkerPool, playAll } from "./worker_pool.ts";
import { parseSimulation, type Simulation } from "./options.ts";
import { addSummary, type Batch, emptySummary, type FailedSeed, type Summary } from "./play_batch.ts";
import { isPlantedBug, PLANTED_BUGS, type PlantedBug } from "./planted_bugs.ts";
import { playSeed } from "./run_seed.ts";
import { timeline } from "./timeline.ts";

/** Seeds that CI always plays, how many fresh seeds follow them, and after how many milliseconds no further batch starts. */
const FIXED = { from: 1, count: 6000 } as const;
const FRESH = 500;
const CI_MS = 100_000;
/** Each planted bug must be found within this number of seeds. */
const MOST_PLANTED = 10_000;
const BATCH = 25;

const write = standardOutput.line;

function* batches(from: number, count: number, bug: PlantedBug | null): Generator<Batch> {
  for (let first = from; first < from + count; first += BATCH) {
    const length = Math.min(BATCH, from + count - first);
    yield { seeds: Array.from({ length }, (_, at) => first + at), bug, stopsAtFailure: bug !== null };
  }
}

async function main(args: readonly string[]): Promise<number> {
  const simulation = parseSimulation(args);
  if (simulation.trace) return await trace(simulation);
  if (simulation.mode === "planted") return await findPlanted(simulation);
  const begun = elapsedMs();
  const summary = emptySummary();
  if (simulation.mode === "ci") await playForCi(simulation, summary, begun);
  else await play(simulation, summary, () => false);
  sumUp(summary, (elapsedMs() - begun) / 1000);
  return summary.failed.length === 0 ? 0 : 1;
}

async function play(simulation: Simulation, summary: Summary, isLate: () => boolean): Promise<void> {
  const { from, count, bug, mostFailures, workers } = simulation;
  const pool = makeWorkerPool(workers);
  await playAll(pool, batches(from, count, bug), {
    take: (more) => {
      for (const one of more.failed) tell(one, bug);
      addSummary(summary, more);
    },
    isEnough: () => summary.failed.length >= mostFailures || isLate(),
  });
  pool.close();
}

/** Fixed seeds, then fresh ones while there is time. */
async function playForCi(simulation: Simulation, summary: Summary, begun: number): Promise<void> {
  const isLate = () => elapsedMs() - begun > CI_MS;
  await play({ ...simulation, ...FIXED }, summary, isLate);
  write(`== fixed seeds ${FIXED.from} to ${FIXED.from + summary.seeds - 1}`);
  const from = Math.floor(systemClock.now() / 1000);
  const before = summary.seeds;
  await play({ ...simulation, from, count: FRESH }, summary, isLate);
  write(`== fresh seeds ${from} to ${from + summary.seeds - before - 1}`);
}

async function findPlanted(simulation: Simulation): Promise<number> {
  let missed = 0;
  for (const bug of Object.keys(PLANTED_BUGS).filter(isPlantedBug)) {
    const summary = emptySummary();
    await play({ ...simulation, count: MOST_PLANTED, bug, mostFailures: 1 }, summary, () => false);
    const first = Math.min(...summary.failed.map(({ seed }) => seed));
    const isFound = Number.isFinite(first);
    if (!isFound) missed++;
    const after = isFound ? `found by seed ${first}` : `NOT found in ${summary.seeds} seeds`;
    write(`${bug} (${PLANTED_BUGS[bug]}): ${after}`);
  }
  return missed === 0 ? 0 : 1;
}

async function trace({ from, count, bug }: Simulation): Promise<number> {
  let failures = 0;
  for (let seed = from; seed < from + count; seed++) {
    const played = await playSeed(seed, bug);
    timeline(played).forEach(write);
    const violations = check(played);
    if (violations.length === 0) continue;
    failures++;
    tell({ seed, violations }, bug);
  }
  return failures === 0 ? 0 : 1;
}

function tell({ seed, violations }: FailedSeed, bug: PlantedBug | null): void {
  const option = bug === null ? "" : ` --plant ${bug}`;
  write(`seed ${seed} fails; replay: deno task simulate --seed ${seed}${option} --trace`);
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
