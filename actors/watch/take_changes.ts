/**
 * What the platform's queue tells of tasks: those that are followed are looked at now, and not with the next round; of others
 * their runs are asked for.
 *
 * @module
 */

import type { SeenTask, TaskChange } from "../../schemas/contracts/platform.ts";
import { wait } from "../time/wait.ts";
import { type Followed, take } from "./follow_run.ts";
import { handleStray, type StrayDeps } from "./stray_tasks.ts";
import { readSome, tellSight, type Watch } from "./watch_state.ts";
import { needsLook } from "./watched_run.ts";

/** Takes changes in. @param isHeld whether this process has a run, followed or not yet */
export function takeChanges(
  watch: Watch,
  changes: readonly TaskChange[],
  isHeld: (runId: string) => boolean,
): void {
  const signal = watch.stop?.signal ?? new AbortController().signal;
  const byTask = Map.groupBy(watch.entries, ({ ref }) => ref?.id);
  const deps: StrayDeps = { ...watch, isHeld, taskOf: (runId) => taskOf(watch.entries, runId) };
  for (const change of changes) {
    const { task, seen, done } = change;
    const followers = byTask.get(task.id) ?? [];
    if (followers.length === 0) void handleStray(change, deps, signal);
    else takeChange(watch, followers, seen, signal).then(() => done("followed"), () => done("later"));
  }
}

/** The task that a run is followed with; null: none. */
function taskOf(entries: Iterable<Followed>, runId: string): string | null {
  for (const { run, ref } of entries) if (run.target.runId === runId && ref !== null) return ref.id;
  return null;
}

/** A task that failed is settled once its run has had its own time to report. */
async function takeChange(
  watch: Watch,
  followers: readonly Followed[],
  seen: SeenTask,
  signal: AbortSignal,
): Promise<void> {
  const { clock, reportGraceMs, toldGraceMs } = watch;
  const nowMs = clock.now();
  const hasFailed = seen.phase === "stopped" && seen.failed;
  const graceMs = Math.min(toldGraceMs, reportGraceMs);
  const atMs = hasFailed ? nowMs - reportGraceMs + graceMs : nowMs;
  let isNew = false;
  for (const one of followers) {
    tellSight(watch, one, seen, true);
    if (!needsLook(one.run)) continue;
    isNew = true;
    await take(one, { of: "task", sight: seen, atMs }, watch, signal);
  }
  await readSome(watch, followers, signal);
  if (!hasFailed || !isNew || graceMs === 0) return;
  await wait(graceMs, clock, signal);
  await readSome(watch, followers.filter(({ run }) => run.stage.name === "stopped"), signal);
}
