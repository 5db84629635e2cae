/**
 * Looking for the task of a run that this process did not launch, or does not know to have launched.
 *
 * @module
 */

import type { RunPlan } from "../schemas/plan/run_plan.ts";
import type { FoundTask } from "../schemas/contracts/task.ts";
import { toFailure } from "../schemas/failure/failure.ts";
import { CLAIM_TIMES } from "../schemas/flow_run/claim_times.ts";
import { reportTask } from "./report_task.ts";
import type { MakePlan } from "./planning/make_plan.ts";
import { isTakenUp, keepPlan, type RunPort, tasksOf } from "./run_port.ts";

/** Looks for the task of a run whose claim was found again, and reports it, unless the flow has begun by then. */
export async function findTaskAgain<Run, Plan extends RunPlan>(
  { runId }: { runId: string },
  port: RunPort<Run, Plan>,
  signal: AbortSignal,
): Promise<FoundTask> {
  port.holds.found(runId);
  const found = withToldTask(runId, await findRunTask(runId, port, signal), port);
  if (found.taskId !== null && !found.over && !found.started) {
    await reportTask({ runId, id: found.taskId, adopted: true }, port, signal);
  }
  return found;
}

/**
 * Looks for a live task of a run. A run without a plan is planned: the plan says where its tasks are. A claim that may be set once
 * more is looked after first without a plan, because noting the planning in the claim of a task that comes up would disturb it.
 */
export async function findRunTask<Run, Plan extends RunPlan>(
  runId: string,
  port: RunPort<Run, Plan>,
  signal: AbortSignal,
): Promise<FoundTask> {
  const { effects: { platform }, vault } = port;
  const found = await findInTurn(runId, port, signal);
  const { plan } = vault.get(runId);
  if (plan !== null && isKnown(found)) platform.decided({ runId, plan });
  return found;
}

/**
 * A task that the API was told of and that does not live any more is followed all the same: it says why it ended. Once it has
 * said so, only a live task keeps the run from being failed.
 */
function withToldTask<Run, Plan>(runId: string, found: FoundTask, { vault }: RunPort<Run, Plan>): FoundTask {
  const { taskId } = vault.get(runId);
  return found.taskId !== null || found.over || taskId === null ? found : { ...found, taskId };
}

async function findInTurn<Run, Plan extends RunPlan>(
  runId: string,
  port: RunPort<Run, Plan>,
  signal: AbortSignal,
): Promise<FoundTask> {
  const { effects: { findTask, clock, platform }, vault, makePlan, planUnnoted } = port;
  const find = () => findTask(tasksOf(runId, null, port), signal);
  const held = vault.get(runId);
  if (held.place !== null) return await find();
  if (!isTakenUp(held) || !held.doubt.canNote) {
    await tryPlan(runId, makePlan, { port, signal });
    return await find();
  }
  const zone = platform.zone(tasksOf(runId, null, port));
  const foundMs = clock.now();
  const found = await find();
  await tryPlan(runId, isKnown(found) ? planUnnoted : makePlan, { port, signal });
  const isRecent = Math.abs(clock.now() - foundMs) <= CLAIM_TIMES.knownHoldMs;
  const isThere = isRecent && platform.zone(tasksOf(runId, null, port)) === zone;
  return isKnown(found) || isThere ? found : await find();
}

function isKnown({ taskId, over, started }: FoundTask): boolean {
  return taskId !== null || over || started;
}

interface Looking<Run, Plan> {
  readonly port: RunPort<Run, Plan>;
  readonly signal: AbortSignal;
}

/** Without its plan a run is looked for where most tasks are. @throws {FailureError} `claimLost`, or the reason of `signal` */
async function tryPlan<Run, Plan extends RunPlan>(
  runId: string,
  plan: MakePlan<Run, Plan>,
  { port, signal }: Looking<Run, Plan>,
): Promise<void> {
  try {
    keepPlan(runId, await plan(port.vault.get(runId), signal), port);
  } catch (thrown) {
    signal.throwIfAborted();
    const failure = toFailure(thrown);
    if (failure.tag === "claimLost") throw thrown;
    port.effects.log("DEBUG", `Looking for flow run ${runId} without its plan: ${failure.message}`, {
      runId,
    });
  }
}
