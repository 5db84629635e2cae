/**
 * Reads what is needed to decide about a run whose task is gone.
 *
 * @module
 */

import type { Orchestrator, RunState } from "../../schemas/contracts/orchestrator.ts";
import type { Platform, StoppedTask, TaskStopped } from "../../schemas/contracts/platform.ts";
import type { Live, WatchedRun } from "./watched_run.ts";

/** What settling asks. */
export interface SettlePort {
  readonly platform: Pick<Platform<unknown>, "list" | "log" | "explain">;
  readonly orchestrator: Pick<Orchestrator, "isWaiting" | "hasLaterClaim">;
}

/** A run whose task is gone, with the state that was read after that. */
export interface Unsettled {
  readonly run: WatchedRun;
  /** Null: the platform does not show the task any more. */
  readonly seen: StoppedTask | null;
  readonly state: RunState;
}

/** Live tasks of a run. Never throws but for the signal. */
export async function findLive(
  { target, taskId }: WatchedRun,
  { platform }: Pick<SettlePort, "platform">,
  signal: AbortSignal,
): Promise<Live> {
  const { runId, place } = target;
  if (!place.canList) return "none";
  try {
    const found = await platform.list({ runId, taskId, place }, signal);
    if (found.outcome === "denied") return taskId === null ? "unknown" : "denied";
    const id = found.ids.find((listed) => listed === taskId) ?? found.ids[0];
    return id === undefined ? "none" : { id };
  } catch {
    signal.throwIfAborted();
    return "unknown";
  }
}

/** Whether a task may end without its run: the flow waits for a later moment, or goes on elsewhere. */
export async function isMeantToHaveNone(
  { run: { target }, seen, state }: Unsettled,
  { orchestrator }: SettlePort,
  signal: AbortSignal,
): Promise<boolean> {
  if (state.needsTask === true) return false;
  if (state.queued || state.paused === true) return true;
  const endedWell = seen !== null && !seen.failed;
  if (endedWell && target.delegatesToOtherJob) return true;
  if (!state.running) return false;
  const claimed = { id: state.id, claim: target.claim };
  if (await orchestrator.hasLaterClaim(claimed, signal)) return true;
  if (seen !== null && !endedWell) return false;
  return await orchestrator.isWaiting(state.id, signal);
}

/** What happened to the task, with the end of its log. */
export async function explainEnd(
  { run: { target, taskId }, seen, state }: Unsettled,
  { platform }: SettlePort,
  signal: AbortSignal,
): Promise<TaskStopped> {
  const log = taskId === null ? null : await platform.log({ id: taskId, place: target.place }, signal);
  // A run that waits for a retry within its task has begun.
  const wasRunning = state.running || state.needsTask === true;
  return platform.explain({ runId: state.id, taskId, seen, wasRunning, log });
}
