/**
 * Reading one run back, and what its state says about a claim.
 *
 * @module
 */

import { FailureError } from "../../schemas/failure/failure.ts";
import type { ClaimKey } from "../../schemas/flow_run/flow_run.ts";
import { notShown } from "../../schemas/flow_run/not_shown.ts";
import type { Orchestrator, RunState } from "../../schemas/contracts/orchestrator.ts";

/**
 * Reads one run. A single read that does not show the run says nothing about it: whether it is gone is decided by the watcher,
 * which sees several reads and the other runs in them.
 *
 * @throws {FailureError} `unavailable` when the read does not show it, and those of the API
 */
export async function readRun(
  runId: string,
  orchestrator: Pick<Orchestrator, "read">,
  signal: AbortSignal,
): Promise<RunState> {
  const states = await orchestrator.read([runId], signal);
  const state = states.find(({ id }) => id === runId);
  if (state === undefined) throw new FailureError(notShown(runId));
  return state;
}

/** Whether its flow has begun and waits, for a person or for its next retry, with a task or without. */
export function hasWaited({ paused, needsTask }: RunState): boolean {
  return paused === true || needsTask === true;
}

/** The claim that a run goes on under; null: it has no marker. */
export function claimIn({ marker }: RunState): ClaimKey | null {
  return marker === null ? null : { key: marker.claim, isLate: false };
}

/** Whether a run has ended, or belongs to another claim by now: nothing is to be done for this one. */
export function isOver(state: RunState, { key }: ClaimKey): boolean {
  if (state.finished) return true;
  if (state.queued || state.running) return false;
  // A claim without a marker belongs to another agent.
  if (state.marker === null) return state.scheduled || state.claimed;
  return state.scheduled || state.marker.claim !== key;
}
