/**
 * Stops the task of a run and stays until it is gone. A run that is cancelled gets time to end by itself first, and is
 * Cancelled in Prefect only once no task of it is left.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Orchestrator, RunState } from "../../schemas/contracts/orchestrator.ts";
import type { Platform, StoppableTask, StoppedTask, TaskRef } from "../../schemas/contracts/platform.ts";
import type { StopResult } from "../../schemas/contracts/task.ts";
import { type Failure, FailureError, toFailure } from "../../schemas/failure/failure.ts";
import { endedAs } from "../../schemas/flow_run/run_end.ts";
import { within } from "../time/patience.ts";
import { awaitOwnEnd, type AwaitPort, isWithdrawn } from "./await_own_end.ts";
import { confirmStopped, makeLookAtTask } from "./confirm_stopped.ts";
import { hasWaited, isOver, readRun } from "./run_verdict.ts";

/** How stopping goes about it. */
export interface StopOptions {
  /** Time that a cancelled run has to end by itself, in milliseconds. @default 30000 */
  readonly graceMs?: number;
  /** The task of a cancelled run is stopped at once while it has not begun. @default false */
  readonly stopsPendingAtOnce?: boolean;
  /** Time between two reads of the task, in milliseconds. @default 2000 */
  readonly pollMs?: number;
  /** How long a task may be missing before it is taken for gone, in milliseconds. @default 60000 */
  readonly missingGraceMs?: number;
  /** The same for the task of a cancelled run, which then is not waited for any longer, in milliseconds. @default {@link missingGraceMs} */
  readonly goneAfterMs?: number;
  /** A task that still exists this long after the stop request is reported as stuck, in milliseconds. @default 300000 */
  readonly giveUpMs?: number;
}

/** What stopping needs. */
export interface StopTaskDeps {
  readonly platform: Pick<
    Platform<unknown>,
    "look" | "list" | "stop" | "explain" | "explainSlowStart" | "words" | "pace" | "heldBackMs"
  >;
  readonly orchestrator: Pick<Orchestrator, "read" | "cancel" | "log" | "hasLaterClaim">;
  readonly clock: Clock;
  readonly log: Log;
  readonly options?: StopOptions;
}

/** Stops a task. */
export type TaskStopper = (task: StoppableTask, signal: AbortSignal) => Promise<StopResult>;

interface Port extends StopTaskDeps, Omit<AwaitPort, "orchestrator"> {
  readonly missingGraceMs: number;
  readonly giveUpMs: number;
  /** Tasks of each run that were asked to stop: they are not listed any more, and their end is still to be confirmed. */
  readonly asked: Map<string, Set<string>>;
}

/**
 * Makes the stopper.
 *
 * @throws {FailureError} from each call: what the platform or the Prefect API refused, `deadline` for a task that does not go
 */
export function makeStopTask(deps: StopTaskDeps): TaskStopper {
  const { options = {}, platform: { pace } } = deps;
  const { graceMs = 30_000, giveUpMs = 300_000, stopsPendingAtOnce = false } = options;
  const pollMs = options.pollMs ?? Math.min(2000, pace?.periodMs ?? 2000);
  const missingGraceMs = options.missingGraceMs ?? pace?.missingGraceMs ?? 60_000;
  const look = makeLookAtTask(deps);
  const asked = new Map<string, Set<string>>();
  const missing = new Map<string, number>();
  return async (task, signal) => {
    const port: Port = {
      ...deps,
      graceMs,
      stopsPendingAtOnce,
      pollMs,
      missingGraceMs,
      goneAfterMs: options.goneAfterMs ?? null,
      missing,
      giveUpMs,
      signal,
      look,
      asked,
    };
    try {
      return task.reason === "cancel" ? await cancel(task, port) : await stopSlow(task, port);
    } catch (thrown) {
      await sayRefusal(task, thrown, port);
      throw thrown;
    }
  };
}

async function sayRefusal({ runId }: StoppableTask, thrown: unknown, port: Port): Promise<void> {
  const failure = toFailure(thrown);
  const isFinal = failure.tag === "refused" || failure.tag === "deadline";
  if (!isFinal || port.signal.aborted) return;
  const line = `Cannot stop the task of flow run ${runId}: ${failure.message}`;
  port.log("ERROR", line, { runId });
  await port.orchestrator.log(runId, "ERROR", line, port.signal);
}

/** Whether the run has still not begun: only then may its task be stopped. */
async function stopSlow(task: StoppableTask, port: Port): Promise<StopResult> {
  const before = await readRun(task.runId, port.orchestrator, port.signal);
  if (isOver(before, task.claim)) return ended(before);
  if (before.cancelling) return await cancelInstead(task, port);
  // Whether one that waits still has a task is for the watch to find out.
  if (before.running || before.queued || hasWaited(before)) return { outcome: "running" };
  const startMs = leftToStart(task, port);
  if (startMs > 0) return { outcome: "running", startMs };
  const stopped = await stopAll(task, port);
  const after = await readRun(task.runId, port.orchestrator, port.signal);
  if (isOver(after, task.claim)) return ended(after);
  if (after.cancelling) return await cancelInstead(task, port);
  if (hasWaited(after)) return { outcome: "running" };
  const wasRunning = after.running;
  const seen = stopped.get(task.taskId ?? "") ?? null;
  const failure = explainEnd(task, { seen, wasRunning }, port);
  return { outcome: "stopped", version: after.version, wasRunning, failure };
}

