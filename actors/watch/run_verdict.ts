/**
 * Reading one run back, and what its state says about a claim.
 *
 * @module
 */

import type { ClaimKey } from "../../schemas/flow_run/flow_run.ts";
import type { Orchestrator, RunState } from "../../schemas/contracts/orchestrator.ts";

/** Reads one run; undefined when it is gone. */
export async function readRun(
  runId: string,
  orchestrator: Pick<Orchestrator, "read">,
  signal: AbortSignal,
): Promise<RunState | undefined> {
  const states = await orchestrator.read([runId], signal);
  return states.find((state) => state.id === runId);
}

/** Whether a run has ended, or belongs to another claim by now: nothing is to be done for this one. */
export function isOver(state: RunState | undefined, { key }: ClaimKey): boolean {
  if (state === undefined || state.finished) return true;
  if (state.queued || state.running) return false;
  // A claim without a marker belongs to another agent.
  if (state.marker === null) return state.scheduled || state.claimed;
  return state.scheduled || state.marker.claim !== key;
}
