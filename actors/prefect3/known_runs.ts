/**
 * What the dialect keeps of the runs that the agent has: reports name a run by its id alone.
 *
 * @module
 */

import type { FlowRun } from "../../schemas/prefect3/flow_run.ts";

/** One run. */
export interface KnownRun {
  readonly run: FlowRun;
  /** Key of its claim; null: it is not claimed. */
  readonly claim: string | null;
}

/** The runs of this process, by id. */
export interface KnownRuns {
  readonly get: (runId: string) => KnownRun | undefined;
  readonly keep: (known: KnownRun) => void;
  /** Forgets runs that the agent does not have any more. @param busy those that it has */
  readonly prune: (busy: ReadonlySet<string>) => void;
}

/** A run that left the agent is kept through so many polls: its last words may still be sent. */
const POLLS_KEPT = 3;

/** None yet. */
export function makeKnownRuns(): KnownRuns {
  const known = new Map<string, { one: KnownRun; absent: number }>();
  return {
    get: (runId) => known.get(runId)?.one,
    keep: (one) => void known.set(one.run.id, { one, absent: 0 }),
    prune: (busy) => {
      for (const [id, kept] of known) {
        kept.absent = busy.has(id) ? 0 : kept.absent + 1;
        if (kept.absent > POLLS_KEPT) known.delete(id);
      }
    },
  };
}
