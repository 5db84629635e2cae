/**
 * What the watcher remembers of one run, and how it decides what became of it. It is a reducer, so the same observations
 * always give the same verdict. Each question is a step: the watcher asks it, and the answer is the next observation.
 *
 * @module
 */

import type { RunState } from "../../schemas/contracts/orchestrator.ts";
import type { StoppedTask, TaskSight, WatchedTask } from "../../schemas/contracts/platform.ts";
import type { FlowRunEvent } from "../../schemas/flow_run/events.ts";
import { endedAs } from "../../schemas/flow_run/run_end.ts";
import { START_CLASSES } from "../../schemas/flow_run/launch_policy.ts";
import { type Absence, absentAgain, type Others, verdictOn } from "./absence.ts";
import { isOver } from "./run_verdict.ts";

/** How a task stands. */
export type TaskStage =
  /** The task is alive as far as is known, or no task is known yet. */
  | { readonly name: "followed" }
  /** The platform has not shown the task since this moment. */
  | { readonly name: "missing"; readonly sinceMs: number }
  /** The task stopped, or the platform no longer shows it (`seen` is null then). The run has time to report its end. */
  | { readonly name: "stopped"; readonly seen: StoppedTask | null; readonly atMs: number }
  /** The task is gone and the verdict is being worked out or was given: the run is not polled meanwhile. */
  | { readonly name: "settling"; readonly seen: StoppedTask | null; readonly atMs: number };

/** One run that is watched. */
export interface WatchedRun {
  readonly target: WatchedTask;
  /** The run has no task yet: only its state is polled. */
  readonly isEarly: boolean;
  /** Its task; null: none is known. */
  readonly taskId: string | null;
  readonly stage: TaskStage;
  /** Whether it was told that the run has begun. */
  readonly hasStarted: boolean;
  /** When the run was first seen Running; null: it is not. */
  readonly runningMs: number | null;
  /** The run was Running while this task was alive, so no other task can have reported that. */
  readonly isRunBySelf: boolean;
  /** Polls in a row that found the run back in the queue. */
  readonly looksAway: number;
  /** The reads in a row that did not show it; null: the newest did. */
  readonly absence: Absence | null;
}

/** Live tasks of a run. */
export type Live =
  /** The task that is followed, or else another one. */
  | { readonly id: string }
  | "none"
  /** Listing is denied: rely on reading the task. */
  | "denied"
  /** The platform did not answer. */
  | "unknown";

/** What became known of a run at a moment, in milliseconds since 1970. */
export type Look =
  /** The state of its task; `missing` also where no task is known. */
  | { readonly of: "task"; readonly sight: Exclude<TaskSight, { phase: "denied" }>; readonly atMs: number }
  /** Its live tasks, which were asked for at `askedMs`. */
  | { readonly of: "list"; readonly live: Live; readonly askedMs: number; readonly atMs: number }
  /** Its state, asked for at `atMs`. */
  | { readonly of: "run"; readonly state: RunState; readonly atMs: number }
  /** A read that did not show it. */
  | { readonly of: "absence"; readonly others: Others; readonly atMs: number }
  /** Its live tasks, asked for because reads do not show the run. */
  | { readonly of: "absentList"; readonly live: Live; readonly atMs: number }
  /** Whether a run whose task stopped is meant to have none, and if not, its live tasks. */
  | {
    readonly of: "inquiry";
    readonly state: RunState;
    readonly found: "meant" | Exclude<Live, "unknown">;
    readonly atMs: number;
  }
  /** The verdict could not be worked out now. */
  | { readonly of: "failure" };

/** What the watcher does next. */
export type Step =
  | { readonly do: "tell"; readonly event: FlowRunEvent }
  /** List the run's tasks; the answer is the next observation. */
  | { readonly do: "list" }
  /** Find out whether the run is meant to have no task; the answer is the next observation. */
  | { readonly do: "inquire"; readonly seen: StoppedTask | null; readonly state: RunState }
  /** Explain the end of the task and tell it. */
  | { readonly do: "explain"; readonly seen: StoppedTask | null; readonly state: RunState }
  /** List the tasks of a run that reads do not show; the answer is the next observation. */
  | { readonly do: "listAbsent" }
  /** Log that the run is let go because reads do not show it, and why. */
  | { readonly do: "letGo"; readonly absence: Absence; readonly atMs: number }
  /** Log that the run goes on with a task that this agent may not search for. */
  | { readonly do: "warn"; readonly taskId: string | null };

/** Times that a verdict depends on, in milliseconds. */
export interface Graces {
  /** How long a task may be missing before it counts as gone. */
  readonly missingGraceMs: number;
  /** Time that a run has for its own report once its task has stopped. */
  readonly reportGraceMs: number;
  /** False: what becomes of runs that are or were cancelled is left to the API. @default true */
  readonly cancels?: boolean;
}

/** A run after an observation, and the next steps. */
export type Looked = readonly [next: WatchedRun, steps: readonly Step[]];

const FOLLOWED: TaskStage = { name: "followed" };
const NOTHING: readonly Step[] = [];

