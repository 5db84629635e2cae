/**
 * Everything that follows the task of a run, over any platform: finding, watching, stopping.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";
import type { LaunchSettings } from "../../schemas/options/launch_settings.ts";
import { type FindTask, makeFindTask } from "./find_task.ts";
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
  /** See {@link StopOptions.stopsPendingAtOnce}. @default false */
  readonly stopsPendingAtOnce?: boolean;
  /** See {@link WatchOptions.cancels}. @default true */
  readonly cancels?: boolean;
}

/** Effects of a launched run. */
export interface TaskEffects extends Pick<TaskWatcher, "watchRun" | "watchTask"> {
  /** {@link TaskWatcher.changed} */
  readonly tasksChanged: TaskWatcher["changed"];
  readonly findTask: FindTask;
  readonly stopTask: TaskStopper;
}

/** Makes them. */
export function makeTaskEffects(deps: TaskEffectsDeps): TaskEffects {
  const { watchPeriodMs, cancelGraceMs, policy } = deps.options;
  const { stopsPendingAtOnce = false, cancels = true } = deps;
  const watcher = watchPeriodMs === null
    ? noTaskWatcher(deps.clock)
    : makeTaskWatcher({ ...deps, options: { periodMs: watchPeriodMs, cancels } });
  const stopping = { graceMs: cancelGraceMs, giveUpMs: policy.deadlineMs.stop, stopsPendingAtOnce };
  return {
    watchRun: watcher.watchRun,
    watchTask: watcher.watchTask,
    tasksChanged: watcher.changed,
    findTask: makeFindTask(deps),
    stopTask: makeStopTask({ ...deps, options: stopping }),
  };
}
