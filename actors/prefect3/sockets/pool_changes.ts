/**
 * What is worth a line when the work pool has changed.
 *
 * @module
 */

import type { Log } from "../../../schemas/contracts/log.ts";
import type { WorkPool } from "../../../schemas/prefect3/flow_run.ts";

/** Tells what is different. @param before null: the pool is seen for the first time */
export function tellPoolChanges(before: WorkPool | null, pool: WorkPool, log: Log): void {
  const wasPaused = before?.isPaused ?? false;
  if (pool.isPaused && !wasPaused) {
    log("WARNING", `Work pool '${pool.name}' is paused: no flow run is started`);
  } else if (wasPaused && !pool.isPaused) log("INFO", `Work pool '${pool.name}' is not paused any more`);
  const { templateProblem: problem } = pool;
  const former = before?.templateProblem;
  if (problem === former) return;
  if (problem === undefined) {
    log("INFO", `The base job template of work pool '${pool.name}' can be taken again`);
  } else {
    log(
      "ERROR",
      `The member base_job_template of work pool '${pool.name}' ${problem}: ` +
        "its flow runs are set to Crashed until a base job template that can be taken is saved",
    );
  }
}
