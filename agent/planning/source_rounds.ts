/**
 * Reads what the plan of a run depends on, round by round: what was read may name more, as a block names another one.
 *
 * @module
 */

import { FailureError } from "../../schemas/failure/failure.ts";
import type { Readings, Source } from "../../schemas/plan/source.ts";

/** Most rounds: sources that name each other in a circle, or a longer chain, are a fault of the run. */
const MAX_ROUNDS = 6;

/** The questions of one run. */
export interface SourceRounds {
  readonly runId: string;
  /** What is needed, as far as the readings so far tell. */
  readonly ask: (readings: Readings) => readonly Source[];
  /** Reads the sources of one round. */
  readonly read: (sources: readonly Source[]) => Promise<Readings>;
}

/**
 * All readings, once nothing new is asked for. A source is read once.
 *
 * @throws {FailureError} of `ask` and `read`; `badFlowRun` when a seventh round would be needed
 */
export async function readInRounds({ runId, ask, read }: SourceRounds): Promise<Readings> {
  let readings: Readings = {};
  for (let round = 0;; round++) {
    const known = readings;
    const wanted = ask(known).filter(({ key }) => known[key] === undefined);
    if (wanted.length === 0) return readings;
    if (round === MAX_ROUNDS) throw tooManyRounds(runId, wanted);
    readings = { ...known, ...await read(wanted) };
  }
}

function tooManyRounds(runId: string, wanted: readonly Source[]): FailureError {
  const names = wanted.slice(0, 3).map(({ kind, key }) => `${kind} ${key}`).join(", ");
  const message = `Cannot plan flow run ${runId}: what was read for it names more to be read for the ` +
    `${
      MAX_ROUNDS + 1
    }th time (${names}), ${MAX_ROUNDS} rounds are accepted; make the chain of references shorter`;
  return new FailureError({ tag: "badFlowRun", field: "flow_run", message });
}