/** A run at the moment it is taken on. */
export function startWatching(target: WatchedTask, isEarly: boolean): WatchedRun {
  return {
    target,
    isEarly,
    taskId: target.taskId,
    stage: FOLLOWED,
    hasStarted: false,
    runningMs: null,
    isRunBySelf: false,
    looksAway: 0,
    absence: null,
  };
}

/** Whether reading or listing tasks can still tell anything new about this run. */
export function needsLook({ isEarly, stage }: WatchedRun): boolean {
  return !isEarly && (stage.name === "followed" || stage.name === "missing");
}

/** Applies one observation. @returns the same object for a run about which nothing is new */
export function look(run: WatchedRun, seen: Look, graces: Graces): Looked {
  switch (seen.of) {
    case "task":
      return seen.sight.phase === "missing"
        ? lookForNothing(run, seen.atMs, graces)
        : lookAtTask(run, seen.sight, seen.atMs);
    case "list":
      return lookAtList(run, seen, graces);
    case "run":
      return lookAtRun(run, seen, graces);
    case "absence":
      return lookAtAbsence(run, seen);
    case "absentList":
      return lookAtAbsentList(run, seen);
    case "inquiry":
      return lookAtInquiry(run, seen, graces);
    case "failure":
      return [unsettled(run), NOTHING];
  }
}

function lookAtTask(
  run: WatchedRun,
  sight: Exclude<TaskSight, { phase: "denied" | "missing" }>,
  atMs: number,
): Looked {
  if (sight.phase === "stopped") return [{ ...run, stage: { name: "stopped", seen: sight, atMs } }, NOTHING];
  const isRunBySelf = run.isRunBySelf || run.runningMs !== null;
  const isSame = run.stage.name === "followed" && isRunBySelf === run.isRunBySelf;
  const next = isSame ? run : { ...run, isRunBySelf, stage: FOLLOWED };
  // A task that delegates its flow to another job may end before the run begins.
  return sight.phase === "running" && run.target.delegatesToOtherJob ? started(next) : [next, NOTHING];
}

/** A task that is missing is not dead before the grace is over; then the run's tasks are listed once more. */
function lookForNothing(run: WatchedRun, atMs: number, { missingGraceMs }: Graces): Looked {
  const { stage, taskId, target } = run;
  if (taskId === null && !target.place.canList) return [run, NOTHING];
  const isFirst = stage.name !== "missing";
  const sinceMs = isFirst ? atMs : stage.sinceMs;
  const isOver = atMs - sinceMs >= missingGraceMs;
  const steps: readonly Step[] = isOver || (isFirst && taskId === null) ? [{ do: "list" }] : NOTHING;
  return [isFirst ? { ...run, stage: { name: "missing", sinceMs } } : run, steps];
}

function lookAtList(
  run: WatchedRun,
  { live, askedMs, atMs }: Extract<Look, { of: "list" }>,
  { missingGraceMs }: Graces,
): Looked {
  const { stage } = run;
  if (live === "unknown" || stage.name !== "missing") return [run, NOTHING];
  if (typeof live === "object") return [{ ...run, taskId: live.id, stage: FOLLOWED }, NOTHING];
  if (askedMs - stage.sinceMs < missingGraceMs) return [run, NOTHING];
  return [{ ...run, stage: { name: "stopped", seen: null, atMs } }, NOTHING];
}

/** The state of the run decides alone, unless its task is gone and the run goes on without having reported an end. */
function lookAtRun(seen: WatchedRun, { state, atMs }: Extract<Look, { of: "run" }>, graces: Graces): Looked {
  const run = seen.absence === null ? seen : { ...seen, absence: null };
  if (isBackInQueue(run, state)) return lookAway(run);
  const here = run.looksAway === 0 ? run : { ...run, looksAway: 0 };
  const wished: readonly Step[] = graces.cancels !== false && isToBeCancelled(here, state)
    ? [tell({ type: "cancel.requested" })]
    : NOTHING;
  // A run is in the queue until it is claimed, so finding it there is no reason to drop it.
  const isInQueue = here.isEarly && state.scheduled;
  if (!isInQueue && isOver(state, here.target.claim)) {
    // A short run may start and succeed between two polls.
    const isShort = state.end?.kind === "success" && !here.isEarly;
    const [next, steps] = isShort ? started(here) : [here, NOTHING];
    return [next, [...wished, ...steps, tell({ type: "run.ended", ...endedAs(state.end) })]];
  }
  if (state.cancelling || here.isEarly) return [here, wished];
  const [next, steps] = takeState(here, state, atMs);
  const [settled, asked] = settleIfDue(next, { state, atMs }, graces);
  const all = [wished, steps, asked].filter((some) => some.length > 0);
  return [settled, all.length > 1 ? all.flat() : all[0] ?? NOTHING];
}

/** The run is back in the queue. One such answer may be outdated, so a second one must confirm it. */
function lookAway(run: WatchedRun): Looked {
  const looksAway = run.looksAway + 1;
  const isCertain = looksAway >= 2 || hasStopped(run);
  return [{ ...run, looksAway }, isCertain ? [tell({ type: "run.ended" })] : NOTHING];
}

