/**
 * The figures of the benchmark, and the table that shows them.
 *
 * @module
 */

import type { FakeOptions, FakeStats } from "./fakes/shared.ts";

/** Figures of one size. */
export interface Figures {
  readonly runs: number;
  readonly runsPerS: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMsPerRun: number;
  readonly peakRssMB: number;
  /** Calls of AWS or of the Kubernetes API. */
  readonly platformPerRun: number;
  readonly apiPerRun: number;
  /** Frames on sockets to the API. */
  readonly framesPerRun: number;
  /** How often each operation and route was called. */
  readonly calls: Readonly<Record<string, number>>;
  readonly lost: number;
  readonly twice: number;
  readonly failed: number;
  readonly throttled: number;
  /** Calls of RegisterTaskDefinition. */
  readonly registered: number;
  /** Seconds from the queue's first answer to the last task. */
  readonly lastS: number;
  /** Least seconds that AWS's limits allow; null: there are none. */
  readonly boundS: number | null;
}

/** What was measured. */
export interface Measured {
  readonly fakes: FakeOptions;
  /** Least seconds that limits allow; null: there are none. */
  readonly boundS: number | null;
}

/** Reckons them. @param usage milliseconds of CPU, and MB at most */
export function figuresOf(
  { fakes: options, boundS }: Measured,
  stats: FakeStats,
  usage: { readonly cpu: number; readonly rss: number },
): Figures {
  const sorted = [...stats.acceptedMs].sort((a, b) => a - b);
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;
  const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((a, b) => a + b, 0);
  const frames = sum(
    Object.fromEntries(Object.entries(stats.apiCalls).filter(([name]) => name.startsWith("frame "))),
  );
  return {
    runs: options.runs,
    runsPerS: sorted.length / ((sorted.at(-1) ?? NaN) / 1000),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    cpuMsPerRun: usage.cpu / options.runs,
    peakRssMB: usage.rss,
    platformPerRun: sum(stats.platformCalls) / options.runs,
    apiPerRun: (sum(stats.apiCalls) - frames) / options.runs,
    framesPerRun: frames / options.runs,
    calls: { ...stats.platformCalls, ...stats.apiCalls },
    lost: options.runs - sorted.length - stats.failed,
    twice: stats.twice,
    failed: stats.failed,
    throttled: stats.throttled,
    registered: stats.platformCalls.RegisterTaskDefinition ?? 0,
    lastS: (sorted.at(-1) ?? NaN) / 1000,
    boundS,
  };
}

/** The table's first line. @param platform AWS or K8s */
export function head(platform: string): string {
  return `  runs   runs/s   p50 ms   p99 ms  CPU ms/run  peak MB  ${platform}/run  API/run  lost  twice  failed  throttled  registered  last s  bound s  ratio`;
}

/** One line of the table. */
export function row(f: Figures): string {
  const cell = (n: number, width: number, digits = 0): string => n.toFixed(digits).padStart(width);
  const bound = f.boundS === null ? cell(f.lastS, 8, 2) : cell(f.lastS, 8, 2) + cell(f.boundS, 9, 2) +
    (f.boundS > 0 ? cell(f.lastS / f.boundS, 7, 3) : "      -");
  return cell(f.runs, 6) + cell(f.runsPerS, 9, 1) + cell(f.p50Ms, 9) + cell(f.p99Ms, 9) +
    cell(f.cpuMsPerRun, 12, 2) + cell(f.peakRssMB, 9) + cell(f.platformPerRun, 9, 2) +
    cell(f.apiPerRun, 9, 2) +
    cell(f.lost, 6) + cell(f.twice, 7) + cell(f.failed, 8) + cell(f.throttled, 11) + cell(f.registered, 12) +
    bound;
}

/** The middle one. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
