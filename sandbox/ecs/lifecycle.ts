/**
 * The life of tasks, from PROVISIONING to STOPPED, on a clock and a launcher that come from outside.
 *
 * @see "Amazon ECS task lifecycle", Amazon ECS documentation
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";
import type { Faults } from "./faults.ts";
import type { Launcher, RunningContainer } from "../containers/launcher.ts";
import { containerStart } from "./overrides.ts";
import type { ContainerDefinition, TaskRecord } from "./records.ts";
import type { EcsStore } from "./store.ts";

/** How long the steps take, in milliseconds. */
export interface Pace {
  readonly provisioningMs: number;
  readonly pendingMs: number;
  readonly deprovisioningMs: number;
}

/** Why a task stops. */
export interface StopCause {
  /** `stopCode`, such as `UserInitiated`. */
  readonly code: string;
  /** `stoppedReason`. */
  readonly reason: string;
}

/** What the life of a task needs. */
export interface LifecycleParts {
  readonly clock: Clock;
  readonly store: EcsStore;
  readonly faults: Faults;
  readonly launcher: Launcher;
  readonly pace: Pace;
}

/** Moves tasks through their life. */
export interface Lifecycle {
  /** Starts the life of a task that was just stored. */
  readonly begin: (arn: string) => void;
  /** Asks a task to stop; one that stops already stays as it is. */
  readonly stop: (arn: string, cause: StopCause) => void;
  /** After a restart: what had not started goes on, what had is over. */
  readonly recover: () => void;
  /** Ends everything at once and moves nothing any more. */
  readonly close: () => void;
}

const DEFAULT_STOP_TIMEOUT_S = 30;
/** Statuses in which no container was started yet. */
const WAITING: ReadonlySet<string> = new Set(["PROVISIONING", "PENDING"]);

/** Handles of a task that is not STOPPED. */
interface Live {
  readonly running: Map<string, RunningContainer>;
  readonly timers: Set<() => void>;
}

/** What all steps share. */
interface Stage extends LifecycleParts {
  /** By ARN. */
  readonly live: Map<string, Live>;
  isClosed: boolean;
}

function handles({ live }: Stage, arn: string): Live {
  const found = live.get(arn) ?? { running: new Map(), timers: new Set() };
  live.set(arn, found);
  return found;
}

/** Takes a step later, with the task as it is then. */
function later(
  stage: Stage,
  wait: { readonly arn: string; readonly ms: number },
  step: (task: TaskRecord) => void,
): void {
  const { timers } = handles(stage, wait.arn);
  const cancel = stage.clock.after(wait.ms, () => {
    timers.delete(cancel);
    const task = stage.store.tasks.get(wait.arn);
    if (task !== undefined) step(task);
  });
  timers.add(cancel);
}

function dropTimers(stage: Stage, arn: string): void {
  const { timers } = handles(stage, arn);
  for (const cancel of timers) cancel();
  timers.clear();
}

function patch({ store }: Stage, task: TaskRecord, change: Partial<TaskRecord>): TaskRecord {
  const next = { ...task, ...change, version: task.version + 1 };
  store.tasks.put(task.arn, next);
  return next;
}

function definitionsOf({ store }: Stage, task: TaskRecord): readonly ContainerDefinition[] {
  return store.definitions.get(task.definitionArn)?.body.containerDefinitions ?? [];
}

/** The containers are gone; the task is STOPPED a little later. */
function finish(stage: Stage, task: TaskRecord): void {
  dropTimers(stage, task.arn);
  const executionStoppedAt = stage.clock.now();
  patch(stage, task, { lastStatus: "DEPROVISIONING", desiredStatus: "STOPPED", executionStoppedAt });
  later(stage, { arn: task.arn, ms: stage.pace.deprovisioningMs }, (last) => {
    patch(stage, last, {
      lastStatus: "STOPPED",
      stoppedAt: stage.clock.now(),
      containers: last.containers.map((each) => ({ ...each, lastStatus: "STOPPED" })),
    });
    stage.live.delete(last.arn);
  });
}

function signalRunning(stage: Stage, task: TaskRecord): void {
  const { running } = handles(stage, task.arn);
  for (const [name, container] of [...running]) {
    const definition = definitionsOf(stage, task).find((each) => each.name === name);
    const ms = (definition?.stopTimeout ?? DEFAULT_STOP_TIMEOUT_S) * 1000;
    later(stage, { arn: task.arn, ms }, () => running.get(name)?.signal("SIGKILL"));
    container.signal("SIGTERM");
  }
}

function stop(stage: Stage, arn: string, { code, reason }: StopCause): void {
  const task = stage.store.tasks.get(arn);
  if (task === undefined || task.desiredStatus === "STOPPED") return;
  const cause = { stopCode: code, stoppedReason: reason, stoppingAt: stage.clock.now() };
  dropTimers(stage, arn);
  if (handles(stage, arn).running.size === 0) return finish(stage, patch(stage, task, cause));
  signalRunning(stage, patch(stage, task, { ...cause, desiredStatus: "STOPPED", lastStatus: "STOPPING" }));
}

