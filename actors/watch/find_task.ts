/**
 * Finds out what became of a recovered claim: its live task, if any, and whether the agent has to act on it.
 *
 * @module
 */

import { type Failure, toFailure } from "../../schemas/failure/failure.ts";
import { endedAs } from "../../schemas/flow_run/run_end.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Orchestrator } from "../../schemas/contracts/orchestrator.ts";
import { hasWaited, isOver, readRun } from "./run_verdict.ts";
import type { ClaimedTasks, Platform } from "../../schemas/contracts/platform.ts";
import type { FoundTask } from "../../schemas/contracts/task.ts";

/** What finding needs. */
export interface FindTaskDeps {
  readonly platform: Pick<Platform<unknown>, "list">;
  readonly orchestrator: Pick<Orchestrator, "read">;
  readonly log: Log;
}

/** Finds the task of a run. */
export type FindTask = (run: ClaimedTasks, signal: AbortSignal) => Promise<FoundTask>;

/**
 * Makes the finder. The run is read after its tasks were listed, so that a run that is over is not launched again.
 *
 * @throws {FailureError} from each call, transient failures included; a denied listing counts as no task
 */
export function makeFindTask(deps: FindTaskDeps): FindTask {
  return async (run, signal) => {
    const taskId = await liveTask(run, deps, signal);
    const state = await readRun(run.runId, deps.orchestrator, signal);
    // The task of a run that was cancelled must not go on: it is followed until it is stopped.
    const over = isOver(state, run.claim) && !(state.cancelled && taskId !== null);
    // The flow of a late claim is Running all the time; one that waits for a person or within its task has begun.
    const isBegun = hasWaited(state) || (state.running && !run.claim.isLate);
    const hasBegun = state.cancelling || state.cancelled || isBegun;
    return { taskId, over, started: hasBegun, ...endedAs(state.end) };
  };
}

async function liveTask(
  run: ClaimedTasks,
  { platform, log }: FindTaskDeps,
  signal: AbortSignal,
): Promise<string | null> {
  if (!run.place.canList) return null;
  const refused = ({ message }: Failure): null => {
    log("DEBUG", `Cannot look for the task of flow run ${run.runId}: ${message}`, { runId: run.runId });
    return null;
  };
  try {
    const found = await platform.list(run, signal);
    return found.outcome === "listed" ? found.ids[0] ?? null : refused(found.failure);
  } catch (thrown) {
    const failure = toFailure(thrown);
    if (failure.tag !== "refused") throw thrown;
    return refused(failure);
  }
}
