/**
 * What a read means that does not show a flow run.
 *
 * @module
 */

import type { Failure } from "../failure/failure.ts";

/**
 * The failure of a read that does not show a run: it may pass. Whether the run is gone is decided by the watcher, which sees
 * several reads and the other runs in them.
 */
export function notShown(runId: string): Failure {
  return {
    tag: "unavailable",
    status: 200,
    message: `The API does not show flow run ${runId} at the moment`,
  };
}
