/**
 * Decisions for the runs of one request, and decisions as the API answers them.
 *
 * @module
 * @see Prefect 3.9.1, server/api/flow_runs.py
 */

import type { JsonObject } from "../../json/json.ts";
import type { StateDetails } from "./state.ts";
import type { Decision } from "./transition.ts";

/** What a request of many runs (`bulk_set_state`) decided for one of them. */
export interface Decided<Run> {
  readonly run: Run;
  readonly decision: Decision;
}

/**
 * Decides for the runs of one request, one after the other.
 *
 * @param decide gets the details that the decision before has left, null for the first run; see `propose`
 */
export function decideEach<Run>(
  runs: readonly Run[],
  decide: (run: Run, shared: StateDetails | null) => Decision,
): readonly Decided<Run>[] {
  let shared: StateDetails | null = null;
  const all: Decided<Run>[] = [];
  for (const run of runs) {
    const decision: Decision = decide(run, shared);
    shared = decision.shared;
    all.push({ run, decision });
  }
  return all;
}

/** The answer to one proposal. */
export function decisionRow({ status, state, reason, delaySeconds }: Decision): JsonObject {
  const details = {
    type: `${status.toLowerCase()}_details`,
    ...(delaySeconds === null ? {} : { delay_seconds: delaySeconds }),
    ...(reason === null ? {} : { reason: reason.text }),
  };
  return { state: state === null ? null : { ...state }, status, details };
}

/**
 * The `results` of one request of many runs. On a server the states of one request share their details: every state that was
 * accepted is shown with those of the last run.
 */
export function decisionRows(
  decided: readonly Decided<{ readonly id: string }>[],
): readonly JsonObject[] {
  const last = decided.at(-1)?.decision.shared;
  return decided.map(({ run, decision }) => {
    const { status, state } = decision;
    const shown = status === "ACCEPT" && state !== null && last !== undefined
      ? { ...state, state_details: last }
      : state;
    return { flow_run_id: run.id, ...decisionRow({ ...decision, state: shown }) };
  });
}
