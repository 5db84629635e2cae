/**
 * Gives the flow of a cancelled run time to end by itself.
 *
 * @module
 */

import type { Orchestrator, RunState } from "../../schemas/contracts/orchestrator.ts";
import type { StoppableTask, TaskPlace, TaskSight } from "../../schemas/contracts/platform.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { remainingMs, type Wait } from "../time/remaining.ts";
import { wait } from "../time/wait.ts";
import type { LookAtTask } from "./confirm_stopped.ts";
import { readRun } from "./run_verdict.ts";

/** What waiting needs. */
export interface AwaitPort {
  readonly orchestrator: Pick<Orchestrator, "read">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Reads one task; the reads of all tasks that are being stopped share requests. */
  readonly look: LookAtTask;
  /** Time that a cancelled run has to end by itself, in milliseconds. */
  readonly graceMs: number;
  /** Time between two looks, in milliseconds. */
  readonly pollMs: number;
  /** A task that has not begun is not waited for. */
  readonly stopsPendingAtOnce: boolean;
  /** How long a task may be missing before it is taken for gone, in milliseconds; null: it is waited for as long as any other. */
  readonly goneAfterMs: number | null;
  /** Since when tasks of cancelled runs have been missing, by id. */
  readonly missing: Map<string, number>;
}

/** A task whose launch was under way when the run was cancelled may appear this much later, in milliseconds. */
const SETTLE_MS = 10_000;

/** Whether the cancellation was withdrawn: the run is in the queue again, or was set to Running once more. */
export function isWithdrawn({ finished, cancelling }: RunState): boolean {
  return !finished && !cancelling;
}

/** What became of the wait. */
export interface OwnEnd {
  /** The run as it was read last. */
  readonly state: RunState;
  /** Ids of its live tasks as they were listed a moment ago; null: they were not. */
  readonly live: readonly string[] | null;
}

/**
 * Waits until the tasks of the run have gone by themselves, no longer than the grace.
 *
 * @param listLive ids of its live tasks; asked for once there is no known task to wait for any more
 * @throws {FailureError} those of the API and of listing and looking
 */
export async function awaitOwnEnd(
  task: StoppableTask,
  listLive: () => Promise<readonly string[]>,
  port: AwaitPort,
): Promise<OwnEnd> {
  const { clock, graceMs } = port;
  const beganMs = clock.now();
  const grace = { untilMs: beganMs + graceMs, longestMs: graceMs };
  const longestMs = task.taskId === null ? Math.min(SETTLE_MS, graceMs) : graceMs;
  const known = task.taskId === null ? [] : [{ id: task.taskId, isNew: false }];
  const state = await awaitEndOf(known, { untilMs: beganMs + longestMs, longestMs }, task, port);
  if (isWithdrawn(state) || remainingMs(grace, clock) === 0) return { state, live: null };
  // A task from before a restart may not have been found yet, and another process may have replaced the known one: a flow that
  // runs has the rest of the grace.
  const live = await listLive();
  const others = live.filter((id) => id !== task.taskId).map((id) => ({ id, isNew: true }));
  if (others.length === 0) return { state, live };
  return { state: await awaitEndOf(others, grace, task, port), live: null };
}

/** A task that may end by itself. */
interface Awaited {
  readonly id: string;
  /** It came to light after the cancellation: where it does not run yet, its flow has not begun. */
  readonly isNew: boolean;
}

/** Waits until all of them have gone, or the time is over. @returns the run as it was read last */
async function awaitEndOf(
  tasks: readonly Awaited[],
  time: Wait,
  { runId, place }: StoppableTask,
  port: AwaitPort,
): Promise<RunState> {
  const { clock, pollMs, orchestrator, signal } = port;
  for (let isFirst = true;; isFirst = false) {
    const state = await readRun(runId, orchestrator, signal);
    if (isWithdrawn(state) || remainingMs(time, clock) === 0) return state;
    // The platform may show a task as it was a moment ago: that of a flow which has begun runs by the second look.
    const isDoubtful = isFirst && state.hasBegun === true;
    const gone = await Promise.all(tasks.map((one) => hasGone({ ...one, isDoubtful }, place, port)));
    if (gone.length > 0 && gone.every((isGone) => isGone)) return state;
    await wait(Math.min(pollMs, Math.max(1, remainingMs(time, clock))), clock, signal);
  }
}

async function hasGone(
  { id, isNew, isDoubtful }: Awaited & { readonly isDoubtful: boolean },
  place: TaskPlace,
  port: AwaitPort,
): Promise<boolean> {
  const seen = await port.look({ id, place }, port.signal);
  if (isLongMissing(id, seen?.phase, port)) return true;
  if (seen?.phase !== "pending") return seen?.phase === "stopped";
  // Nothing of the flow can end by itself before its container runs.
  return !isDoubtful && (isNew || port.stopsPendingAtOnce);
}

/** A task that was stopped long ago is not shown any more, and nobody waits for its flow. */
function isLongMissing(
  taskId: string,
  phase: TaskSight["phase"] | undefined,
  { missing, goneAfterMs, clock }: AwaitPort,
): boolean {
  if (goneAfterMs === null || phase === undefined) return false;
  if (phase !== "missing") missing.delete(taskId);
  else if (!missing.has(taskId)) missing.set(taskId, clock.now());
  return clock.now() - (missing.get(taskId) ?? Infinity) >= goneAfterMs;
}
