/**
 * What the watcher remembers of one run, and how it comes to its verdict.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";
import type { FlowRunEvent } from "../../schemas/flow_run/events.ts";
import { explainStop, stopRowOf } from "../../schemas/ecs/explain_stop.ts";
import { FailureError, toFailure } from "../../schemas/failure/failure.ts";
import { START_CLASSES } from "../../schemas/flow_run/launch_policy.ts";
import type { LogPlace } from "../../schemas/ecs/log_places.ts";
import type { EcsCalls, Task } from "../ecs/calls.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import { isDenied } from "../aws/failure.ts";
import type { Recovery, RunState } from "../../schemas/contracts/orchestrator.ts";
import { isOver } from "./run_verdict.ts";
import { clusterOfTask } from "../ecs/task_arn.ts";
import type { WatchedTask } from "../../schemas/contracts/task.ts";

/** Receives what becomes of a run. */
export type Tell = (event: FlowRunEvent) => void;

/** One run that is watched. */
export interface Watched {
  readonly target: WatchedTask;
  /** It has no task yet: only its state is looked at. */
  readonly isEarly: boolean;
  readonly tell: Tell;
  /** Its task; found later where it was not known. */
  taskId: string | null;
  hasStarted: boolean;
  /** When the run was first seen Running. */
  runningMs: number | null;
  /** It was Running while this task lived: no other one can have said so. */
  isRunBySelf: boolean;
  /** Since when ECS does not show its task. */
  missingSinceMs: number | null;
  /** The stopped task, null where ECS no longer shows it, and when that was seen. */
  stopped: { readonly task: Task | null; readonly atMs: number } | null;
  /** Looks in a row that found the run back in the queue, or gone. */
  looksAway: number;
  /** The verdict is out, or on its way. */
  isSettled: boolean;
}

/** A run at the moment it is taken on. */
export function makeWatched(given: Pick<Watched, "target" | "isEarly" | "tell">): Watched {
  return {
    ...given,
    taskId: given.target.taskId,
    hasStarted: false,
    runningMs: null,
    isRunBySelf: false,
    missingSinceMs: null,
    stopped: null,
    looksAway: 0,
    isSettled: false,
  };
}

/** What a verdict needs. */
export interface WatchPort {
  readonly ecs: Pick<EcsCalls, "listTasks">;
  readonly orchestrator: Pick<Recovery, "isWaiting" | "hasLaterClaim">;
  readonly clock: Clock;
  readonly log: Log;
  /** Last lines of a task's log; absent: they are not asked for. */
  readonly lastLines?: (logs: readonly LogPlace[], signal: AbortSignal) => Promise<readonly string[]>;
  /** How long a task may be missing before it is taken for gone, in milliseconds. */
  readonly missingGraceMs: number;
  /** Time that a run has for its own report once its task has stopped, in milliseconds. */
  readonly reportGraceMs: number;
}

/** What a look is part of. */
export interface Look {
  readonly watch: WatchPort;
  readonly signal: AbortSignal;
}

/** Takes in what a look at the task gave; undefined: it could not be looked at. */
export async function seeTask(
  one: Watched,
  seen: Task | "missing" | null | undefined,
  look: Look,
): Promise<void> {
  if (seen === undefined) return;
  if (seen === null || seen === "missing") return await seeNothing(one, look);
  one.missingSinceMs = null;
  const isUp = seen.lastStatus === "RUNNING";
  // A task that only hands its flow over may never see the run begin.
  if (isUp && one.target.delegatesToOtherJob) tellStarted(one);
  if (seen.lastStatus !== "STOPPED") one.isRunBySelf ||= one.runningMs !== null;
  else one.stopped = { task: seen, atMs: look.watch.clock.now() };
}

/** Nothing to be seen is no death before the grace is over; then the run's tasks are looked up once more. */
async function seeNothing(one: Watched, look: Look): Promise<void> {
  const { watch: { clock, missingGraceMs } } = look;
  if (one.taskId === null && one.target.startedBy === null) return;
  const since = one.missingSinceMs ?? clock.now();
  const isOver = clock.now() - since >= missingGraceMs;
  const isFirst = one.missingSinceMs === null;
  one.missingSinceMs = since;
  if (!isOver && !(isFirst && one.taskId === null)) return;
  const found = await findLive(one, look);
  if (found === "unknown") return;
  if (typeof found === "object") {
    one.taskId = found.arn;
    one.missingSinceMs = null;
  } else if (isOver) one.stopped = { task: null, atMs: clock.now() };
}

/** A live task by `startedBy`. `denied`: IAM does not let us look, what DescribeTasks says has to do. */
type Live = { readonly arn: string } | "none" | "denied" | "unknown";

async function findLive(one: Watched, { watch, signal }: Look): Promise<Live> {
  const { target, taskId } = one;
  if (target.startedBy === null) return "none";
  const cluster = taskId === null ? target.cluster : clusterOfTask(taskId, target.cluster);
  try {
    const arns = await watch.ecs.listTasks(cluster, target.startedBy, signal);
    const arn = arns.find((listed) => listed === taskId) ?? arns[0];
    return arn === undefined ? "none" : { arn };
  } catch (thrown) {
    signal.throwIfAborted();
    return isDenied(thrown) && taskId !== null ? "denied" : "unknown";
  }
}

