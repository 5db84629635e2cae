/**
 * Everything that follows the task of a run, over any platform: finding, watching, stopping.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";
import type { LaunchSettings } from "../../schemas/options/launch_settings.ts";
import { confirmStopped, makeLookAtTask } from "./confirm_stopped.ts";
import type { TaskRef } from "../../schemas/contracts/platform.ts";
import { type FindTask, makeFindTask } from "./find_task.ts";
import { type LeftTask, makeLeftTasks } from "./left_tasks.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import { makeStopTask, type StopTaskDeps, type TaskStopper } from "./stop_task.ts";
import { makeTaskWatcher, noTaskWatcher, type TaskWatcher, type WatcherDeps } from "./watch_tasks.ts";

/** What {@link makeTaskEffects} needs. */
export interface TaskEffectsDeps {
  readonly platform: WatcherDeps["platform"] & StopTaskDeps["platform"];
  readonly orchestrator: WatcherDeps["orchestrator"] & StopTaskDeps["orchestrator"];
  readonly clock: Clock;
  readonly log: Log;
  readonly options: Pick<LaunchSettings, "watchPeriodMs" | "cancelGraceMs" | "policy">;
  /** Tasks that outlive their runs are looked after; see {@link StopOptions.stopsPendingAtOnce}. @default false */
  readonly followsLeftTasks?: boolean;
  /** Whether tasks that live are counted, also where none is watched. @default false */
  readonly countsTasks?: boolean;
  /** See {@link WatchOptions.cancels}. @default true */
  readonly cancels?: boolean;
}

/** Effects of a launched run. */
export interface TaskEffects extends Pick<TaskWatcher, "watchRun" | "watchTask"> {
  /** {@link TaskWatcher.changed} */
  readonly tasksChanged: TaskWatcher["changed"];
  readonly findTask: FindTask;
  readonly stopTask: TaskStopper;
  /** Resolves once a task that was asked to stop is gone. @throws {FailureError} `deadline`, and what keeps it from being looked at */
  readonly confirmStopped: (task: TaskRef, signal: AbortSignal) => Promise<void>;
  /**
   * Looks after a task whose run has left the agent.
   *
   * @returns resolves once the task is gone or `signal` is aborted; null: such tasks are nobody's concern
   */
  readonly taskLeft: (left: LeftTask, signal: AbortSignal) => Promise<void> | null;
}

const DEFAULT_PERIOD_MS = 5000;
const MISSING_GRACE_MS = 60_000;

/** A task that is to be stopped is no new one: what is not shown of it for this long is gone, in milliseconds. */
const GONE_AFTER_MS = 10_000;
/** The task of a cancelled run may have been started a moment ago: it may take so long to be shown, in milliseconds. */
const CANCELLED_GONE_AFTER_MS = 20_000;
const CONFIRM_PERIOD_MS = 2000;

/** Makes them. */
export function makeTaskEffects(deps: TaskEffectsDeps): TaskEffects {
  const { watchPeriodMs, cancelGraceMs, policy } = deps.options;
  const { followsLeftTasks = false, countsTasks = false, cancels = true } = deps;
  const watcher = watchPeriodMs === null
    ? noTaskWatcher(deps.clock)
    : makeTaskWatcher({ ...deps, options: { periodMs: watchPeriodMs, cancelGraceMs, cancels } });
  const stopping = {
    graceMs: cancelGraceMs,
    giveUpMs: policy.deadlineMs.stop,
    stopsPendingAtOnce: followsLeftTasks,
    ...(followsLeftTasks ? { goneAfterMs: CANCELLED_GONE_AFTER_MS } : {}),
  };
  const left = makeLeftTasks({
    ...deps,
    periodMs: watchPeriodMs ?? DEFAULT_PERIOD_MS,
    missingGraceMs: MISSING_GRACE_MS,
    toldAfterMs: watchPeriodMs === null ? null : cancelGraceMs,
  });
  const look = makeLookAtTask(deps);
  const confirming = {
    ...deps,
    pollMs: CONFIRM_PERIOD_MS,
    missingGraceMs: GONE_AFTER_MS,
    giveUpMs: policy.deadlineMs.stop,
  };
  const isConcern = followsLeftTasks && (watchPeriodMs !== null || countsTasks);
  return {
    watchRun: watcher.watchRun,
    watchTask: watcher.watchTask,
    tasksChanged: (changes, isHeld) => {
      for (const { task, seen } of changes) if (seen.phase === "stopped") left.stopped(task.id);
      watcher.changed(changes, isHeld);
    },
    findTask: makeFindTask(deps),
    stopTask: makeStopTask({ ...deps, options: stopping }),
    confirmStopped: async (task, signal) => void await confirmStopped(task, look, confirming, signal),
    taskLeft: (task, signal) => isConcern ? left.gone(task, signal) : null,
  };
}