function exited(stage: Stage, arn: string, exit: { readonly name: string; readonly exitCode: number }): void {
  const { name, exitCode } = exit;
  const before = stage.isClosed ? undefined : stage.store.tasks.get(arn);
  if (before === undefined) return;
  const { running } = handles(stage, arn);
  running.delete(name);
  const task = patch(stage, before, {
    containers: before.containers.map((each) =>
      each.name === name ? { ...each, lastStatus: "STOPPED", exitCode } : each
    ),
  });
  const isEssential = task.containers.some((each) => each.name === name && each.essential);
  if (isEssential || running.size === 0) {
    stop(stage, arn, { code: "EssentialContainerExited", reason: "Essential container in task exited" });
  }
  // `stop` has ended a task whose last container this was; a task that was stopping ends here.
  if (task.desiredStatus === "STOPPED" && running.size === 0) finish(stage, task);
}

/** Why the task cannot start, null when it can. */
function obstacle(stage: Stage, task: TaskRecord): string | null {
  const definitions = definitionsOf(stage, task);
  const images = definitions.map((each) => each.image);
  const fault = stage.faults.strike("startFailure", { operation: "RunTask", family: task.family, images });
  if (fault !== null) {
    return fault.reason ?? "Timeout waiting for network interface provisioning to complete.";
  }
  const secret = definitions.flatMap((each) => each.secrets)[0];
  if (secret !== undefined) {
    return "ResourceInitializationError: unable to pull secrets or registry auth: the local ECS has no secrets " +
      `store, so ${secret.name} cannot be read`;
  }
  const refused = images.map(stage.launcher.refuses).find((each) => each !== null) ?? null;
  return refused === null ? null : `CannotPullContainerError: ${refused}`;
}

function startContainers(stage: Stage, task: TaskRecord): void {
  const { running } = handles(stage, task.arn);
  for (const definition of definitionsOf(stage, task)) {
    const { name } = definition;
    const onExit = (exitCode: number) => exited(stage, task.arn, { name, exitCode });
    running.set(name, stage.launcher.start(containerStart(task, definition), onExit));
  }
}

function launch(stage: Stage, pending: TaskRecord): void {
  const failToStart = (reason: string) => stop(stage, pending.arn, { code: "TaskFailedToStart", reason });
  const hindrance = obstacle(stage, pending);
  if (hindrance !== null) return failToStart(hindrance);
  // Stored before the first process exists: after a crash this task is not started a second time.
  const task = patch(stage, pending, { lastStatus: "ACTIVATING" });
  try {
    startContainers(stage, task);
  } catch (thrown) {
    return failToStart(
      `CannotStartContainerError: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
  }
  const containers = task.containers.map((each) => ({ ...each, lastStatus: "RUNNING" }));
  patch(stage, task, { lastStatus: "RUNNING", startedAt: stage.clock.now(), containers });
  maybeReclaim(stage, task);
}

function maybeReclaim(stage: Stage, { arn, capacityProvider, family }: TaskRecord): void {
  if (capacityProvider !== "FARGATE_SPOT") return;
  if (stage.faults.strike("spotReclaim", { operation: "RunTask", family }) === null) return;
  later(stage, { arn, ms: stage.faults.spotAfterMs }, () => {
    stop(stage, arn, { code: "SpotInterruption", reason: "Your Spot Task was interrupted." });
  });
}

function begin(stage: Stage, arn: string): void {
  later(stage, { arn, ms: stage.pace.provisioningMs }, (task) => {
    patch(stage, task, { lastStatus: "PENDING" });
    later(stage, { arn, ms: stage.pace.pendingMs }, (pending) => launch(stage, pending));
  });
}

/** STOPPED at once: its containers are gone, or will be before anybody can look. */
function end(stage: Stage, task: TaskRecord, reason: string): void {
  const now = stage.clock.now();
  patch(stage, task, {
    lastStatus: "STOPPED",
    desiredStatus: "STOPPED",
    stopCode: task.stopCode ?? "InfrastructureHealth",
    stoppedReason: task.stoppedReason ?? reason,
    stoppingAt: task.stoppingAt ?? now,
    executionStoppedAt: task.executionStoppedAt ?? now,
    stoppedAt: now,
    containers: task.containers.map((each) => ({ ...each, lastStatus: "STOPPED" })),
  });
}

function recover(stage: Stage, task: TaskRecord): void {
  if (task.desiredStatus === "RUNNING" && WAITING.has(task.lastStatus)) return begin(stage, task.arn);
  stage.launcher.endLeftover(task.id);
  end(stage, task, "The local ECS was ended while the task ran; its containers are gone");
}

function close(stage: Stage): void {
  stage.isClosed = true;
  for (const [arn, { running }] of stage.live) {
    dropTimers(stage, arn);
    for (const container of running.values()) container.signal("SIGKILL");
    const task = stage.store.tasks.get(arn);
    // What had not started goes on at the next start.
    if (task === undefined || WAITING.has(task.lastStatus)) continue;
    end(stage, task, "The local ECS was closed while the task ran");
  }
  stage.live.clear();
}

/** Makes the lifecycle of all tasks of a store. */
export function createLifecycle(parts: LifecycleParts): Lifecycle {
  const stage: Stage = { ...parts, live: new Map(), isClosed: false };
  return {
    begin: (arn) => begin(stage, arn),
    stop: (arn, cause) => stop(stage, arn, cause),
    recover: () => {
      for (const task of parts.store.tasks.all()) if (task.lastStatus !== "STOPPED") recover(stage, task);
    },
    close: () => close(stage),
  };
}