/** Takes in the run's state as read. */
export function judgeRun(
  one: Watched,
  state: RunState | undefined,
  look: Look & { readonly readAtMs: number },
): void {
  if (isAway(one, state)) {
    if (++one.looksAway >= 2 || (state !== undefined && one.stopped !== null)) {
      one.tell({ type: "run.ended" });
    }
    return;
  }
  one.looksAway = 0;
  if (state === undefined) return;
  if (state.cancelling || (state.cancelled && mayHaveTask(one))) one.tell({ type: "cancel.requested" });
  // Before it is claimed a run is in the queue, which is no reason to let go of it.
  const isInQueue = one.isEarly && state.scheduled;
  const isEnded = !isInQueue && isOver(state, one.target.claim);
  // A short run may come up and succeed between two looks.
  if (isEnded && state.succeeded && !one.isEarly) tellStarted(one);
  if (isEnded) return one.tell({ type: "run.ended" });
  if (state.cancelling || one.isEarly) return;
  // It may be submitted again, for another task.
  one.runningMs = state.running ? one.runningMs ?? look.readAtMs : null;
  one.isRunBySelf &&= state.running;
  if (state.running) tellStarted(one);
  if (one.stopped === null || look.readAtMs - one.stopped.atMs < look.watch.reportGraceMs) return;
  one.isSettled = true;
  void settle(one, state, look);
}

/** Gone, or back in the queue: one such look may be an old answer. */
function isAway({ isEarly }: Watched, state: RunState | undefined): boolean {
  if (state === undefined) return true;
  return state.scheduled && !state.queued && !isEarly;
}

function mayHaveTask({ isEarly, taskId, stopped }: Watched): boolean {
  return isEarly || (taskId !== null && stopped === null);
}

function tellStarted(one: Watched): void {
  if (one.hasStarted) return;
  one.hasStarted = true;
  one.tell({ type: "task.started" });
}

/** The task is gone and the run has reported no end. */
async function settle(one: Watched, state: RunState, look: Look): Promise<void> {
  try {
    if (await isMeantToBe(one, state, look)) return one.tell({ type: "run.ended" });
    const found = await findLive(one, look);
    if (followsAnother(one, found)) return;
    // Another process may have replaced this task: by one that ECS may not show yet, or that we may not look for.
    if (mayBeRunByAnother(one, state)) {
      if (isYoung(one, look)) return void (one.isSettled = false);
      if (found === "denied") return followUnseen(one, state, look);
    }
    const failure = await explain(one, state, look);
    if (!look.signal.aborted) one.tell({ type: "task.stopped", failure, version: state.version });
  } catch (thrown) {
    // Not known now: the next look comes to it again.
    one.isSettled = false;
    look.watch.log("DEBUG", `Cannot settle flow run ${state.id} now: ${toFailure(thrown).message}`);
  }
}

/** Whether Running may be the word of another task: this one never began, or ended as those do that are replaced. */
function mayBeRunByAnother({ target, stopped, isRunBySelf }: Watched, { running }: RunState): boolean {
  const task = stopped?.task ?? null;
  if (!running || isRunBySelf || task === null || target.claim.isLate) return false;
  return task.containers.every(({ exitCode }) => exitCode === null) ||
    START_CLASSES.has(stopRowOf(task).class);
}

/** Whether ECS may not show yet the task that replaced this one and has begun. */
function isYoung({ stopped, runningMs }: Watched, { watch }: Look): boolean {
  const sinceMs = Math.max(stopped?.atMs ?? 0, runningMs ?? 0);
  return watch.clock.now() - sinceMs < watch.missingGraceMs;
}

/** Another agent of this name may have launched the run again: then that task is the one to follow. */
function followsAnother(one: Watched, found: Live): boolean {
  if (found === "unknown") {
    throw new FailureError({ tag: "unavailable", status: 0, message: "ECS did not answer" });
  }
  if (typeof found === "string" || found.arn === one.taskId) return false;
  follow(one, found.arn);
  return true;
}

function follow(one: Watched, taskId: string | null): void {
  one.taskId = taskId;
  one.isRunBySelf = false;
  one.stopped = null;
  one.missingSinceMs = null;
  one.isSettled = false;
}

/** Who started that task follows it; here the run's own end is waited for, or the permission to look. */
function followUnseen(one: Watched, { id }: RunState, { watch }: Look): void {
  watch.log(
    "WARNING",
    `Flow run ${id} is Running although its task ${
      one.taskId ?? ""
    } has stopped, most likely by a task that ` +
      "another process of this agent started; allow ecs:ListTasks, or its end may go unnoticed",
  );
  follow(one, null);
}

/** Whether a task may end without its run: the flow waits for a later moment, or goes on elsewhere. */
async function isMeantToBe({ target, stopped }: Watched, state: RunState, { watch, signal }: Look) {
  if (state.queued) return true;
  const task = stopped?.task ?? null;
  const wentWell = task !== null && task.containers.length > 0 &&
    task.containers.every(({ exitCode }) => exitCode === 0);
  if (wentWell && target.delegatesToOtherJob) return true;
  if (!state.running) return false;
  const run = { id: state.id, claim: target.claim.key };
  if (await watch.orchestrator.hasLaterClaim?.(run, signal)) return true;
  if (task !== null && !wentWell) return false;
  return await watch.orchestrator.isWaiting(state.id, signal);
}

async function explain({ target, taskId, stopped }: Watched, state: RunState, { watch, signal }: Look) {
  const lost = {
    runId: state.id,
    taskId,
    task: stopped?.task ?? null,
    wasRunning: state.running,
    logs: target.logs,
  };
  if (watch.lastLines === undefined || target.logs.length === 0) return explainStop(lost);
  return explainStop({ ...lost, lastLines: await watch.lastLines(target.logs, signal) });
}