function lookAtAbsence(run: WatchedRun, { others, atMs }: Extract<Look, { of: "absence" }>): Looked {
  const absence = absentAgain(run.absence, others, atMs);
  switch (verdictOn(absence, atMs)) {
    case "wait":
      return [{ ...run, absence }, NOTHING];
    case "list":
      return [{ ...run, absence: { ...absence, listedMs: atMs } }, [{ do: "listAbsent" }]];
    case "letGo":
      return letGo({ ...run, absence }, atMs);
  }
}

/** A task that is live, or that may still be live, keeps its run. */
function lookAtAbsentList(run: WatchedRun, { live, atMs }: Extract<Look, { of: "absentList" }>): Looked {
  const isFollowed = run.taskId !== null && run.stage.name === "followed";
  const isGone = live === "none" || (live === "denied" && !isFollowed);
  return isGone ? letGo(run, atMs) : [run, NOTHING];
}

/** Nothing is let go that was shown since. */
function letGo(run: WatchedRun, atMs: number): Looked {
  const { absence } = run;
  if (absence === null) return [run, NOTHING];
  const ended = tell({ type: "run.ended" });
  if (absence.isTold) return [run, [ended]];
  return [{ ...run, absence: { ...absence, isTold: true } }, [{ do: "letGo", absence, atMs }, ended]];
}

function isBackInQueue({ isEarly }: WatchedRun, { scheduled, queued }: RunState): boolean {
  return scheduled && !queued && !isEarly;
}

function isToBeCancelled(run: WatchedRun, { cancelling, cancelled }: RunState): boolean {
  const mayHaveTask = run.isEarly || (run.taskId !== null && !hasStopped(run));
  return cancelling || (cancelled && mayHaveTask);
}

function hasStopped({ stage }: WatchedRun): boolean {
  return stage.name === "stopped" || stage.name === "settling";
}

/** Whether the run is Running. One that is not may be submitted again, for another task. */
function takeState(run: WatchedRun, { running }: RunState, atMs: number): Looked {
  const runningMs = running ? run.runningMs ?? atMs : null;
  const isRunBySelf = run.isRunBySelf && running;
  const isSame = runningMs === run.runningMs && isRunBySelf === run.isRunBySelf;
  const next = isSame ? run : { ...run, runningMs, isRunBySelf };
  return running ? started(next) : [next, NOTHING];
}

function settleIfDue(
  run: WatchedRun,
  { state, atMs }: { readonly state: RunState; readonly atMs: number },
  { reportGraceMs }: Graces,
): Looked {
  const { stage } = run;
  if (stage.name !== "stopped" || atMs - stage.atMs < reportGraceMs) return [run, NOTHING];
  const { seen } = stage;
  return [{ ...run, stage: { ...stage, name: "settling" } }, [{ do: "inquire", seen, state }]];
}

/** Decides what it means that the task is gone and the run has reported no end. */
function lookAtInquiry(
  run: WatchedRun,
  { state, found, atMs }: Extract<Look, { of: "inquiry" }>,
  graces: Graces,
): Looked {
  const { stage } = run;
  if (stage.name !== "settling") return [run, NOTHING];
  if (found === "meant") return [run, [tell({ type: "run.ended" })]];
  // Another agent of this name may have launched the run again: then that task is the one to follow.
  if (typeof found === "object" && found.id !== run.taskId) return [follow(run, found.id), NOTHING];
  // Another process may have replaced this task by one that is not shown yet, or that may not be looked for.
  if (mayBeRunByAnother(run, stage.seen, state)) {
    if (atMs - Math.max(stage.atMs, run.runningMs ?? 0) < graces.missingGraceMs) {
      return [unsettled(run), NOTHING];
    }
    if (found === "denied") return [follow(run, null), [{ do: "warn", taskId: run.taskId }]];
  }
  return [run, [{ do: "explain", seen: stage.seen, state }]];
}

/** Whether another task may have reported Running: this one never began, or ended as those do that are replaced. */
function mayBeRunByAnother(run: WatchedRun, seen: StoppedTask | null, { running }: RunState): boolean {
  if (!running || run.isRunBySelf || seen === null || run.target.claim.isLate) return false;
  return seen.neverRan || START_CLASSES.has(seen.class);
}

/** Follows another task. Null: the process that started that task follows it, and this one waits for the end of the run. */
function follow(run: WatchedRun, taskId: string | null): WatchedRun {
  return { ...run, taskId, isRunBySelf: false, stage: FOLLOWED };
}

/** The next observation works out the verdict again. */
function unsettled(run: WatchedRun): WatchedRun {
  const { stage } = run;
  return stage.name === "settling" ? { ...run, stage: { ...stage, name: "stopped" } } : run;
}

function started(run: WatchedRun): Looked {
  return run.hasStarted ? [run, NOTHING] : [{ ...run, hasStarted: true }, [tell({ type: "task.started" })]];
}

function tell(event: FlowRunEvent): Step {
  return { do: "tell", event };
}
