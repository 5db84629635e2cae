/**
 * Sets the states that end runs. Such a state is sent until it is answered, but never again over what came of the run
 * meanwhile.
 *
 * @module
 */

import type { Log } from "../../schemas/contracts/log.ts";
import type { RunEnd } from "../../schemas/flow_run/run_end.ts";
import type { RunRow } from "../../schemas/prefect3/rows.ts";
import { endOf } from "../../schemas/prefect3/run_state.ts";
import type { Api } from "./api.ts";
import type { Outbox } from "./requests/outbox.ts";
import { type Decision, propose, type ProposedState } from "./propose.ts";
import { readRun } from "./read_runs.ts";
import type { RunLogs } from "./run_logs.ts";

/** What ending needs. */
export interface EndRunDeps {
  readonly api: Pick<Api, "send">;
  readonly outbox: Outbox;
  readonly logs: Pick<RunLogs, "write">;
  readonly log: Log;
}

/** An end of one run. */
export interface EndToSet {
  readonly runId: string;
  readonly state: ProposedState;
  /** Whether a run that has not ended, as it is read before another try, may still be ended so. */
  readonly mayEnd: (row: RunRow, signal: AbortSignal) => boolean | Promise<boolean>;
}

/** How long the end of a run is waited for, in milliseconds. */
const END_SOON_MS = 60_000;

const FIRST = { urgency: "first", tries: "held" } as const;

/**
 * Sets a state that ends a run, however long the API takes.
 *
 * @returns the end; null: the API refused it, or the run has gone on meanwhile
 * @throws {FailureError} what the API refused for good
 */
export async function endRun(
  { runId, state, mayEnd }: EndToSet,
  { api, outbox }: EndRunDeps,
  signal: AbortSignal,
): Promise<RunEnd | null> {
  const told = await outbox.put(
    {
      runId,
      what: `that it is ${state.name}`,
      send: (its, again): Promise<Decision> => propose(api, runId, state, { ...FIRST, again }, its),
      // A try without an answer may have come through, and a person may have retried the run since.
      isStill: async (its) => {
        const row = await readRun(api, runId, its);
        return row !== null && endOf(row.stateType) === null && await mayEnd(row, its);
      },
    },
    END_SOON_MS,
    signal,
  );
  if (told === "kept" || (told !== "dropped" && told.answer.outcome === "made")) return endOf(state.type);
  const row = await readRun(api, runId, signal);
  return row === null ? null : endOf(row.stateType);
}

/** Begins to set the end again that a run had come to: it is sent until it is answered. */
export type RestoreEnd = (runId: string, end: ProposedState) => void;

/** Sets the end again that a run had come to. */
export async function restoreEnd(
  runId: string,
  end: ProposedState,
  deps: EndRunDeps,
  signal: AbortSignal,
): Promise<RunEnd | null> {
  const { name } = end;
  const text =
    `Flow run ${runId} had ended as ${name} when a proposal of its launch came late: it is ${name} again`;
  deps.log("WARNING", text, { runId });
  deps.logs.write({ runId, level: "WARNING", message: text });
  const mayEnd = ({ stateType }: RunRow) => stateType === "PENDING" || stateType === "CANCELLING";
  return await endRun({ runId, state: end, mayEnd }, deps, signal);
}
