/**
 * The life of tasks, from PROVISIONING to STOPPED, on a clock and a launcher that come from outside.
 *
 * @see "Amazon ECS task lifecycle", Amazon ECS documentation
 * @module
 */

import type { Clock } from "../schemas/clock.ts";
import type { Faults } from "./ecs_faults.ts";
import type { Launcher, RunningContainer } from "./ecs_launcher.ts";
import { containerStart } from "./ecs_overrides.ts";
import type { Container, ContainerDefinition, TaskRecord } from "./ecs_records.ts";
import type { EcsStore } from "./ecs_store.ts";

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

/** Handles of a task that is not STOPPED. */
interface Live {
  readonly running: Map<string, RunningContainer>;
  readonly timers: Set<() => void>;
}

/** Makes the lifecycle of all tasks of a store. */
export function createLifecycle(parts: LifecycleParts): Lifecycle {
  const { store, clock } = parts;
  const live = new Map<string, Live>();
  let isClosed = false;

  function handles(arn: string): Live {
    const found = live.get(arn) ?? { running: new Map(), timers: new Set() };
    live.set(arn, found);
    return found;
  }

  function later(arn: string, ms: number, step: (task: TaskRecord) => void): void {
    const { timers } = handles(arn);
    const cancel = clock.after(ms, () => {
      timers.delete(cancel);
      const task = store.tasks.get(arn);
      if (task !== undefined) step(task);
    });
    timers.add(cancel);
  }

  function patch(task: TaskRecord, change: Partial<TaskRecord>): TaskRecord {
    const next = { ...task, ...change, version: task.version + 1 };
    store.tasks.put(task.arn, next);
    return next;
  }

  function patchContainer(task: TaskRecord, name: string, change: Partial<Container>): TaskRecord {
    return patch(task, {
      containers: task.containers.map((each) => each.name === name ? { ...each, ...change } : each),
    });
  }

  function definitionsOf(task: TaskRecord): readonly ContainerDefinition[] {
    return store.definitions.get(task.definitionArn)?.body.containerDefinitions ?? [];
  }

  function dropTimers(arn: string): void {
    for (const cancel of handles(arn).timers) cancel();
    handles(arn).timers.clear();
  }

  function finish(task: TaskRecord): void {
    dropTimers(task.arn);
    const now = clock.now();
    patch(task, { lastStatus: "DEPROVISIONING", desiredStatus: "STOPPED", executionStoppedAt: now });
    later(task.arn, parts.pace.deprovisioningMs, (last) => {
      patch(last, {
        lastStatus: "STOPPED",
        stoppedAt: clock.now(),
        containers: last.containers.map((each) => ({ ...each, lastStatus: "STOPPED" })),
      });
      live.delete(last.arn);
    });
  }

  function signalRunning(task: TaskRecord): void {
    const { running } = handles(task.arn);
    for (const [name, container] of [...running]) {
      const definition = definitionsOf(task).find((each) => each.name === name);
      later(task.arn, (definition?.stopTimeout ?? DEFAULT_STOP_TIMEOUT_S) * 1000, () => {
        running.get(name)?.signal("SIGKILL");
      });
      container.signal("SIGTERM");
    }
  }

  function stop(arn: string, { code, reason }: StopCause): void {
    const task = store.tasks.get(arn);
    if (task === undefined || task.desiredStatus === "STOPPED") return;
    const cause = { stopCode: code, stoppedReason: reason, stoppingAt: clock.now() };
    dropTimers(arn);
    if (handles(arn).running.size === 0) return finish(patch(task, cause));
    signalRunning(patch(task, { ...cause, desiredStatus: "STOPPED", lastStatus: "STOPPING" }));
  }

  function exited(arn: string, name: string, exitCode: number): void {
    if (isClosed) return;
    const before = store.tasks.get(arn);
    const { running } = handles(arn);
    running.delete(name);
    if (before === undefined) return;
    const container = before.containers.find((each) => each.name === name);
    const task = patchContainer(before, name, { lastStatus: "STOPPED", exitCode });
    if (container?.essential === true || running.size === 0) {
      stop(arn, { code: "EssentialContainerExited", reason: "Essential container in task exited" });
    }
    // `stop` has ended a task whose last container this was; a task that was stopping ends here.
    if (task.desiredStatus === "STOPPED" && running.size === 0) finish(task);
  }

  function failToStart({ arn }: TaskRecord, reason: string): void {
    stop(arn, { code: "TaskFailedToStart", reason });
  }

  function obstacle(task: TaskRecord): string | null {
    const definitions = definitionsOf(task);
    const images = definitions.map((each) => each.image);
    const fault = parts.faults.strike("startFailure", { operation: "RunTask", family: task.family, images });
    if (fault !== null) {
      return fault.reason ?? "Timeout waiting for network interface provisioning to complete.";
    }
    const secret = definitions.flatMap((each) => each.secrets)[0];
    if (secret !== undefined) {
      return "ResourceInitializationError: unable to pull secrets or registry auth: the local ECS has no secrets " +
        `store, so ${secret.name} cannot be read`;
    }
    return images.map(parts.launcher.refuses).find((each) => each !== null) ?? null;
  }

  function startContainers(task: TaskRecord): void {
    const { running } = handles(task.arn);
    for (const definition of definitionsOf(task)) {
      const container = parts.launcher.start(
        containerStart(task, definition),
        (code) => exited(task.arn, definition.name, code),
      );
      running.set(definition.name, container);
    }
  }

  function launch(pending: TaskRecord): void {
    const hindrance = obstacle(pending);
    if (hindrance !== null) return failToStart(pending, hindrance);
    // Stored before the first process exists: after a crash this task is not started a second time.
    const task = patch(pending, { lastStatus: "ACTIVATING" });
    try {
      startContainers(task);
    } catch (thrown) {
      const reason = `CannotStartContainerError: ${
        thrown instanceof Error ? thrown.message : String(thrown)
      }`;
      return failToStart(task, reason);
    }
    const { running } = handles(task.arn);
    patch(task, {
      lastStatus: "RUNNING",
      startedAt: clock.now(),
      containers: task.containers.map((each) => ({
        ...each,
        lastStatus: "RUNNING",
        pid: running.get(each.name)?.pid ?? null,
      })),
    });
    maybeReclaim(task);
  }

  function maybeReclaim(task: TaskRecord): void {
    if (task.capacityProvider !== "FARGATE_SPOT") return;
    if (parts.faults.strike("spotReclaim", { operation: "RunTask", family: task.family }) === null) return;
    later(task.arn, parts.faults.spotAfterMs, () => {
      stop(task.arn, { code: "SpotInterruption", reason: "Your Spot Task was interrupted." });
    });
  }

  function begin(arn: string): void {
    later(arn, parts.pace.provisioningMs, (task) => {
      patch(task, { lastStatus: "PENDING" });
      later(arn, parts.pace.pendingMs, launch);
    });
  }

  function end(task: TaskRecord, cause: StopCause): void {
    patch(task, {
      lastStatus: "STOPPED",
      desiredStatus: "STOPPED",
      stopCode: task.stopCode ?? cause.code,
      stoppedReason: task.stoppedReason ?? cause.reason,
      stoppingAt: task.stoppingAt ?? clock.now(),
      executionStoppedAt: task.executionStoppedAt ?? clock.now(),
      stoppedAt: clock.now(),
      containers: task.containers.map((each) => ({ ...each, lastStatus: "STOPPED" })),
    });
  }

  function recoverTask(task: TaskRecord): void {
    if (task.desiredStatus === "RUNNING" && ["PROVISIONING", "PENDING"].includes(task.lastStatus)) {
      return begin(task.arn);
    }
    for (const { pid } of task.containers) {
      if (pid !== null) parts.launcher.endLeftover(pid, task.id);
    }
    end(task, {
      code: "InfrastructureHealth",
      reason: "The local ECS was ended while the task ran; its containers are gone",
    });
  }

  return {
    begin,
    stop,
    recover: () => {
      for (const task of store.tasks.all()) if (task.lastStatus !== "STOPPED") recoverTask(task);
    },
    close: () => {
      isClosed = true;
      for (const [arn, { running }] of live) {
        dropTimers(arn);
        for (const container of running.values()) container.signal("SIGKILL");
        running.clear();
        const task = store.tasks.get(arn);
        if (task === undefined || ["PROVISIONING", "PENDING"].includes(task.lastStatus)) continue;
        end(task, { code: "InfrastructureHealth", reason: "The local ECS was closed while the task ran" });
      }
      live.clear();
    },
  };
}
