/** Changes of runs, made up. @module */

import type { RunHeader } from "../../schemas/flow_run/flow_run.ts";
import type { RunChange } from "../../schemas/flow_run/change.ts";

/** Header of a run that was due at `dueAtMs`. */
export function someHeader(id: string, dueAtMs: number | null = 1_000): RunHeader {
  return {
    id,
    name: "amber-fox",
    flowId: "flow-1",
    flowName: "etl",
    version: "1",
    stateType: "Scheduled",
    dueAtMs,
  };
}

/** A change of run `r1` with these members. */
export function someChange(members: Partial<RunChange>): RunChange {
  return {
    header: someHeader("r1"),
    atMs: 1_000,
    from: null,
    to: "waitingForStart",
    event: "xstate.init",
    step: null,
    resumed: false,
    attempt: 1,
    taskId: null,
    failure: null,
    resumeAt: "claiming",
    ended: null,
    end: null,
    ...members,
  };
}

/** The way of a run that is launched, waits once for capacity and ends, with the moment of each step. */
export const LAUNCHED: readonly RunChange[] = [
  someChange({ to: "waitingForStart", atMs: 1_200 }),
  someChange({ from: "waitingForStart", to: "claiming", atMs: 1_300 }),
  someChange({ from: "claiming", to: "planning", atMs: 1_500, step: "claimed" }),
  someChange({ from: "planning", to: "ensuringTaskDefinition", atMs: 1_600 }),
  someChange({ from: "ensuringTaskDefinition", to: "runningTask", atMs: 2_500, step: "registered" }),
  someChange({
    from: "runningTask",
    to: "backingOff",
    atMs: 2_600,
    failure: "notPlaced",
    resumeAt: "runningTask",
  }),
  someChange({ from: "backingOff", to: "runningTask", atMs: 4_000, attempt: 2 }),
  someChange({
    from: "runningTask",
    to: "releasingTaskDefinition",
    atMs: 4_500,
    step: "launched",
    taskId: "task-1",
    attempt: 2,
  }),
  someChange({
    from: "releasingTaskDefinition",
    to: "reporting",
    atMs: 4_500,
    taskId: "task-1",
    attempt: 2,
  }),
  someChange({ from: "reporting", to: "watching", atMs: 4_600, taskId: "task-1", attempt: 2 }),
  someChange({
    from: "watching",
    to: "watching",
    event: "task.started",
    step: "running",
    atMs: 34_500,
    taskId: "task-1",
    attempt: 2,
  }),
  someChange({
    from: "watching",
    to: "completed",
    ended: "completed",
    end: { state: "Success", kind: "success" },
    atMs: 60_000,
    taskId: "task-1",
    attempt: 2,
  }),
];
