/**
 * Which rows the table shows and in which order.
 *
 * @module
 */

import type { RunRow } from "../../protocol/protocol.ts";
import type { OverviewRoute, Sort, SortKey } from "../route.ts";
import { standingOf, standingRank } from "../tones.ts";

/** Everything of a row that the filter looks at, in lower case. */
function haystack(row: RunRow): string {
  const { name, id, flow, state, outcome, end, taskId, waitingFor, failure } = row;
  return [name, id, flow, state, outcome, end?.state, taskId, waitingFor, failure?.tag, failure?.message]
    .join("\n")
    .toLowerCase();
}

/** Whether a row has all words of a query, in any of its columns. */
export function matches(row: RunRow, needles: readonly string[]): boolean {
  if (needles.length === 0) return true;
  const text = haystack(row);
  return needles.every((needle) => text.includes(needle));
}

type Compare = (a: RunRow, b: RunRow) => number;

const byText = (of: (row: RunRow) => string): Compare => (a, b) => {
  const [left, right] = [of(a), of(b)];
  return left < right ? -1 : left > right ? 1 : 0; // localeCompare is thirty times slower
};

const COMPARE: Readonly<Record<SortKey, Compare>> = {
  name: byText((row) => row.name === "" ? row.id : row.name),
  flow: byText((row) => row.flow),
  state: (a, b) => standingRank(standingOf(a)) - standingRank(standingOf(b)),
  since: (a, b) => a.sinceMs - b.sinceMs,
  attempt: (a, b) => a.attempt - b.attempt,
  task: byText((row) => row.taskId ?? ""),
};

/** Rows in an order; equal ones by id, so that they keep their place from update to update. */
export function sortRows(rows: readonly RunRow[], { key, descending }: Sort): readonly RunRow[] {
  const compare = COMPARE[key];
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => compare(a, b) * sign || (a.id < b.id ? -1 : 1));
}

/** The rows that a route asks for, in its order. */
export function selectRows(
  runs: ReadonlyMap<string, RunRow>,
  { query, states, sort }: OverviewRoute,
): readonly RunRow[] {
  const needles = query.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const wanted = new Set(states);
  const found: RunRow[] = [];
  for (const row of runs.values()) {
    if ((wanted.size === 0 || wanted.has(standingOf(row))) && matches(row, needles)) found.push(row);
  }
  return sortRows(found, sort);
}
