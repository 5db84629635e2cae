/**
 * What becomes of a task that the platform's queue tells of and that nobody here follows: it may be of an earlier process, or
 * of another worker.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Orchestrator, RunState } from "../../schemas/contracts/orchestrator.ts";
import type {
  Platform,
  StoppedTask,
  TaskChange,
  TaskOwner,
  TaskRef,
} from "../../schemas/contracts/platform.ts";
import { toFailure } from "../../schemas/failure/failure.ts";
import { wait } from "../time/wait.ts";

/** What is needed. */
export interface StrayDeps {
  readonly platform: Pick<Platform<unknown>, "log" | "explain">;
  readonly orchestrator: Pick<Orchestrator, "read" | "fail" | "cancel" | "taskSeen">;
  readonly clock: Clock;
  readonly log: Log;
  /** Time that a run has for its own report once its task has ended well, in milliseconds. */
  readonly reportGraceMs: number;
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
  deps: StrayDeps,
  signal: AbortSignal,
): Promise<void> {
  const { platform, orchestrator } = deps;
  const before = await readOf(task.id, runId, deps, signal);
  if (before === null) return;
  orchestrator.taskSeen(runId, { id: task.id, status: seen.status, phase: seen.phase, pushed: true });
  if (seen.phase !== "stopped") return;
  const state = await afterOwnReport(before, { runId, task, seen }, deps, signal);
  if (state === null) return;
  if (state.cancelling) {
    const message = `Cancelled; its task ${task.id} has stopped`;
    return await orchestrator.cancel({ id: runId, version: state.version }, message, signal);
  }
  if (!needsTask(state)) return;
  const log = await platform.log({ id: task.id, place }, signal);
  const wasRunning = state.running || state.needsTask === true;
  const failure = platform.explain({ runId, taskId: task.id, seen, wasRunning, log });
  const key = state.marker === null ? null : { key: state.marker.claim, isLate: false };
  await orchestrator.fail({ id: runId, version: state.version, claim: key, held: false }, failure, signal);
}

/** The run's state; null: the task is not of its present launch, and says nothing about it. */
async function readOf(
  taskId: string,
  runId: string,
  { orchestrator }: StrayDeps,
  signal: AbortSignal,
): Promise<RunState | null> {
  const [state] = await orchestrator.read([runId], signal);
  return state === undefined || state.taskId !== taskId ? null : state;
}

/** A task that ended well says nothing of its flow: the run has time to report its own end. */
async function afterOwnReport(
  before: RunState,
  { runId, task, seen }: { readonly runId: string; readonly task: TaskRef; readonly seen: StoppedTask },
  deps: StrayDeps,
  signal: AbortSignal,
): Promise<RunState | null> {
  if (seen.failed || before.cancelling || !needsTask(before)) return before;
  await wait(deps.reportGraceMs, deps.clock, signal);
  return await readOf(task.id, runId, deps, signal);
}

/** Whether the run is lost with its task. */
function needsTask({ finished, scheduled, paused }: RunState): boolean {
  return !finished && !scheduled && paused !== true;
}
