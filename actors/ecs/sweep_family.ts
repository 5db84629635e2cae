/**
 * Deregisters what is left of a family of task definitions.
 *
 * @module
 */

import { toFailure } from "../../schemas/failure/failure.ts";
import type { EcsCalls } from "./calls.ts";
import type { Log } from "../../schemas/contracts/log.ts";

/** What sweeping needs. */
export interface SweepDeps {
  readonly ecs: Pick<EcsCalls, "describeTaskDefinition">;
  /** Deregisters one; never rejects. */
  readonly deregister: (arn: string, signal: AbortSignal) => Promise<void>;
  readonly log: Log;
}

/** More revisions of one run's family than any chain of crashes leaves. */
const MOST_REVISIONS = 10;

/**
 * Makes the sweeper. A family stands for its newest ACTIVE revision, so it is asked for until there is none.
 *
 * @returns never rejects: a definition that stays behind harms nobody
 */
export function makeSweepFamily({ ecs, deregister, log }: SweepDeps) {
  return async (family: string, signal: AbortSignal): Promise<void> => {
    let last: string | null = null;
    for (let count = 0; count < MOST_REVISIONS && !signal.aborted; count++) {
      const newest = await ecs.describeTaskDefinition(family, signal).catch((thrown) => {
        log("DEBUG", `Cannot look for what is left of family ${family}: ${toFailure(thrown).message}`);
        return null;
      });
      // The same one again could not be deregistered.
      if (newest === null || newest.status !== "ACTIVE" || newest.arn === last) return;
      log("DEBUG", `Deregistering task definition ${newest.arn}, which an earlier try has left`);
      await deregister(newest.arn, signal);
      last = newest.arn;
    }
  };
}
