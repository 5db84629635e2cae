/**
 * Tasks that nobody follows, of runs whose API is not told of tasks: what the task says of itself decides whose it is. It may
 * be of an agent before this one, or what is left of a run that has ended.
 *
 * @module
 */

import type { Orchestrator, RunState } from "../../schemas/contracts/orchestrator.ts";
import type {
  ChangeDone,
  Platform,
  StoppedTask,
  TaskChange,
  TaskOwner,
} from "../../schemas/contracts/platform.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { noteExplained } from "./follow_run.ts";
import { claimIn } from "./run_verdict.ts";
import type { ToldNotes } from "./told_notes.ts";

/** What is needed. */
export interface UntoldDeps {
  readonly platform: Pick<Platform<unknown>, "log" | "explain" | "list" | "stop">;
  readonly orchestrator: Pick<
    Orchestrator,
    "fail" | "cancel" | "log" | "isWaiting" | "hasLaterClaim"
  >;
  readonly clock: Clock;
  readonly notes: ToldNotes;
  /** Ids of tasks whose end was explained to their runs. */
  readonly explained: Set<string>;
  /** Whether this process has the run, followed or not yet. */
  readonly isHeld: (runId: string) => boolean;
  /** The task that a run is followed with; null: none. */
  readonly taskOf: (runId: string) => string | null;
  /** Time that a run has for its own report, in milliseconds. */
  readonly reportGraceMs: number;
  /** Time in which a cancelled run may end by itself, in milliseconds. */
  readonly cancelGraceMs: number;
  /** Since when tasks have been in need of something, by what they need. In milliseconds since 1970. */
  readonly since: Map<string, number>;
}

/** A change, with the run it is of. */
export interface Untold {
  readonly owner: TaskOwner;
  readonly change: TaskChange;
  readonly state: RunState;
}

/** A run that another agent has claimed is that agent's: only when nothing happens for this long it is taken for dead. */
const OTHERS_MS = 60_000;

/** Decides about the task. @throws {FailureError} those of API and platform */
export async function settleUntold(
  untold: Untold,
  deps: UntoldDeps,
  signal: AbortSignal,
): Promise<ChangeDone> {
  const { owner: { runId }, change: { task, seen }, state } = untold;
  if (!state.finished || seen.phase === "stopped") deps.notes.tell(runId, task.id, seen);
  if (deps.isHeld(runId)) {
    const own = deps.taskOf(runId);
    return own !== null && own !== task.id && seen.phase === "stopped" ? "handled" : "later";
  }
  const done = seen.phase === "stopped"
    ? await settleEnd(untold, seen, deps, signal)
    : await settleLive(untold, deps, signal);
  if (done !== "later") forget(task.id, deps);
  return done;
}

/** A live task is left alone, unless its run was cancelled: then it has the grace to end by itself. */
async function settleLive(
  { owner: { runId }, change: { task }, state }: Untold,
  deps: UntoldDeps,
  signal: AbortSignal,
): Promise<ChangeDone> {
  if (!state.cancelling && !state.cancelled) return "handled";
  // The process that claimed the run, or the next one of its agent, sees to it.
  const graceMs = deps.cancelGraceMs + (state.marker === null ? 0 : OTHERS_MS);
  if (lasts("cancel", task.id, deps) < graceMs) return "later";
  await deps.platform.stop(task, { runId, reason: "cancel" }, signal);
  return "later";
}

