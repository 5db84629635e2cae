/**
 * One line about a lost task: what happened, the evidence, what to do.
 *
 * @module
 */

import type { Failure } from "../failure/failure.ts";
import type { LogPlace } from "./log_places.ts";
import { spokenTime } from "../flow_run/deadlines.ts";
import { SLOW_TODO, STOP_ROWS, type StopRow, UNKNOWN_STOP, VANISHED } from "./stop_reasons.ts";

/** A stopped task, as far as it explains itself. */
export interface StoppedTask {
  readonly stopCode: string | null;
  readonly stoppedReason: string | null;
  /** May be empty for a task that failed to start. */
  readonly containers: readonly {
    readonly name: string;
    /** Null: the container never started, or its host was lost. */
    readonly exitCode: number | null;
    readonly reason: string | null;
  }[];
}

/** What is known of a lost task. */
export interface LostTask {
  readonly runId: string;
  /** Null when the run was found without any task. */
  readonly taskId: string | null;
  /** Null: ECS does not show it. */
  readonly task: StoppedTask | null;
  /** The run had reported Running. */
  readonly wasRunning: boolean;
  /** Where its containers wrote their logs, as far as that is known. */
  readonly logs?: readonly LogPlace[];
  /** Last lines of its log. */
  readonly lastLines?: readonly string[];
}

/** A failure of this kind. */
export type TaskStopped = Extract<Failure, { tag: "taskStopped" }>;

/** Longest text of AWS that is passed on. */
const MAX_REASON = 600;

/** The row of the table that a stopped task fits. */
export function stopRowOf(task: StoppedTask): StopRow {
  return STOP_ROWS.find((row) => fits(row, task)) ?? UNKNOWN_STOP;
}

/**
 * Explains a lost task; codes that are not known are reported as they are.
 *
 * @see "Amazon ECS task lifecycle"; "Stopped tasks error codes"
 */
export function explainStop(lost: LostTask): TaskStopped {
  const row = lost.task === null ? VANISHED : stopRowOf(lost.task);
  return {
    tag: "taskStopped",
    class: row.class,
    wasRunning: lost.wasRunning,
    taskId: lost.taskId ?? "",
    message: messageOf(row, lost),
  };
}

/** A task that this agent stopped because it did not start in time. */
export interface SlowStart {
  readonly runId: string;
  /** Null when the run was found without any task. */
  readonly taskId: string | null;
  /** The run reported Running when it was read after the stop. */
  readonly wasRunning: boolean;
  /** Time that the task had to start, in milliseconds. */
  readonly startMs: number;
}

/** Explains a task that was stopped because it did not start in time. */
export function explainSlowStart({ wasRunning, startMs, ...of }: SlowStart): TaskStopped {
  const message = `${subjectOf(of)} was not running after ${
    spokenTime(startMs)
  } and was stopped; ${SLOW_TODO}`;
  return { tag: "taskStopped", class: "tooSlow", wasRunning, taskId: of.taskId ?? "", message };
}

function subjectOf({ runId, taskId }: Pick<LostTask, "runId" | "taskId">): string {
  return taskId === null ? `The task of flow run ${runId}` : `Task ${taskId} of flow run ${runId}`;
}

function fits({ code, reason, exitCodes }: StopRow, task: StoppedTask): boolean {
  if (code !== undefined && code !== task.stopCode) return false;
  if (reason !== undefined && !reasonsOf(task).some((text) => reason.test(text))) return false;
  if (exitCodes === undefined) return true;
  return task.containers.some(({ exitCode }) => exitCode !== null && exitCodes.includes(exitCode));
}

function reasonsOf({ stoppedReason, containers }: StoppedTask): readonly string[] {
  return [stoppedReason, ...containers.map(({ reason }) => reason)].filter((text) => text !== null);
}

function messageOf(row: StopRow, lost: LostTask): string {
  const { task, lastLines = [] } = lost;
  const evidence = task === null ? logParts(lost) : [...taskParts(task), ...logParts(lost)];
  const found = evidence.length === 0 ? "" : ` (${evidence.join("; ")})`;
  const lines = lastLines.length === 0
    ? ""
    : `; last lines of its log: ${lastLines.map(oneLine).join(" ⏎ ")}`;
  return `${subjectOf(lost)} ${row.what}${found}: ${row.todo}${lines}`;
}

function taskParts(task: StoppedTask): readonly string[] {
  const { stopCode, stoppedReason, containers } = task;
  const exits = containers.map(({ name, exitCode, reason }) =>
    `${name} ${exitCode ?? "none"}${reason === null ? "" : ` (${oneLine(reason)})`}`
  );
  return [
    `stop code ${stopCode ?? "none"}`,
    ...(stoppedReason === null ? [] : [`reason: ${oneLine(stoppedReason)}`]),
    ...(exits.length === 0 ? [] : [`exit codes: ${exits.join(", ")}`]),
  ];
}

function logParts({ logs = [] }: LostTask): readonly string[] {
  return logs.map(({ group, stream }) => `log stream ${stream} of group ${group}`);
}

function oneLine(text: string): string {
  const flat = text.replace(/\s*[\r\n]+\s*/g, " ").trim();
  return flat.length <= MAX_REASON ? flat : `${flat.slice(0, MAX_REASON)}…`;
}
