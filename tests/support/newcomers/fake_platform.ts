/**
 * A platform of the smallest kind: tasks in memory, nothing to register. It shows what a newcomer has to write.
 *
 * @module
 */

import {
  type LaunchRequest,
  NO_PACE,
  type Platform,
  type SeenTask,
  type StoppedTask,
  type TaskPlace,
} from "../../../schemas/contracts/platform.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { RunPlan } from "../../../schemas/plan/run_plan.ts";
import type { Behaviour } from "../test_platform.ts";

/** A plan: what the task does. */
export interface FakePlan extends RunPlan {
  readonly behaviour: Behaviour | "bad";
}

interface FakeTask {
  readonly runId: string;
  readonly behaviour: FakePlan["behaviour"];
  /** Steps of time that it has lived. */
  age: number;
  isStopped: boolean;
}

/** The platform, and how a test plays with it. */
export interface FakePlatform {
  readonly platform: Platform<FakePlan>;
  readonly tasks: ReadonlyMap<string, FakeTask>;
  /** A step of time: tasks come up, or end. */
  readonly pass: () => void;
}

/** A plan of the fake. */
export function fakePlan(behaviour: FakePlan["behaviour"]): FakePlan {
  return { behaviour, sources: () => ({}), warnings: [], notes: [] };
}

const PLACE: TaskPlace = { canList: true, label: "Box", detail: null };

/** Makes one without any task. */
export function fakePlatform(): FakePlatform {
  const tasks = new Map<string, FakeTask>();
  const platform: Platform<FakePlan> = {
    check: ({ behaviour }) => {
      if (behaviour !== "bad") return;
      throw new FailureError({
        tag: "badFlowRun",
        field: "behaviour",
        message: "Cannot use the behaviour bad",
      });
    },
    ensure: () => Promise.resolve({ name: "nothing", registered: false, releaseId: null }),
    release: () => Promise.resolve(),
    decided: () => undefined,
    left: () => undefined,
    run: (request, signal) => start(tasks, request, signal),
    place: () => PLACE,
    zone: () => "",
    look: (wanted) =>
      Promise.resolve(
        new Map(wanted.map(({ id }) => {
          const task = tasks.get(id);
          return [id, task === undefined ? { phase: "missing" } as const : seenOf(task)];
        })),
      ),
    changes: () => () => undefined,
    list: ({ runId }) => {
      const live = [...tasks].filter(([, task]) => task.runId === runId && isLive(task));
      return Promise.resolve({ outcome: "listed", ids: live.map(([id]) => id) });
    },
    stop: ({ id }) => {
      const task = tasks.get(id);
      if (task !== undefined && isLive(task)) task.isStopped = true;
      return Promise.resolve();
    },
    log: () => Promise.resolve({ places: [], lastLines: [] }),
    explain: ({ taskId, seen, wasRunning }) => {
      const why = seen === null ? "is not there any more" : `ended with ${JSON.stringify(seen.evidence)}`;
      const message = `Box ${taskId} ${why}; look at its host`;
      return {
        tag: "taskStopped",
        class: seen?.class ?? "exited",
        wasRunning,
        taskId: taskId ?? "",
        message,
      };
    },
    explainSlowStart: ({ taskId }) => ({
      tag: "taskStopped",
      class: "transientStart",
      wasRunning: false,
      taskId: taskId ?? "",
      message: `Box ${taskId} did not start in time; look at its host`,
    }),
    waitsFor: () => null,
    ...NO_PACE,
    links: () => [],
    words: {
      name: "Boxes",
      provider: "the test",
      launch: "start",
      lookPermission: "boxes:look",
      listPermission: "boxes:list",
    },
  };
  return { platform, tasks, pass: () => tasks.forEach((task) => task.age++) };
}

async function start(
  tasks: Map<string, FakeTask>,
  { runId, plan: { behaviour }, token, confirm }: LaunchRequest<FakePlan>,
  signal: AbortSignal,
) {
  await confirm();
  signal.throwIfAborted();
  const id = `box-${token}`;
  if (tasks.has(id)) return { id, adopted: true };
  if (behaviour === "noRoom") {
    throw new FailureError({ tag: "notPlaced", class: "capacity", failures: [], message: "No box is free" });
  }
  tasks.set(id, { runId, behaviour, age: 0, isStopped: false });
  return { id, adopted: false };
}

function isLive(task: FakeTask): boolean {
  return seenOf(task).phase !== "stopped";
}

function seenOf({ behaviour, age, isStopped }: FakeTask): SeenTask {
  const code = isStopped ? 143 : { endsWell: 0, fails: 3, waits: null, noRoom: null, bad: null }[behaviour];
  if (code === null || (age < 3 && !isStopped)) {
    return age < 1 ? { phase: "pending", status: "new" } : { phase: "running", status: "up" };
  }
  const stopped: StoppedTask = {
    phase: "stopped",
    status: "down",
    failed: code !== 0,
    neverRan: false,
    endedByItself: !isStopped,
    class: "exited",
    evidence: { code },
  };
  return stopped;
}
