/**
 * What became of a claim that was found again: its live task, if any, and whether there is anything left to do for it.
 *
 * @module
 */

import { toFailure } from "../../schemas/failure/failure.ts";
import type { EcsCalls } from "../ecs/calls.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Orchestrator } from "../../schemas/contracts/orchestrator.ts";
import { isOver, readRun } from "./run_verdict.ts";
import type { FoundTask, TaskTarget } from "../../schemas/contracts/task.ts";

/** What finding needs. */
export interface FindTaskDeps {
  readonly ecs: Pick<EcsCalls, "listTasks">;
  readonly orchestrator: Pick<Orchestrator, "read">;
  readonly log: Log;
}

/** Finds the task of a run. */
export type FindTask = (target: TaskTarget, signal: AbortSignal) => Promise<FoundTask>;

/**
 * Makes the finder. The run is read after the tasks were listed, so that one that is over is not launched again.
 *
 * @throws {FailureError} from each call, what may pass; a refusal to list is as if nothing were found
 */
export function makeFindTask(deps: FindTaskDeps): FindTask {
  return async (target, signal) => {
    const taskId = await liveTask(target, deps, signal);
    const state = await readRun(target.runId, deps.orchestrator, signal);
    const over = isOver(state, target.claim);
    // The flow of a late claim is Running all the time.
    const hasBegun = state?.cancelling === true || (state?.running === true && !target.claim.isLate);
    return { taskId, over, started: hasBegun };
  };
}

async function liveTask(
  { runId, cluster, startedBy }: TaskTarget,
  { ecs, log }: FindTaskDeps,
  signal: AbortSignal,
): Promise<string | null> {
  if (startedBy === null) return null;
  try {
    const [arn] = await ecs.listTasks(cluster, startedBy, signal);
    return arn ?? null;
  } catch (thrown) {
    const failure = toFailure(thrown);
    if (failure.tag !== "refused") throw thrown;
    log("DEBUG", `Cannot look for the task of flow run ${runId}: ${failure.message}`);
    return null;
  }
}
