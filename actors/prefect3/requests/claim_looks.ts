/**
 * Looks at runs before their claims are sent, where what was read of them is old: on a slow way to the API a run may be
 * launched, end, and be put back before a claim arrives, and the API lets PENDING follow each of these.
 *
 * @module
 */

import { FailureError } from "../../../schemas/failure/failure.ts";
import { claimKeyOf } from "../../../schemas/prefect3/claim_key.ts";
import { isOwnMark, readMarkMessage } from "../../../schemas/prefect3/claim_mark.ts";
import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import type { RunRow } from "../../../schemas/prefect3/rows.ts";
import type { Clock } from "../../../schemas/time/clock.ts";
import { type Decision, GONE } from "../propose.ts";

/** What looking needs. */
export interface ClaimLooksDeps {
  /** Reads one row, together with others; null: the API does not know it. */
  readonly readRow: (runId: string, signal: AbortSignal) => Promise<RunRow | null>;
  readonly clock: Pick<Clock, "now">;
  /** Name of the worker. */
  readonly worker: string;
  /** Names this process in marks. */
  readonly process: string;
}

/**
 * Time since a run was read, in milliseconds, after which it is read once more before its claim is sent, or sent again, and
 * looked at when the claim was granted.
 */
export const SLOW_MS = 5000;

/** Why a claim is not for the moment that its run is scheduled for now. */
export const ANEW = "it was scheduled anew meanwhile";

/** Looks at runs while they are claimed. */
export interface ClaimLooks {
  /** A claim begins. @returns ends it */
  readonly begin: (run: FlowRun, key: string) => () => void;
  /** Reads a run again whose row is old. @returns what that decides of its claim; null: it is still to be claimed */
  readonly look: (runId: string, signal: AbortSignal) => Promise<Decision | null>;
  /** Sends a claim of one run for as long as the run is still to be claimed. */
  readonly around: (
    runId: string,
    send: (again: (signal: AbortSignal) => Promise<void>) => Promise<Decision>,
    signal: AbortSignal,
  ) => Promise<Decision>;
}

/** Makes them. */
export function makeClaimLooks(deps: ClaimLooksDeps): ClaimLooks {
  /** By run: the key of its claim, and when what is known of it was asked for. */
  const asked = new Map<string, { readonly key: string; seenMs: number }>();
  const look: ClaimLooks["look"] = async (runId, signal) => {
    const one = asked.get(runId);
    const nowMs = deps.clock.now();
    if (one === undefined || nowMs - one.seenMs <= SLOW_MS) return null;
    try {
      const row = await deps.readRow(runId, signal);
      one.seenMs = nowMs;
      return seenAs(row, one.key, deps);
    } catch {
      signal.throwIfAborted();
      return null;
    }
  };
  return {
    begin: ({ id, askedMs = 0 }, key) => {
      asked.set(id, { key, seenMs: askedMs });
      return () => void asked.delete(id);
    },
    look,
    around: async (runId, send, signal) => {
      const first = await look(runId, signal);
      if (first !== null) return first;
      const seen: { decision: Decision | null } = { decision: null };
      const again = async (its: AbortSignal): Promise<void> => {
        seen.decision = await look(runId, its);
        if (seen.decision === null) return;
        throw new FailureError({ tag: "claimLost", message: `Flow run ${runId} has gone on` });
      };
      try {
        return await send(again);
      } catch (thrown) {
        if (seen.decision === null) throw thrown;
        return seen.decision;
      }
    },
  };
}

/** What the row of a run decides of its claim; null: it is still to be claimed. */
function seenAs(
  row: RunRow | null,
  key: string,
  own: Pick<ClaimLooksDeps, "worker" | "process">,
): Decision | null {
  if (row === null) return GONE;
  const { stateType: type, stateName: name } = row;
  const state = { type, name, transitionId: null };
  // Who changed it is not known: it says nothing of the limit of its deployment.
  const refused = { outcome: "refused", delayMs: 0, state: { ...state, type: "" } } as const;
  // An earlier sending was granted, and its answer was lost.
  if (type === "PENDING" && isOwnMark(readMarkMessage(row.message), own)) {
    return { outcome: "made", reason: "", delayMs: 0, state };
  }
  if (type !== "SCHEDULED") return { ...refused, reason: "it is not due any more" };
  return claimKeyOf(row.scheduledTime) === key ? null : { ...refused, reason: ANEW };
}
