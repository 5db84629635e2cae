/** Runs and tasks as a test sets them, for everything that looks at launched runs. @module */

import type { EcsCalls, Task } from "../../actors/ecs/calls.ts";
import { NO_HOLDS, type Orchestrator, type RunState } from "../../schemas/contracts/orchestrator.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Platform, StoppableTask, TaskPlace, WatchedTask } from "../../schemas/contracts/platform.ts";
import { makeEcsPlatform } from "../../actors/ecs/platform.ts";
import { NO_LIMITS } from "../../schemas/ecs/aws_limits.ts";
import { defaultPacingSettings } from "../../schemas/ecs/pacing_options.ts";
import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { type Failure, FailureError } from "../../schemas/failure/failure.ts";
import { endOf } from "../../schemas/prefect1/state.ts";
import { fakeClock } from "./clock.ts";
import { task as someTask, taskArn } from "./fake_ecs.ts";
import { KEY, someClaim } from "./claim.ts";

/** State of a run by its type, as Prefect 1 has it. */
export function runState(type: string, more: Partial<RunState> = {}): RunState {
  return {
    id: "run-1",
    version: "2",
    type,
    end: endOf(type),
    claimed: type === "Submitted",
    finished: ["Success", "Failed", "Cancelled"].includes(type),
    scheduled: ["Scheduled", "Queued"].includes(type),
    queued: type === "Queued",
    running: ["Running", "Cancelling"].includes(type),
    cancelling: type === "Cancelling",
    cancelled: type === "Cancelled",
    marker: someClaim().marker,
    ...more,
  };
}

/** The task of run-1. */
export const TASK: WatchedTask = {
  runId: "run-1",
  claim: KEY,
  taskId: taskArn(1),
  place: placeIn("default"),
  delegatesToOtherJob: false,
};

/** Where tasks of a cluster are; null: the default one. */
export function placeIn(cluster: string | null, more: Partial<TaskPlace> = {}): TaskPlace {
  return { canList: true, label: "Task", detail: { cluster, logs: [] }, ...more };
}

/** ECS as tests of the watcher use it: no call waits, and no log is read. */
export function platformOver(
  ecs: Partial<EcsCalls>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Platform<LaunchPlan> {
  const unused = () => Promise.reject(new Error("nothing of this kind is asked here"));
  const { platform } = makeEcsPlatform({
    ecs: {
      describeTaskDefinition: unused,
      registerTaskDefinition: unused,
      deregisterTaskDefinition: unused,
      runTask: unused,
      describeTasks: unused,
      listTasks: unused,
      stopTask: unused,
      findDefinitionsByTag: unused,
      ...ecs,
    },
    readLogTail: () => Promise.resolve([]),
    pacing: { ...defaultPacingSettings, limits: NO_LIMITS },
    onTurn: () => undefined,
    cluster: "default",
    unplacedText: () => "not placed",
    clock,
    random: () => 0.5,
    log,
  });
  return platform;
}

/** The same, to be stopped. */
export const STOPPABLE: Omit<StoppableTask, "reason"> = { ...TASK, startMs: 900_000 };

/** A task that has stopped. */
export function stoppedTask(more: Partial<Task> = {}, exitCode: number | null = 1): Task {
  return someTask(taskArn(1), {
    lastStatus: "STOPPED",
    desiredStatus: "STOPPED",
    stopCode: "EssentialContainerExited",
    stoppedReason: "Essential container in task exited",
    containers: [{ name: "flow", exitCode, reason: null }],
    ...more,
  });
}

/** The run whose task it is: the one that it is listed for, unless the test says otherwise. */
function ownerOf(live: ReadonlyMap<string, readonly string[]>, { arn, flowRunId }: Task): string | null {
  return flowRunId ?? [...live].find(([, arns]) => arns.includes(arn))?.[0] ?? null;
}

/** The world and the hand that changes it. */
export function watchedWorld() {
  const clock = fakeClock();
  const runs = new Map<string, RunState>();
  const tasks = new Map<string, Task>();
  const live = new Map<string, readonly string[]>();
  const calls: string[] = [];
  const failures = new Map<string, Failure[]>();
  const logged: string[] = [];
  const waiting = new Set<string>();
  const onStop: { do: (arn: string) => void } = { do: () => undefined };
  const made = (name: string, what = ""): Promise<void> => {
    calls.push(what === "" ? name : `${name} ${what}`);
    const failure = failures.get(name)?.shift();
    return failure === undefined ? Promise.resolve() : Promise.reject(new FailureError(failure));
  };
  const ecs: Pick<EcsCalls, "describeTasks" | "listTasks" | "stopTask"> = {
    describeTasks: async (cluster, arns) => {
      await made("describe", `${cluster} ${arns.length}`);
      const found = arns.flatMap((arn) => tasks.get(arn) ?? []).map((one) => ({
        ...one,
        flowRunId: ownerOf(live, one),
      }));
      const missing = arns.filter((arn) => !tasks.has(arn));
      return { tasks: found, failures: missing.map((arn) => ({ arn, reason: "MISSING" })) };
    },
    listTasks: async (_cluster, startedBy) => {
      await made("list", startedBy);
      return live.get(startedBy) ?? [];
    },
    stopTask: async (cluster, arn, reason) => {
      await made("stop", `${cluster}: ${reason}`);
      onStop.do(arn);
    },
  };
  const seen: string[] = [];
  const orchestrator: Pick<
    Orchestrator,
    "read" | "readByKey" | "isWaiting" | "hasLaterClaim" | "cancel" | "log" | "fail" | "taskSeen"
  > = {
    fail: async ({ id }, { message }) => {
      await made("fail", `${id}: ${message}`);
      return null;
    },
    taskSeen: (id, { status, pushed }) => void seen.push(`${id} ${status}${pushed ? " pushed" : ""}`),
    hasLaterClaim: NO_HOLDS.hasLaterClaim,
    read: async (ids) => {
      await made("read", String(ids.length));
      return ids.flatMap((id) => runs.get(id) ?? []);
    },
    readByKey: async (id) => {
      await made("readByKey");
      return runs.get(id) ?? null;
    },
    isWaiting: async (id) => {
      await made("isWaiting");
      return waiting.has(id);
    },
    cancel: async ({ id }) => {
      await made("cancel");
      const now = runs.get(id);
      if (now?.cancelling) {
        runs.set(id, runState("Cancelled", { id, version: String(Number(now.version) + 1) }));
      }
    },
    log: (_id, level, message) => {
      logged.push(`run ${level} ${message}`);
      return Promise.resolve();
    },
  };
  const log = (level: string, message: string) => void logged.push(`${level} ${message}`);
  return {
    clock,
    runs,
    tasks,
    live,
    calls,
    waiting,
    logged,
    onStop,
    ecs,
    platform: platformOver(ecs, { clock, log }),
    orchestrator,
    /** Statuses of tasks that the API was told of. */
    seen,
    log,
    failNext: (name: string, ...them: Failure[]) =>
      failures.set(name, [...failures.get(name) ?? [], ...them]),
    count: (name: string) => calls.filter((call) => call.split(" ")[0] === name).length,
  };
}
