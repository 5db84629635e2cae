/**
 * Looking for the task of a run that this process did not launch, or does not know to have launched.
 *
 * @module
 */

import type { FoundTask } from "../schemas/contracts/task.ts";
import { toFailure } from "../schemas/failure/failure.ts";
import { reportTask } from "./report_task.ts";
import { keepPlan, type RunPort, tasksOf } from "./run_port.ts";

/** Looks for the task of a run whose claim was found again, and reports it, unless the flow has begun by then. */
export async function findTaskAgain<Run, Plan>(
  { runId }: { runId: string },
  port: RunPort<Run, Plan>,
  signal: AbortSignal,
): Promise<FoundTask> {
  port.holds.found(runId);
  const found = await findRunTask(runId, port, signal);
  if (found.taskId !== null && !found.over && !found.started) {
    await reportTask({ runId, id: found.taskId, adopted: true }, port, signal);
  }
  return found;
}

/** Looks for the task of a run. A run without a plan is planned first: the plan says where its tasks are. */
export async function findRunTask<Run, Plan>(
  runId: string,
  port: RunPort<Run, Plan>,
  signal: AbortSignal,
): Promise<FoundTask> {
  const { effects, vault, makePlan } = port;
  const held = vault.get(runId);
  if (held.place === null) {
    try {
      keepPlan(runId, await makePlan(held, signal), port);
    } catch (thrown) {
      signal.throwIfAborted();
      const why = toFailure(thrown).message;
      effects.log("DEBUG", `Looking for flow run ${runId} without its plan: ${why}`, { runId });
    }
  }
  const found = await effects.findTask(tasksOf(runId, null, port), signal);
  const { plan } = vault.get(runId);
  if (plan !== null && (found.taskId !== null || found.over || found.started)) {
    effects.platform.decided({ runId, plan });
  }
  return found;
}
