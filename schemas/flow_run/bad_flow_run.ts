/**
 * The failure of a flow run that cannot be planned.
 *
 * @module
 */

import { FailureError } from "../failure/failure.ts";
import type { RunHeader } from "./flow_run.ts";

/**
 * Makes the failure of a flow run whose own data cannot be used.
 *
 * @param field which part of the run, such as `run_config.cpu`; it begins the message
 * @param problem what is wrong with it and what it must be
 * @param message a text that users know, instead of field and problem
 */
export function badFlowRun(
  run: Pick<RunHeader, "id">,
  field: string,
  problem: string,
  message?: string,
): FailureError {
  return new FailureError({
    tag: "badFlowRun",
    field,
    message: message ?? `Cannot run flow run ${run.id}: ${field} ${problem}`,
  });
}
