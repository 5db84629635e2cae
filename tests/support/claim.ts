/** Claims for tests. @module */

import type { Claim, ClaimKey, ClaimOwner } from "../../schemas/flow_run/flow_run.ts";
import { claimKeyOf } from "../../schemas/prefect1/claim_key.ts";

/** Who claims in tests. */
export const OWNER: ClaimOwner = { agent: "agent", scope: "us-east-1/default" };

/** The key of a claim on a run that was scheduled. */
export const KEY: ClaimKey = claimKeyOf("v1");

/** A claim of this owner. */
export function someClaim(key = "v1", owner: ClaimOwner = OWNER): Claim {
  return { ...claimKeyOf(key), marker: { ...owner, claim: key } };
}
