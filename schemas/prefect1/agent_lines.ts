/**
 * Lines that the Python agents of Prefect 1 write into their own log while they launch runs.
 *
 * @module
 */

import type { AgentLines } from "../contracts/orchestrator.ts";

/** Word for word; a line about a failure says why in addition. @see Prefect 0.15.13 agent/agent.py */
export const PREFECT1_LINES: AgentLines = {
  deploying: (runId) => `Deploying flow run ${runId} to execution environment...`,
  deployed: (runId) => `Completed deployment of flow run ${runId}`,
  failing: (runId, why) => [
    `Exception encountered while deploying flow run ${runId}: ${why}`,
    `Updating flow run ${runId} state to Failed...`,
  ],
  failed: (runId) => `Deployment of ${runId} aborted!`,
  pollFailed: (why) => `Failed to query for ready flow runs: ${why}`,
};
