/**
 * Deregisters the remaining revisions of a family of task definitions.
 *
 * @module
 */

import { isRetriable, toFailure } from "../../../schemas/failure/failure.ts";
import type { EcsCalls } from "../calls.ts";
import type { Deregister } from "./deregister_task_definition.ts";
import type { Log } from "../../../schemas/contracts/log.ts";

/** What sweeping needs. */
export interface SweepDeps {
  readonly ecs: Pick<EcsCalls, "describeTaskDefinition">;
  readonly deregister: Deregister;
  readonly log: Log;
}

/**
 * Deregisters every revision of a family; never rejects.
 *
 * @returns false: revisions may be left, and sweeping again may find them
 */
export type SweepFamily = (family: string, signal: AbortSignal) => Promise<boolean>;

/** Most revisions in one sweep. */
const MOST_REVISIONS = 10;

/** Makes the sweeper. A family stands for its newest ACTIVE revision, so it is asked for until there is none. */
export function makeSweepFamily(deps: SweepDeps): SweepFamily {
  const { ecs, log } = deps;
  return async (family, signal) => {
    for (let count = 0; count < MOST_REVISIONS && !signal.aborted; count++) {
      try {
        const newest = await ecs.describeTaskDefinition(family, signal);
        if (newest === null || newest.status !== "ACTIVE") return true;
        log("DEBUG", `Deregistering task definition ${newest.arn}, which an earlier try has left`);
        const deregistered = await deps.deregister(newest.arn, signal);
        if (deregistered !== "done") return deregistered === "stays";
      } catch (thrown) {
        const failure = toFailure(thrown);
        log("DEBUG", `Cannot look for what is left of family ${family}: ${failure.message}`);
        return !isRetriable(failure);
      }
    }
    return false;
  };
}
