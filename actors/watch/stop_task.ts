/**
 * Stops the task of a run and stays until it is gone. A run that is cancelled gets time to end by itself first, and is
 * Cancelled in Prefect only once no task of it is left.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";
import { explainSlowStart, explainStop } from "../../schemas/ecs/explain_stop.ts";
import { FailureError, toFailure } from "../../schemas/failure/failure.ts";
import type { EcsCalls, Task } from "../ecs/calls.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import { type Ask, batch } from "../time/batch.ts";
import { lookAtTasks, type LookedAt } from "../ecs/look_at_tasks.ts";
import type { Orchestrator, Recovery, RunState } from "../../schemas/contracts/orchestrator.ts";
import { isOver, readRun } from "./run_verdict.ts";
import { clusterOfTask } from "../ecs/task_arn.ts";
import type { StoppableTask, StopResult } from "../../schemas/contracts/task.ts";
import { wait } from "../time/wait.ts";

/** How stopping goes about it. */
export interface StopOptions {
  /** Time that a cancelled run has to end by itself, in milliseconds. @default 30000 */
  readonly graceMs?: number;
  /** Time between two looks, in milliseconds. @default 2000 */
  readonly pollMs?: number;
  /** How long a task may be missing before it is taken for gone, in milliseconds. @default 60000 */
  readonly missingGraceMs?: number;
  /** A task that is still there so long after it was to stop is told of, in milliseconds. @default 300000 */
  readonly giveUpMs?: number;
}

/** What stopping needs. */
export interface StopTaskDeps {
  readonly ecs: Pick<EcsCalls, "describeTasks" | "listTasks" | "stopTask">;
  readonly orchestrator: Pick<Orchestrator & Recovery, "read" | "cancel" | "log" | "hasLaterClaim">;
  readonly clock: Clock;
  readonly log: Log;
  readonly options?: StopOptions;
}

/** Stops a task. */
export type StopTask = (task: StoppableTask, signal: AbortSignal) => Promise<StopResult>;

/** A task that was being asked for when the run was cancelled may come to light this much later. */
const SETTLE_MS = 10_000;

interface Port extends StopTaskDeps {
  readonly graceMs: number;
  readonly pollMs: number;
  readonly missingGraceMs: number;
  readonly giveUpMs: number;
  readonly signal: AbortSignal;
  /** Looks of all that are being stopped travel together. */
  readonly look: Look;
  /** Tasks of each run whose end was asked for: ECS no longer lists them, and it is still to be confirmed. */
  readonly asked: Map<string, Set<string>>;
}

type Look = Ask<LookedAt, Task | "missing" | undefined>;

/**
 * Makes the stopper.
 *
 * @throws {FailureError} from each call: what AWS or Prefect refused, `deadline` for a task that does not go
 */
export function makeStopTask(deps: StopTaskDeps): StopTask {
  const { graceMs = 30_000, pollMs = 2000, missingGraceMs = 60_000, giveUpMs = 300_000 } = deps.options ?? {};
  const look = makeLook(deps);
  const asked = new Map<string, Set<string>>();
  return async (task, signal) => {
    const port: Port = { ...deps, graceMs, pollMs, missingGraceMs, giveUpMs, signal, look, asked };
    try {
      return task.reason === "cancel" ? await cancel(task, port) : await stopSlow(task, port);
    } catch (thrown) {
      await sayRefusal(task, thrown, port);
      throw thrown;
    }
  };
}

/** A cluster that may not be looked at is the trouble of its own tasks alone. */
function makeLook(deps: StopTaskDeps): Look {
  return batch({
    clock: deps.clock,
    windowMs: 100,
    maxItems: 100,
    maxInFlight: 2,
    send: async (items, signal) => {
      const denied = new Map<string | null, FailureError>();
      const onDenied = (cluster: string | null, thrown: FailureError) => denied.set(cluster, thrown);
      const seen = await lookAtTasks(items, { ...deps, onDenied }, signal);
      return items.map(({ taskArn, cluster }) => {
        const thrown = denied.get(clusterOfTask(taskArn, cluster));
        return thrown === undefined ? { value: seen.get(taskArn) } : { thrown };
      });
    },
  });
}

async function sayRefusal({ runId }: StoppableTask, thrown: unknown, port: Port): Promise<void> {
  const failure = toFailure(thrown);
  const isFinal = failure.tag === "refused" || failure.tag === "deadline";
  if (!isFinal || port.signal.aborted) return;
  const line = `Cannot stop the task of flow run ${runId}: ${failure.message}`;
  port.log("ERROR", line);
  await port.orchestrator.log(runId, "ERROR", line, port.signal);
}

/** Only a run that has still not begun may lose its task. */
async function stopSlow(task: StoppableTask, port: Port): Promise<StopResult> {
  const before = await readRun(task.runId, port.orchestrator, port.signal);
  if (isOver(before, task.claim)) return { outcome: "ended" };
  if (before?.running || before?.queued) return { outcome: "running" };
  const stopped = await stopAll(task, `Flow run ${task.runId} did not start in time`, port);
  const after = await readRun(task.runId, port.orchestrator, port.signal);
  if (isOver(after, task.claim)) return { outcome: "ended" };
  const wasRunning = after?.running ?? false;
  const seen = stopped.get(task.taskId ?? "") ?? null;
  const failure = endedByItself(seen)
    ? explainStop({ ...task, task: seen, wasRunning })
    : explainSlowStart({ ...task, wasRunning });
  return { outcome: "stopped", version: after?.version ?? null, wasRunning, failure };
}

/** Every process that follows a task must come to the same: what ended by itself was not stopped for being slow. */
function endedByItself(seen: Task | null): boolean {
  return seen !== null && seen.stopCode !== null && seen.stopCode !== "UserInitiated";
}

