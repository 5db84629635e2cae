/**
 * Tasks that outlive their runs: the run has left the agent, and its task still lives. They are looked at until they are gone.
 * The task of a run that has ended by itself is told of once and left alone: people look into such tasks.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Orchestrator, RunState } from "../../schemas/contracts/orchestrator.ts";
import type { Platform, TaskRef, TaskSight } from "../../schemas/contracts/platform.ts";
import { spokenTime } from "../../schemas/flow_run/deadlines.ts";
import { toFailure } from "../../schemas/failure/failure.ts";
import { wait } from "../time/wait.ts";

/** A task whose run has left. */
export interface LeftTask extends TaskRef {
  readonly runId: string;
}

/** What is needed. */
export interface LeftTasksDeps {
  readonly platform: Pick<Platform<unknown>, "look" | "words">;
  readonly orchestrator: Pick<Orchestrator, "read" | "log">;
  readonly clock: Clock;
  readonly log: Log;
  /** Time between two looks while there are few tasks, in milliseconds. */
  readonly periodMs: number;
  /** How long a task may be missing before it is taken for gone, in milliseconds. */
  readonly missingGraceMs: number;
  /** A task that lives so long after its run has left is told of, in milliseconds; null: none is. */
  readonly toldAfterMs: number | null;
}

/** Tasks of one agent. */
export interface LeftTasks {
  /**
   * Resolves once the task is gone, or `signal` is aborted; one that may not be looked at is gone when its run has ended or is due
   * again. Never rejects.
   */
  readonly gone: (left: LeftTask, signal: AbortSignal) => Promise<void>;
  /** The platform tells that this task has stopped. */
  readonly stopped: (taskId: string) => void;
}

interface Entry {
  readonly left: LeftTask;
  readonly sinceMs: number;
  missingMs: number | null;
  isTold: boolean;
  readonly leave: () => void;
}

const BATCH = 100;

/** Most looks at 100 tasks per second: these tasks are nobody's first concern. */
const MAX_LOOKS_PER_S = 1;

/** Makes it; it is idle while no task is left. */
export function makeLeftTasks(deps: LeftTasksDeps): LeftTasks {
  const entries = new Set<Entry>();
  let rounds: AbortController | null = null;
  const enter = (left: LeftTask, leave: () => void): Entry => {
    const entry = { left, sinceMs: deps.clock.now(), missingMs: null, isTold: false, leave };
    entries.add(entry);
    if (rounds === null) {
      rounds = new AbortController();
      void goRound(entries, deps, rounds.signal);
    }
    return entry;
  };
  return {
    gone: (left, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const leave = () => {
          signal.removeEventListener("abort", leave);
          entries.delete(entry);
          if (entries.size === 0) {
            rounds?.abort();
            rounds = null;
          }
          resolve();
        };
        const entry = enter(left, leave);
        signal.addEventListener("abort", leave, { once: true });
      }),
    stopped: (taskId) => {
      for (const entry of entries) if (entry.left.id === taskId) entry.leave();
    },
  };
}

async function goRound(
  entries: ReadonlySet<Entry>,
  deps: LeftTasksDeps,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const pauseMs = Math.max(
      deps.periodMs,
      1000 * Math.ceil(entries.size / BATCH) / MAX_LOOKS_PER_S,
    );
    try {
      await wait(pauseMs, deps.clock, signal);
      await lookAt([...entries], deps, signal);
    } catch (thrown) {
      if (signal.aborted) return;
      deps.log("DEBUG", `Cannot look at the tasks of runs that have ended now: ${toFailure(thrown).message}`);
    }
  }
}

async function lookAt(some: readonly Entry[], deps: LeftTasksDeps, signal: AbortSignal): Promise<void> {
  const living: Entry[] = [];
  const unseen: Entry[] = [];
  for (let from = 0; from < some.length; from += BATCH) {
    const batch = some.slice(from, from + BATCH);
    const seen = await deps.platform.look(batch.map(({ left }) => left), signal);
    const nowMs = deps.clock.now();
    for (const entry of batch) {
      const sight = seen.get(entry.left.id);
      if (sight?.phase === "denied") unseen.push(entry);
      else if (isGone(entry, sight, nowMs, deps)) entry.leave();
      else living.push(entry);
    }
  }
  await leaveUnseen(unseen, deps, signal);
  await tellOf(living, deps, signal);
}

/** Of a task that may not be looked at its run tells as much as there is to know. */
async function leaveUnseen(
  unseen: readonly Entry[],
  { orchestrator }: LeftTasksDeps,
  signal: AbortSignal,
): Promise<void> {
  if (unseen.length === 0) return;
  const states = await statesOf(unseen, orchestrator, signal);
  for (const entry of unseen) {
    const state = states.get(entry.left.runId);
    if (state === undefined || state.finished || state.scheduled) entry.leave();
  }
}

async function statesOf(
  entries: readonly Entry[],
  orchestrator: LeftTasksDeps["orchestrator"],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, RunState>> {
  const ids = [...new Set(entries.map(({ left }) => left.runId))];
  return new Map((await orchestrator.read(ids, signal)).map((state) => [state.id, state]));
}

function isGone(
  entry: Entry,
  sight: Exclude<TaskSight, { phase: "denied" }> | undefined,
  nowMs: number,
  { missingGraceMs }: LeftTasksDeps,
): boolean {
  if (sight === undefined) return false;
  if (sight.phase !== "missing") entry.missingMs = null;
  else entry.missingMs ??= nowMs;
  if (sight.phase === "stopped") return true;
  return entry.missingMs !== null && nowMs - entry.missingMs >= missingGraceMs;
}

/** One line for each task, in its run's own log. */
async function tellOf(living: readonly Entry[], deps: LeftTasksDeps, signal: AbortSignal): Promise<void> {
  const { toldAfterMs, clock, orchestrator } = deps;
  if (toldAfterMs === null) return;
  const due = living.filter(({ isTold, sinceMs, missingMs }) =>
    !isTold && missingMs === null && clock.now() - sinceMs >= toldAfterMs
  );
  if (due.length === 0) return;
  const states = await statesOf(due, orchestrator, signal);
  for (const entry of due) {
    entry.isTold = true;
    const state = states.get(entry.left.runId);
    if (state !== undefined && endedByItself(state)) await tell(entry, state, deps, signal);
  }
}

/** A run that was cancelled is not to have a task: others see to that. */
function endedByItself({ finished, cancelled }: RunState): boolean {
  return finished && !cancelled;
}

async function tell(
  { left: { id, runId }, sinceMs }: Entry,
  { type }: RunState,
  { orchestrator, clock, log, platform: { words } }: LeftTasksDeps,
  signal: AbortSignal,
): Promise<void> {
  const line = `Flow run ${runId} is ${type}, and its task ${id} still lives ${
    spokenTime(clock.now() - sinceMs)
  } later. It is left alone; stop it in ${words.name} if it is not wanted any more`;
  log("WARNING", line, { runId });
  await orchestrator.log(runId, "WARNING", line, signal);
}
