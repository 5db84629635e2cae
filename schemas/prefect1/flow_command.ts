/**
 * What the container of a flow run executes.
 *
 * @module
 */

import { isOlder } from "../python/pep440.ts";

/** The first version that calls the command by its new name. */
const RENAMED_IN = "0.13.0";

/**
 * The command that runs a flow, by the version of Prefect that registered it.
 *
 * No version counts as 0.0.0; a text that is no version gets the current command (Q-CORE-VERSION).
 *
 * @see Prefect 1.4.1 `prefect.utilities.agent.get_flow_run_command`; recorded: group `image`
 */
export function flowCommand(coreVersion: string | null): string {
  return isOlder(coreVersion, RENAMED_IN) ? "prefect execute cloud-flow" : "prefect execute flow-run";
}
