/**
 * The tasks of the simulated ECS: how they come up, what stops them, and when an answer shows it.
 *
 * @module
 */

import type { Task } from "../../actors/ecs/calls.ts";
import { elapsed, fault, faultsAreOn, type World } from "../world/world.ts";

/** A task. */
export interface SimTask {
  readonly arn: string;
  readonly cluster: string;
  readonly startedBy: string;
  /** As DescribeTasks tells it. */
  readonly flowRunId: string | null;
  readonly token: string;
  readonly createdMs: number;
  /** From then on lookups know it. */
  readonly visibleMs: number;
  status: string;
  desired: "RUNNING" | "STOPPED";
  stopCode: string | null;
  reason: string | null;
  exitCode: number | null;
  stoppedMs: number | null;
  readonly past: { readonly atMs: number; readonly view: Task }[];
  /** Ends what runs in it. */
  kill: () => void;
}

/** What a task holds: told when its container starts; the answer ends it. */
export type Container = (task: SimTask, exit: (code: number) => void) => () => void;

/** How a task ended. */
export interface End {
  readonly stopCode: string;
  readonly reason: string;
  readonly exitCode: number | null;
}

const TRANSIENT_REASONS = [
  "Timeout waiting for network interface provisioning to complete.",
  "CannotPullContainerError: pull image manifest has been retried 5 time(s): i/o timeout",
  "Task provisioning failed.",
] as const;
const CONFIGURATION_REASONS = [
  "CannotPullContainerError: reg/img:1: not found",
  "ResourceInitializationError: unable to pull secrets or registry auth: AccessDeniedException",
] as const;

/** Longest time in PROVISIONING. @see AWS facts: about 30 minutes */
const GIVES_UP_MS = 30 * 60_000;

/** Brings a new task on its way. */
export function begin(world: World, task: SimTask, container: Container): void {
  const { ecs } = world.scenario;
  const { dice } = world;
  const storm = faultsAreOn(world);
  move(world, task, "PROVISIONING");
  const readyMs = dice.pick([200, 2000, 10_000, 30_000]);
  if (storm && dice.chance(ecs.neverStart)) {
    fault(world, "neverStart", task.arn);
    world.time.after(
      GIVES_UP_MS,
      () =>
        end(world, task, {
          stopCode: "TaskFailedToStart",
          reason: "EMPTY CAPACITY PROVIDER",
          exitCode: null,
        }),
    );
    return;
  }
  const failing = storm && dice.chance(ecs.failStart);
  world.time.after(readyMs / 2, () => isComing(task) && move(world, task, "PENDING"));
  world.time.after(readyMs, () => {
    if (!isComing(task)) return;
    if (failing) return failStart(world, task);
    move(world, task, "RUNNING");
    task.kill = container(
      task,
      (exitCode) =>
        end(world, task, {
          stopCode: "EssentialContainerExited",
          reason: "Essential container in task exited",
          exitCode,
        }),
    );
    if (storm && dice.chance(ecs.reclaim)) reclaimLater(world, task);
  });
}

function isComing({ desired, status }: SimTask): boolean {
  return desired === "RUNNING" && status !== "STOPPED";
}

function failStart(world: World, task: SimTask): void {
  const transient = world.dice.chance(0.7);
  const reason = transient ? world.dice.pick(TRANSIENT_REASONS) : world.dice.pick(CONFIGURATION_REASONS);
  fault(world, "failStart", `${task.arn}: ${reason}`);
  end(world, task, { stopCode: "TaskFailedToStart", reason, exitCode: null });
}

function reclaimLater(world: World, task: SimTask): void {
  world.time.after(world.dice.int(0, 60_000), () => {
    if (task.status === "STOPPED" || !faultsAreOn(world)) return;
    fault(world, "reclaim", task.arn);
    const stopCode = world.dice.pick(["SpotInterruption", "TerminationNotice", "InfrastructureHealth"]);
    stop(world, task, { stopCode, reason: "Your Spot Task was interrupted.", exitCode: 143 });
  });
}

/** Stops a task in good order: it takes a while. */
export function stop(world: World, task: SimTask, how: End): void {
  if (task.desired === "STOPPED") return;
  task.desired = "STOPPED";
  if (task.stopCode === null) task.stopCode = how.stopCode;
  move(world, task, task.status === "RUNNING" ? "STOPPING" : task.status);
  world.time.after(world.dice.pick([50, 2000, 30_000]), () => end(world, task, how));
}

function end(world: World, task: SimTask, { stopCode, reason, exitCode }: End): void {
  if (task.status === "STOPPED") return;
  task.kill();
  task.desired = "STOPPED";
  task.stopCode ??= stopCode;
  task.reason ??= reason;
  task.exitCode = exitCode;
  task.stoppedMs = world.time.now();
  move(world, task, "STOPPED");
}

function move(world: World, task: SimTask, status: string): void {
  task.status = status;
  task.past.push({ atMs: world.time.now(), view: viewOf(task) });
  world.history.add({
    what: "status",
    task: task.arn,
    status,
    isStopping: task.desired === "STOPPED",
    why: status === "STOPPED" ? `${task.stopCode} ${task.exitCode ?? ""} ${task.reason ?? ""}` : "",
  });
}

/** A task as it is now. */
export function viewOf(task: SimTask): Task {
  const container = { name: "flow", exitCode: task.exitCode, reason: null };
  return {
    arn: task.arn,
    lastStatus: task.status,
    desiredStatus: task.desired,
    startedBy: task.startedBy,
    flowRunId: task.flowRunId,
    stopCode: task.stopCode,
    stoppedReason: task.reason,
    containers: task.stopCode === "TaskFailedToStart" ? [] : [container],
  };
}

/** A task as an answer shows it, possibly late; null while it is not visible yet. */
export function shownView(world: World, task: SimTask): Task | null {
  const now = world.time.now();
  if (now < task.visibleMs) return null;
  const lag = faultsAreOn(world) ? world.dice.int(0, world.scenario.ecs.staleMs) : 0;
  const shown = task.past.findLast(({ atMs }) => atMs <= now - lag) ?? task.past[0];
  return shown?.view ?? viewOf(task);
}

/** Whether it is not STOPPED yet. */
export function isLive({ status }: SimTask): boolean {
  return status !== "STOPPED";
}

/** Whether it is still in the account's memory: an hour after its end it no longer is. */
export function isForgotten(world: World, { stoppedMs }: SimTask): boolean {
  return stoppedMs !== null && world.time.now() - stoppedMs > 3_600_000 && elapsed(world) > 0;
}
