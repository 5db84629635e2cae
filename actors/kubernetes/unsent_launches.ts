/**
 * Launches of which this process knows that nothing was sent: no request of theirs has left it, so no Job of theirs is to be
 * looked for at an API server that cannot be reached.
 *
 * @module
 */

import { type Failure, toFailure } from "../../schemas/failure/failure.ts";

/** The launches. */
export interface UnsentLaunches {
  /** Makes a launch, and keeps in mind whether it was sent. */
  readonly during: <T>(runId: string, work: () => Promise<T>) => Promise<T>;
  /** Jobs of a run are looked for: one that was not launched here may have been launched by an earlier process. */
  readonly lookedFor: (runId: string) => void;
  /** Every launch of the run was by this process, and none was sent. */
  readonly has: (runId: string) => boolean;
  readonly forget: (runId: string) => void;
}

/** None yet. */
export function makeUnsentLaunches(): UnsentLaunches {
  const launches = new Map<string, "unsent" | "doubtful">();
  return {
    during: async (runId, work) => {
      try {
        const result = await work();
        launches.set(runId, "doubtful");
        return result;
      } catch (thrown) {
        const isUnsent = isUnsentBy(toFailure(thrown)) && launches.get(runId) !== "doubtful";
        launches.set(runId, isUnsent ? "unsent" : "doubtful");
        throw thrown;
      }
    },
    lookedFor: (runId) => {
      if (!launches.has(runId)) launches.set(runId, "doubtful");
    },
    has: (runId) => launches.get(runId) === "unsent",
    forget: (runId) => void launches.delete(runId),
  };
}

/** A write whose answer was lost has another tag. */
function isUnsentBy({ tag }: Failure): boolean {
  return tag === "unreachable" || tag === "timedOut" || tag === "unavailable" || tag === "throttled" ||
    tag === "credentials";
}
