/**
 * What becomes of a task that the platform's queue tells of and that nobody here follows: it may be of an earlier process, or
 * of another worker.
 *
 * @module
 */

import type { Log } from "../../schemas/contracts/log.ts";
import type { Orchestrator, RunState } from "../../schemas/contracts/orchestrator.ts";
import type { Platform, StoppedTask, TaskChange, TaskOwner } from "../../schemas/contracts/platform.ts";
import { toFailure } from "../../schemas/failure/failure.ts";

/** What is needed. */
export interface StrayDeps {
  readonly platform: Pick<Platform<unknown>, "log" | "explain">;
  readonly orchestrator: Pick<Orchestrator, "read" | "fail" | "cancel" | "taskSeen">;
  readonly log: Log;
}

/** Handles a change of such a task, and says so to the queue. Never rejects. */
export async function handleStray(change: TaskChange, deps: StrayDeps, signal: AbortSignal): Promise<void> {
  try {
    const owner = await change.ownerOf(signal);
    if (owner !== null) await settleStray(owner, change, deps, signal);
    change.done("handled");
  } catch (thrown) {
    const { message } = toFailure(thrown);
    deps.log("DEBUG", `Task ${change.task.id} is told again later: ${message}`);
    change.done("later");
  }
}

async function settleStray(
  { runId, place }: TaskOwner,
  { task, seen }: TaskChange,
  { platform, orchestrator }: StrayDeps,
  signal: AbortSignal,
): Promise<void> {
  const [state] = await orchestrator.read([runId], signal);
  // A task of an earlier launch says nothing about the present one.
  if (state === undefined || state.taskId !== task.id) return;
  orchestrator.taskSeen(runId, { id: task.id, status: seen.status, phase: seen.phase, pushed: true });
  if (seen.phase !== "stopped") return;
  if (state.cancelling) {
    const message = `Cancelled; its task ${task.id} has stopped`;
    return await orchestrator.cancel({ id: runId, version: state.version }, message, signal);
  }
  if (!needsTask(state, seen)) return;
  const log = await platform.log({ id: task.id, place }, signal);
  const lost = { runId, taskId: task.id, seen, wasRunning: state.running, log };
  const failure = platform.explain(lost);
  const key = state.marker === null ? null : { key: state.marker.claim, isLate: false };
  await orchestrator.fail({ id: runId, version: state.version, claim: key, held: false }, failure, signal);
}

/** Whether the run is lost with its task. One that may still report its own end has time: its follower sees to it. */
function needsTask({ finished, scheduled, paused, needsTask }: RunState, { failed }: StoppedTask): boolean {
  if (finished || scheduled || paused === true) return false;
  return failed || needsTask === true;
}
