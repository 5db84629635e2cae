/**
 * Comparisons within one run of the benchmark: both sides are measured in turn, and the medians of their figures are compared.
 * Figures of two runs on two days are not comparable; ratios of one run are.
 *
 * @module
 */

import { type Figures, median } from "./figures.ts";

/** One figure of both sides. */
export interface Ratio {
  readonly name: string;
  readonly ours: number;
  readonly other: number;
  readonly ratio: number;
}

const COMPARED = [
  ["seconds to the last task", "lastS"],
  ["CPU ms per run", "cpuMsPerRun"],
  ["peak MB", "peakRssMB"],
] as const;

/** Medians of what was measured of both, and how many times the other's ours are. */
export function ratiosOf(ours: readonly Figures[], other: readonly Figures[]): readonly Ratio[] {
  return COMPARED.map(([name, member]) => {
    const [one, two] = [ours, other].map((all) => median(all.map((figures) => figures[member])));
    return { name, ours: one ?? NaN, other: two ?? NaN, ratio: (one ?? NaN) / (two ?? NaN) };
  });
}

/** Measures both in turn. @param rounds how often each */
export async function inTurn(
  rounds: number,
  ours: () => Promise<Figures>,
  other: () => Promise<Figures>,
): Promise<{ readonly ours: readonly Figures[]; readonly other: readonly Figures[] }> {
  const seen: { readonly ours: Figures[]; readonly other: Figures[] } = { ours: [], other: [] };
  for (let round = 0; round < rounds; round++) {
    seen.ours.push(await ours());
    seen.other.push(await other());
  }
  return seen;
}

/** One line for each figure. @param what what the other side is, such as `floor` */
export function ratioLines(ratios: readonly Ratio[], what: string): readonly string[] {
  return ratios.map(({ name, ours, other, ratio }) =>
    `${name}: ${ours.toFixed(2)}, ${what} ${other.toFixed(2)}, ratio ${ratio.toFixed(2)}`
  );
}
