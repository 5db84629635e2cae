/**
 * `deno task simulate`: plays worlds and says what went wrong in them.
 *
 * @module
 */

import { check, type Violation } from "./checker.ts";
import { addCounts, type Counts, table } from "./counts.ts";
import { parseSimulation, type Simulation } from "./options.ts";
import { type Played, playSeed } from "./run_seed.ts";
import { timeline } from "./timeline.ts";

const write = (line: string) => void Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));

interface Totals {
  seeds: number;
  timers: number;
  failed: number;
  readonly faults: Counts;
  readonly coverage: Counts;
  readonly rules: Counts;
}

async function main(args: readonly string[]): Promise<number> {
  const simulation = parseSimulation(args);
  const begun = performance.now();
  const totals: Totals = {
    seeds: 0,
    timers: 0,
    failed: 0,
    faults: new Map(),
    coverage: new Map(),
    rules: new Map(),
  };
  for (const seed of simulation.seeds(performance.now)) {
    const played = await playSeed(seed, simulation.plant);
    const violations = check(played);
    count(totals, played, violations);
    if (violations.length > 0) tell(seed, violations, simulation);
    if (simulation.trace) timeline(played).forEach(write);
    if (totals.failed >= simulation.mostFailures) break;
  }
  sumUp(totals, (performance.now() - begun) / 1000);
  return totals.failed === 0 ? 0 : 1;
}

function count(totals: Totals, played: Played, violations: readonly Violation[]): void {
  totals.seeds++;
  totals.timers += played.fired;
  if (violations.length > 0) totals.failed++;
  addCounts(totals.faults, played.faults);
  addCounts(totals.coverage, played.coverage);
  addCounts(totals.rules, new Map(violations.slice(0, 1).map(({ rule }) => [rule, 1])));
}

function tell(seed: number, violations: readonly Violation[], { plant }: Simulation): void {
  const bug = plant === null ? "" : ` --plant ${plant}`;
  write(
    `seed ${seed}: ${violations.length} violations; replay: deno task simulate --seed ${seed}${bug} --trace`,
  );
  for (const { rule, text } of violations.slice(0, 3)) write(`  ${rule}: ${text}`);
}

function sumUp({ seeds, timers, failed, faults, coverage, rules }: Totals, seconds: number): void {
  write(
    `${seeds} seeds in ${seconds.toFixed(1)} s: ${(seeds / seconds).toFixed(1)} seeds/s, ` +
      `${(timers / seeds).toFixed(0)} timers a seed, ${failed} with violations`,
  );
  if (rules.size > 0) table("violations", rules).forEach(write);
  table("faults", faults).forEach(write);
  table("state × fault", coverage).forEach(write);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
