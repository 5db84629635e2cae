/**
 * What becomes of a task that the platform's queue tells of and that nobody here follows: it may be of an earlier process, of
 * another worker, or of an agent before this one.
 *
 * @module
 */

import type { Log } from "../../schemas/contracts/log.ts";
import type { Orchestrator, RunState } from "../../schemas/contracts/orchestrator.ts";
import type { ChangeDone, StoppedTask, TaskChange, TaskOwner } from "../../schemas/contracts/platform.ts";
import { toFailure } from "../../schemas/failure/failure.ts";
import { wait } from "../time/wait.ts";
import { claimIn } from "./run_verdict.ts";
import { settleUntold, type UntoldDeps } from "./untold_tasks.ts";

/** What is needed. */
export interface StrayDeps extends UntoldDeps {
  readonly orchestrator: UntoldDeps["orchestrator"] & Pick<Orchestrator, "readByKey" | "taskSeen">;
  readonly log: Log;
}

/** Handles a change of such a task, and says so to the queue. Never rejects. */
export async function handleStray(change: TaskChange, deps: StrayDeps, signal: AbortSignal): Promise<void> {
  try {
    const owner = await change.ownerOf(signal);
    change.done(owner === null ? "handled" : await settleStray(owner, change, deps, signal));
  } catch (thrown) {
    const { message } = toFailure(thrown);
    deps.log("DEBUG", `Task ${change.task.id} is told again later: ${message}`);
    change.done("later");
  }
}

async function settleStray(
  owner: TaskOwner,
  change: TaskChange,
  deps: StrayDeps,
  signal: AbortSignal,
): Promise<ChangeDone> {
  const { runId } = owner;
  const { task, seen } = change;
  const state = await deps.orchestrator.readByKey(runId, signal);
  if (state === null) return "alone";
  // An API that is not told of tasks cannot say which one is the run's: the task itself says whose it is.
  if (state.taskId === undefined) return await settleUntold({ owner, change, state }, deps, signal);
  // A task of an earlier launch says nothing about the present one.
  if (state.taskId !== task.id) return "handled";
  deps.orchestrator.taskSeen(runId, { id: task.id, status: seen.status, phase: seen.phase, pushed: true });
  if (seen.phase === "stopped") await settleTold(state, { owner, change, seen }, deps, signal);
  return "handled";
}

/** A change of a task that has stopped. */
interface Ended {
  readonly owner: TaskOwner;
  readonly change: TaskChange;
  readonly seen: StoppedTask;
}

async function settleTold(
  before: RunState,
  ended: Ended,
  deps: StrayDeps,
  signal: AbortSignal,
): Promise<void> {
  const { owner: { runId, place }, change: { task }, seen } = ended;
  const { platform, orchestrator } = deps;
  const state = await afterOwnReport(before, ended, deps, signal);
  if (state === null) return;
  if (state.cancelling) {
    const message = `Cancelled; its task ${task.id} has stopped`;
    const run = { id: runId, version: state.version, claim: claimIn(state) };
    return await orchestrator.cancel(run, message, signal);
  }
  if (!needsTask(state)) return;
  const log = await platform.log({ id: task.id, place }, signal);
  const wasRunning = state.running || state.needsTask === true;
  const failure = platform.explain({ runId, taskId: task.id, seen, wasRunning, log });
  const claim = claimIn(state);
  await orchestrator.fail({ id: runId, version: state.version, claim, held: false }, failure, signal);
}

/** A task that ended well says nothing of its flow: the run has time to report its own end. */
async function afterOwnReport(
  before: RunState,
  { owner: { runId }, change: { task }, seen }: Ended,
  { orchestrator, clock, reportGraceMs }: StrayDeps,
  signal: AbortSignal,
): Promise<RunState | null> {
  if (seen.failed || before.cancelling || !needsTask(before)) return before;
  await wait(reportGraceMs, clock, signal);
  const state = await orchestrator.readByKey(runId, signal);
  return state?.taskId === task.id ? state : null;
}

/** Whether the run is lost with its task. */
function needsTask({ finished, scheduled, paused }: RunState): boolean {
  return !finished && !scheduled && paused !== true;
}
