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
import { lastScheduled } from "./state_history.ts";

/** What is needed. */
export interface ClaimKeysDeps {
  readonly api: Pick<Api, "send">;
  readonly known: Pick<KnownRuns, "get">;
  readonly worker: string;
  readonly process: string;
}

/** The key of the claim that a PENDING run is under. @throws {FailureError} of the API */
export type KeyOfClaim = (row: RunRow, signal: AbortSignal) => Promise<string>;

/** Makes it. */
export function makeClaimKeys({ api, known, ...own }: ClaimKeysDeps): KeyOfClaim {
  return async (row, signal) => {
    const claim = known.get(row.id)?.claim ?? null;
    if (claim !== null && isOwnMark(readMarkMessage(row.message), own)) return claim;
    return claimKeyOf(await lastScheduled(row, api, signal));
  };
}