async function cancel(task: StoppableTask, port: Port): Promise<StopResult> {
  const { runId } = task;
  const before = await awaitOwnEnd(task, port);
  if (before !== undefined && isWithdrawn(before)) return { outcome: "ended" };
  // A late retry of it was claimed since, perhaps for another cluster: whoever did so ends that task and then the run.
  if (await port.orchestrator.hasLaterClaim?.({ id: runId, claim: task.claim.key }, port.signal)) {
    return { outcome: "ended" };
  }
  const stopped = await stopAll(task, `Flow run ${runId} was cancelled`, port);
  const message = stopped.size === 0
    ? "Cancelled; it had no task"
    : `Cancelled; its task ${[...stopped.keys()].join(", ")} is stopped`;
  await port.orchestrator.cancel({ id: runId, version: before?.version ?? null }, message, port.signal);
  const after = await readRun(runId, port.orchestrator, port.signal);
  if (after === undefined || (after.finished && !after.cancelled)) return { outcome: "ended" };
  return { outcome: "stopped", version: after.version, wasRunning: after.running, failure: null };
}

/** Whether the wish is off: the run is in the queue again, or was set to Running once more. */
function isWithdrawn({ finished, cancelling }: RunState): boolean {
  return !finished && !cancelling;
}

/** Waits until the run's task has gone by itself, no longer than the grace. */
async function awaitOwnEnd(task: StoppableTask, port: Port): Promise<RunState | undefined> {
  const { clock, graceMs, pollMs, signal } = port;
  const sinceMs = clock.now();
  const untilMs = sinceMs + (task.taskId === null ? Math.min(SETTLE_MS, graceMs) : graceMs);
  for (;;) {
    const state = await readRun(task.runId, port.orchestrator, signal);
    if (state !== undefined && isWithdrawn(state)) return state;
    if (clock.now() >= untilMs || await hasGone(task, port)) return state;
    await wait(Math.min(pollMs, Math.max(1, untilMs - clock.now())), clock, signal);
  }
}

async function hasGone({ taskId, cluster }: StoppableTask, port: Port): Promise<boolean> {
  if (taskId === null) return false;
  const seen = await port.look({ taskArn: taskId, cluster }, port.signal);
  return seen !== undefined && seen !== "missing" && seen.lastStatus === "STOPPED";
}

/** Tasks that are gone, as they were last seen; null: ECS no longer shows it. */
type Gone = ReadonlyMap<string, Task | null>;

/** Stops every live task of the run. @returns all of them, once they are gone */
async function stopAll(task: StoppableTask, reason: string, port: Port): Promise<Gone> {
  const { asked } = port;
  const known = asked.get(task.runId) ?? new Set<string>();
  const own = task.taskId === null ? [] : [task.taskId];
  const arns = [...new Set([...own, ...known, ...await listLive(task, port)])];
  asked.set(task.runId, new Set(arns));
  for (const arn of arns) await stopOne(arn, { task, reason }, port);
  const seen = await Promise.all(arns.map((arn) => confirmStopped(arn, task.cluster, port)));
  asked.delete(task.runId);
  return new Map(arns.map((arn, at) => [arn, seen[at] ?? null]));
}

async function listLive(
  { cluster, startedBy, taskId }: StoppableTask,
  port: Port,
): Promise<readonly string[]> {
  if (startedBy === null) return [];
  const where = taskId === null ? cluster : clusterOfTask(taskId, cluster);
  try {
    return await port.ecs.listTasks(where, startedBy, port.signal);
  } catch (thrown) {
    // What is known by its ARN can be stopped without the right to list.
    if (taskId !== null && toFailure(thrown).tag === "refused") return [];
    throw thrown;
  }
}

async function stopOne(
  arn: string,
  { task, reason }: { readonly task: StoppableTask; readonly reason: string },
  { ecs, signal }: Port,
): Promise<void> {
  try {
    await ecs.stopTask(clusterOfTask(arn, task.cluster), arn, reason, signal);
  } catch (thrown) {
    if (!isUnknownTask(thrown)) throw thrown;
  }
}

/** @see ECS API reference, StopTask: `InvalidParameterException` for a task that is long gone */
function isUnknownTask(thrown: unknown): boolean {
  const failure = toFailure(thrown);
  if (failure.tag !== "refused") return false;
  return failure.code === "ClusterNotFoundException" || /task was not found/i.test(failure.message);
}

async function confirmStopped(arn: string, cluster: string | null, port: Port): Promise<Task | null> {
  const { clock, pollMs, missingGraceMs, giveUpMs, signal } = port;
  const sinceMs = clock.now();
  let missingSinceMs: number | null = null;
  for (;;) {
    const seen = await port.look({ taskArn: arn, cluster }, signal);
    const now = clock.now();
    if (seen === "missing") missingSinceMs ??= now;
    else if (seen !== undefined) missingSinceMs = null;
    if (seen !== undefined && seen !== "missing" && seen.lastStatus === "STOPPED") return seen;
    if (missingSinceMs !== null && now - missingSinceMs >= missingGraceMs) return null;
    if (now - sinceMs >= giveUpMs) throw stuck({ arn, giveUpMs }, seen);
    await wait(pollMs, clock, signal);
  }
}

function stuck(
  { arn, giveUpMs }: { readonly arn: string; readonly giveUpMs: number },
  seen: { readonly lastStatus: string } | "missing" | undefined,
): FailureError {
  const status = seen === undefined || seen === "missing" ? "unknown" : seen.lastStatus;
  const message = `Task ${arn} was asked to stop ${
    Math.round(giveUpMs / 1000)
  } s ago and its status is still ${status}; look at its host, or ask AWS`;
  return new FailureError({ tag: "deadline", stage: "stop", message });
}
