/**
 * One line about a lost task: what happened, the evidence, what to do.
 *
 * @module
 */

import type { LostTask, SlowStart, TaskStopped } from "../contracts/platform.ts";
import { isJsonObject, type Json, type JsonObject } from "../json/json.ts";
import { spokenTime } from "../flow_run/deadlines.ts";
import { SLOW_TODO, STOP_ROWS, type StopRow, UNKNOWN_STOP, VANISHED } from "./stop_reasons.ts";

/** What a stopped task says of its end. */
export type StopEvidence = {
  readonly stopCode: string | null;
  readonly stoppedReason: string | null;
  /** May be empty for a task that failed to start. */
  readonly containers: readonly ContainerEnd[];
};

type ContainerEnd = {
  readonly name: string;
  /** Null: the container never started, or its host was lost. */
  readonly exitCode: number | null;
  readonly reason: string | null;
};

/** Longest text of AWS that is passed on. */
const MAX_REASON = 600;

/** The row of the table that a stopped task fits. */
export function stopRowOf(task: StopEvidence): StopRow {
  return STOP_ROWS.find((row) => fits(row, task)) ?? UNKNOWN_STOP;
}

/**
 * Explains a lost task; codes that are not known are reported as they are.
 *
 * @see "Amazon ECS task lifecycle"; "Stopped tasks error codes"
 */
export function explainStop(lost: LostTask): TaskStopped {
  const task = lost.seen === null ? null : readEvidence(lost.seen.evidence);
  const row = task === null ? VANISHED : stopRowOf(task);
  return {
    tag: "taskStopped",
    class: row.class,
    wasRunning: lost.wasRunning,
    taskId: lost.taskId ?? "",
    message: messageOf(row, lost, task),
  };
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

/** Evidence is kept as plain JSON while the task is followed. */
function readEvidence(evidence: Json): StopEvidence {
  const { stopCode = null, stoppedReason = null, containers = [] } = isJsonObject(evidence) ? evidence : {};
  return {
    stopCode: textOf(stopCode),
    stoppedReason: textOf(stoppedReason),
    containers: Array.isArray(containers) ? containers.filter(isJsonObject).map(readContainer) : [],
  };
}

function readContainer({ name = "", exitCode = null, reason = null }: JsonObject): ContainerEnd {
  return {
    name: textOf(name) ?? "",
    exitCode: typeof exitCode === "number" ? exitCode : null,
    reason: textOf(reason),
  };
}

function textOf(value: Json): string | null {
  return typeof value === "string" ? value : null;
}

function fits({ code, reason, exitCodes }: StopRow, task: StopEvidence): boolean {
  if (code !== undefined && code !== task.stopCode) return false;
  if (reason !== undefined && !reasonsOf(task).some((text) => reason.test(text))) return false;
  if (exitCodes === undefined) return true;
  return task.containers.some(({ exitCode }) => exitCode !== null && exitCodes.includes(exitCode));
}

function reasonsOf({ stoppedReason, containers }: StopEvidence): readonly string[] {
  return [stoppedReason, ...containers.map(({ reason }) => reason)].filter((text) => text !== null);
}

function messageOf(row: StopRow, lost: LostTask, task: StopEvidence | null): string {
  const { places, lastLines } = lost.log ?? { places: [], lastLines: [] };
  const evidence = task === null ? places : [...taskParts(task), ...places];
  const found = evidence.length === 0 ? "" : ` (${evidence.join("; ")})`;
  const lines = lastLines.length === 0
    ? ""
    : `; last lines of its log: ${lastLines.map(oneLine).join(" ⏎ ")}`;
  return `${subjectOf(lost)} ${row.what}${found}: ${row.todo}${lines}`;
}

function taskParts(task: StopEvidence): readonly string[] {
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

function oneLine(text: string): string {
  const flat = text.replace(/\s*[\r\n]+\s*/g, " ").trim();
  return flat.length <= MAX_REASON ? flat : `${flat.slice(0, MAX_REASON)}…`;
}
