/**
 * Lines of the worker's own log about runs.
 *
 * @module
 */

import type { AgentLines } from "../contracts/orchestrator.ts";

/** In the words of Prefect's workers where users search for them. */
export const WORKER_LINES: AgentLines = {
  deploying: (runId) => `Worker submits flow run ${runId}`,
  deployed: (runId) => `Completed submission of flow run ${runId}`,
  failing: (runId, why) => [`Failed to submit flow run ${runId} to infrastructure: ${why}`],
  failed: (runId) => `Flow run ${runId} is not worked on any more`,
  pollFailed: (why) => `Failed to query for scheduled flow runs: ${why}`,
};
