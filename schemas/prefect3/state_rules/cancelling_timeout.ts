/**
 * A run that is being cancelled for too long: the server sets it to Cancelled and asks a worker to stop its task.
 *
 * @module
 * @see Prefect 3.9.1, server/services/cancellation_cleanup.py
 */

import { secondsAfter } from "./slot_rules.ts";
import { isBefore, type State } from "./state.ts";
import type { Proposal } from "./transition.ts";

/** When the time of a Cancelling run is over; null: it is not being cancelled. */
export function cancellingDeadline(state: State | null, timeoutSeconds: number): string | null {
  return state?.type === "CANCELLING" ? secondsAfter(state.timestamp, timeoutSeconds) : null;
}

/**
 * What the server proposes when the time is over; null: the run is in another state by now, or its time is not over.
 * Once that is accepted, a message of kind `cancelling_timeout_teardown.v1` is queued for the workers of its pool.
 *
 * @param stateId of the Cancelling state that the timeout was set for
 */
export function cancellingTimeout(
  state: State | null,
  { stateId, now, timeoutSeconds }: {
    readonly stateId: string;
    readonly now: string;
    readonly timeoutSeconds: number;
  },
): Proposal | null {
  const deadline = cancellingDeadline(state, timeoutSeconds);
  if (deadline === null || state?.id !== stateId || isBefore(now, deadline)) return null;
  const message = "Flow run cancellation timed out; marked this flow run as Cancelled.";
  return { state: { type: "CANCELLED", message }, way: "asked", isRenewing: false };
}