/** A run that was cancelled while its task came up gets no other one. */
async function cancelInstead(task: StoppableTask, port: Port): Promise<StopResult> {
  const result = await cancel({ ...task, reason: "cancel" }, port);
  return "end" in result ? { outcome: "ended", end: result.end } : { outcome: "ended" };
}

/** A task whose start someone holds back on purpose has its whole time from the moment on at which it is let go. */
function leftToStart({ taskId, place, startMs }: StoppableTask, { platform, clock }: Port): number {
  const heldMs = taskId === null ? null : platform.heldBackMs({ id: taskId, place });
  return heldMs === null ? 0 : Math.max(0, heldMs + startMs - clock.now());
}

function ended({ end }: RunState): StopResult {
  return { outcome: "ended", ...endedAs(end) };
}

/** All processes that follow a task must agree: a task that ended by itself was not stopped for a slow start. */
function explainEnd(
  { runId, taskId, startMs }: StoppableTask,
  { seen, wasRunning }: { readonly seen: StoppedTask | null; readonly wasRunning: boolean },
  { platform }: Port,
): Failure {
  return seen?.endedByItself === true
    ? platform.explain({ runId, taskId, seen, wasRunning, log: null })
    : platform.explainSlowStart({ runId, taskId, wasRunning, startMs });
}

async function cancel(task: StoppableTask, port: Port): Promise<StopResult> {
  const { runId } = task;
  const { state: before, live } = await awaitOwnEnd(task, () => listLive(task, port), port);
  if (isWithdrawn(before)) return { outcome: "ended" };
  // Another process has claimed a late retry of this run since: that process stops its task and then ends the run.
  if (await port.orchestrator.hasLaterClaim({ id: runId, claim: task.claim }, port.signal)) {
    return { outcome: "ended" };
  }
  const stopped = await stopAll(task, port, live);
  const message = stopped.size === 0
    ? "Cancelled; it had no task"
    : `Cancelled; its task ${[...stopped.keys()].join(", ")} is stopped`;
  const run = { id: runId, version: before.version, claim: task.claim };
  await port.orchestrator.cancel(run, message, port.signal);
  const after = await readRun(runId, port.orchestrator, port.signal);
  if (after.finished && !after.cancelled) return ended(after);
  const { version, running: wasRunning, end } = after;
  return { outcome: "stopped", version, wasRunning, failure: null, ...endedAs(end) };
}

/** Tasks that are gone, as they were last seen; null: the platform does not show it any more. */
type Gone = ReadonlyMap<string, StoppedTask | null>;

/** Stops every live task of the run. @param live those; null: they are listed @returns all of them, once they are gone */
async function stopAll(
  task: StoppableTask,
  port: Port,
  live: readonly string[] | null = null,
): Promise<Gone> {
  const { asked } = port;
  const { runId, place } = task;
  const known = asked.get(runId) ?? new Set<string>();
  const own = task.taskId === null ? [] : [task.taskId];
  const ids = [...new Set([...own, ...known, ...live ?? await listLive(task, port)])];
  asked.set(runId, new Set(ids));
  await Promise.all(ids.map((id) => askToStop({ id, place }, task, port)));
  const seen = await Promise.all(
    ids.map((id) => confirmStopped({ id, place }, port.look, confirmOptions(id, task, port), port.signal)),
  );
  asked.delete(runId);
  ids.forEach((id) => port.missing.delete(id));
  return new Map(ids.map((id, at) => [id, seen[at] ?? null]));
}

function confirmOptions(id: string, { reason }: StoppableTask, port: Port) {
  const missingGraceMs = (reason === "cancel" ? port.goneAfterMs : null) ?? port.missingGraceMs;
  return { ...port, missingGraceMs, missingSinceMs: port.missing.get(id) };
}

/** A request that is not answered is told in the log of its run before it is given up. */
async function askToStop(
  ref: TaskRef,
  task: StoppableTask,
  { platform, orchestrator, clock, log, signal }: Port,
): Promise<void> {
  const asked = platform.stop(ref, task, signal);
  if (await within(SILENT_MS, asked, clock) !== null) return;
  const line = `Cannot stop task ${ref.id} of flow run ${task.runId} yet: ${platform.words.name} has not ` +
    `answered for ${SILENT_MS / 1000} s; it is asked again until it answers`;
  log("WARNING", line, { runId: task.runId });
  orchestrator.log(task.runId, "WARNING", line, signal).catch(() => undefined);
  await asked;
}

/** A request to stop that is not answered for this long is worth a line, in milliseconds. */
const SILENT_MS = 15_000;

/** A task that is known can be stopped without the right to list. */
async function listLive(task: StoppableTask, { platform, signal }: Port): Promise<readonly string[]> {
  if (!task.place.canList) return [];
  try {
    const found = await platform.list(task, signal);
    if (found.outcome === "listed") return found.ids;
    throw new FailureError(found.failure);
  } catch (thrown) {
    if (task.taskId !== null && toFailure(thrown).tag === "refused") return [];
    throw thrown;
  }
}
