/**
 * Everything that follows a task once it is launched, made of the same few ports: finding, watching, stopping.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";
import { defaultLaunchSettings, type LaunchSettings } from "../../schemas/options/launch_settings.ts";
import { type FindTask, makeFindTask } from "./find_task.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import { makeStopTask, type StopTask, type StopTaskDeps } from "./stop_task.ts";
import { makeTaskWatcher, noTaskWatcher, type TaskWatcher, type WatcherDeps } from "./watch_tasks.ts";

/** What {@link makeTaskEffects} needs. */
export interface TaskEffectsDeps {
  /** Paced. */
  readonly ecs: WatcherDeps["ecs"] & StopTaskDeps["ecs"];
  readonly orchestrator: WatcherDeps["orchestrator"] & StopTaskDeps["orchestrator"];
  readonly clock: Clock;
  readonly log: Log;
  readonly options?: Pick<LaunchSettings, "watchPeriodMs" | "cancelGraceMs" | "policy">;
  readonly lastLines?: WatcherDeps["lastLines"];
}

/** Effects of a launched run. */
export interface TaskEffects extends Pick<TaskWatcher, "watchRun" | "watchTask"> {
  readonly findTask: FindTask;
  readonly stopTask: StopTask;
}

/** Makes them. */
export function makeTaskEffects(deps: TaskEffectsDeps): TaskEffects {
  const { ecs, orchestrator, clock, log, options = defaultLaunchSettings, lastLines } = deps;
  const { watchPeriodMs, cancelGraceMs, policy } = options;
  const watcher = watchPeriodMs === null ? noTaskWatcher(clock) : makeTaskWatcher({
    ecs,
    orchestrator,
    clock,
    log,
    options: { periodMs: watchPeriodMs },
    ...(lastLines === undefined ? {} : { lastLines }),
  });
  return {
    watchRun: watcher.watchRun,
    watchTask: watcher.watchTask,
    findTask: makeFindTask({ ecs, orchestrator, log }),
    stopTask: makeStopTask({
      ecs,
      orchestrator,
      clock,
      log,
      options: { graceMs: cancelGraceMs, giveUpMs: policy.deadlineMs.stop },
    }),
  };
}