async function settleEnd(
  untold: Untold,
  seen: StoppedTask,
  deps: UntoldDeps,
  signal: AbortSignal,
): Promise<ChangeDone> {
  const { owner: { runId }, change: { task }, state } = untold;
  if (state.finished) {
    if (isWorthTelling(seen) && !deps.explained.has(task.id)) {
      noteExplained(task.id, deps.explained);
      await deps.orchestrator.log(runId, "ERROR", await explanationOf(untold, seen, deps, signal), signal);
    }
    return "handled";
  }
  if (state.cancelling) {
    if (await goesOnLater(untold, deps, signal)) return "later";
    if (state.marker !== null && lasts("end", task.id, deps) < OTHERS_MS) return "later";
    const message = `Cancelled; its task ${task.id} has stopped`;
    const run = { id: runId, version: state.version, claim: claimIn(state) };
    await deps.orchestrator.cancel(run, message, signal);
    return "handled";
  }
  // It waits for an agent again: the next launch deals with it.
  if (state.scheduled && !state.queued) return "handled";
  const graceMs = state.marker === null ? deps.reportGraceMs : OTHERS_MS;
  if (lasts("end", task.id, deps) < graceMs) return "later";
  const done = await goesOn(untold, seen, deps, signal);
  if (done !== null) return done;
  // Asked last: what no longer waits for its retry may have been claimed a moment ago.
  if (await goesOnLater(untold, deps, signal)) return "later";
  return await fail(untold, seen, deps, signal);
}

function isWorthTelling({ failed, endedByItself, wasTold = false }: StoppedTask): boolean {
  return failed && endedByItself && !wasTold;
}

/** Whether a late retry of the flow goes on under a claim of its own: whoever has that one ends the run. */
async function goesOnLater(
  { owner: { runId }, state }: Untold,
  { orchestrator }: UntoldDeps,
  signal: AbortSignal,
): Promise<boolean> {
  const claim = claimIn(state);
  if (!state.running || claim === null) return false;
  if (state.claimedLate === true) return true;
  return await orchestrator.hasLaterClaim({ id: runId, claim }, signal);
}

/** What is done where the run is meant to have no task, or goes on with one; null: it does neither. */
async function goesOn(
  { owner: { runId, place }, change: { task }, state }: Untold,
  seen: StoppedTask,
  { platform, orchestrator }: UntoldDeps,
  signal: AbortSignal,
): Promise<ChangeDone | null> {
  if (state.queued || state.paused === true) return "handled";
  if (state.running && !seen.failed && await orchestrator.isWaiting(runId, signal)) return "handled";
  const found = await platform.list({ runId, taskId: null, place }, signal);
  const ids = found.outcome === "listed" ? found.ids : [];
  // What was told of the task was out of date: it lives.
  if (ids.includes(task.id)) return "later";
  return ids.length > 0 ? "handled" : null;
}

async function fail(
  untold: Untold,
  seen: StoppedTask,
  deps: UntoldDeps,
  signal: AbortSignal,
): Promise<ChangeDone> {
  const { owner: { runId }, change: { task }, state } = untold;
  // A claim that another agent made is never undone by this one.
  if (state.claimed && state.marker !== null) return "later";
  const log = await deps.platform.log(task, signal);
  const failure = deps.platform.explain({ runId, taskId: task.id, seen, wasRunning: state.running, log });
  noteExplained(task.id, deps.explained);
  const run = { id: runId, version: state.version, claim: null, held: false };
  return await deps.orchestrator.fail(run, failure, signal) === null ? "later" : "handled";
}

async function explanationOf(
  { owner: { runId }, change: { task } }: Untold,
  seen: StoppedTask,
  { platform }: UntoldDeps,
  signal: AbortSignal,
): Promise<string> {
  const log = await platform.log(task, signal);
  return platform.explain({ runId, taskId: task.id, seen, wasRunning: true, log }).message;
}

/** How long a task has needed something, in milliseconds. */
function lasts(what: string, taskId: string, { since, clock }: UntoldDeps): number {
  const key = `${what} ${taskId}`;
  // A clock that was set back makes nothing last for longer.
  const sinceMs = Math.min(since.get(key) ?? Infinity, clock.now());
  since.set(key, sinceMs);
  return clock.now() - sinceMs;
}

function forget(taskId: string, { since }: UntoldDeps): void {
  since.delete(`cancel ${taskId}`);
  since.delete(`end ${taskId}`);
}
