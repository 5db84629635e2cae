/**
 * The claim that a PENDING run is under. States that were set for many runs at once carry the scheduled time of the first of
 * them, so what a PENDING state says of it is not relied on: this process knows its own claims, and the history of a run tells
 * the others.
 *
 * @module
 */

import { claimKeyOf } from "../../schemas/prefect3/claim_key.ts";
import { isOwnMark, readMarkMessage } from "../../schemas/prefect3/claim_mark.ts";
import type { RunRow } from "../../schemas/prefect3/rows.ts";
import type { Api } from "./api.ts";
import type { KnownRuns } from "./known_runs.ts";
import type { ProposedState } from "./propose.ts";
import { readHistory, takenBack } from "./state_history.ts";

/** What is needed. */
export interface ClaimKeysDeps {
  readonly api: Pick<Api, "send">;
  readonly known: Pick<KnownRuns, "get">;
  readonly worker: string;
  readonly process: string;
}

/** The key of the claim that a PENDING run is under. @throws {FailureError} of the API */
export type KeyOfClaim = (row: RunRow, signal: AbortSignal) => Promise<string>;

/** The claim that a PENDING run is under. */
export interface PendingClaim {
  readonly key: string;
  /** The run had ended before it became PENDING: this end is to be set again, and nothing is launched. Null: it had not. */
  readonly end: ProposedState | null;
}

/** Tells the claims that PENDING runs are under. */
export interface ClaimKeys {
  readonly keyOfClaim: KeyOfClaim;
  /** The same, with what its history tells besides. @throws {FailureError} of the API */
  readonly pendingClaim: (row: RunRow, signal: AbortSignal) => Promise<PendingClaim>;
}

/** Makes it. */
export function makeClaimKeys({ api, known, ...own }: ClaimKeysDeps): ClaimKeys {
  const pendingClaim: ClaimKeys["pendingClaim"] = async (row, signal) => {
    const claim = known.get(row.id)?.claim ?? null;
    if (claim !== null && isOwnMark(readMarkMessage(row.message), own)) return { key: claim, end: null };
    const { scheduledTime, formerEnd } = await readHistory(row, api, signal);
    return { key: claimKeyOf(scheduledTime ?? row.scheduledTime), end: takenBack(formerEnd) };
  };
  return { pendingClaim, keyOfClaim: async (row, signal) => (await pendingClaim(row, signal)).key };
}
