/**
 * Counts by name, and how they are printed.
 *
 * @module
 */

/** How often each thing happened. */
export type Counts = Map<string, number>;

/** Adds `more` to `counts`. */
export function addCounts(counts: Counts, more: ReadonlyMap<string, number>): void {
  for (const [name, count] of more) counts.set(name, (counts.get(name) ?? 0) + count);
}

/** Lines of about 110 characters, the most frequent first. */
export function table(title: string, counts: ReadonlyMap<string, number>): readonly string[] {
  const cells = [...counts].sort(([, a], [, b]) => b - a).map(([name, count]) => `${name} ${count}`);
  const lines: string[] = [];
  for (const cell of cells) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + cell.length < 110) lines[lines.length - 1] = `${last}, ${cell}`;
    else lines.push(`  ${cell}`);
  }
  return [`${title}:`, ...lines];
}
