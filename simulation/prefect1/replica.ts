/**
 * Rows as a lagging replica shows them.
 *
 * @module
 */

import { elapsed, fault, type World } from "../world/world.ts";
import type { Row, RunRow } from "./store.ts";

/** The flow runs that a read shows, each as it shows it. */
export function shownRuns(runs: Iterable<RunRow>, world: World): readonly RunRow[] {
  const { replica } = world.scenario;
  const now = elapsed(world);
  if (replica === null || now < replica.fromMs || now >= replica.toMs) return [...runs];
  const { lagMs, missing } = replica;
  const untilMs = world.time.now() - lagMs;
  return [...runs].flatMap((run) => {
    if (world.dice.chance(missing)) {
      fault(world, "missing row", run.id);
      return [];
    }
    const then = asOf(run, untilMs);
    if (then !== run) fault(world, "stale row", run.id);
    return [{ ...then, tasks: run.tasks.map((task) => asOf(task, untilMs)) }];
  });
}

/** The row as it was at a moment. */
function asOf<Kind extends Row>(row: Kind, atMs: number): Kind {
  const at = row.past.findIndex((state) => state.atMs > atMs);
  const then = row.past[at];
  if (then === undefined) return row;
  return { ...row, version: then.version, state: then.state, past: row.past.slice(0, at) };
}
