/**
 * Reporting what came of a launch: the task, or that the run has failed.
 *
 * @module
 */

import type { RunPlan } from "../schemas/plan/run_plan.ts";
import { type FoundTask, NO_TASK_FOUND } from "../schemas/contracts/task.ts";
import type { Report, Reported } from "../machines/flow_run_types.ts";
import { endedAs } from "../schemas/flow_run/run_end.ts";
import { FailureError } from "../schemas/failure/failure.ts";
import type { RunHeader } from "../schemas/flow_run/flow_run.ts";
import { CLAIM_TIMES } from "../schemas/flow_run/claim_times.ts";
import { wait } from "../actors/time/wait.ts";
import { findRunTask } from "./find_run_task.ts";
import { reportTask } from "./report_task.ts";
import type { RunPort } from "./run_port.ts";

/** A run, and what is to be reported of it. */
export interface ReportInput {
  readonly header: RunHeader;
  readonly report: Report;
}

/** Reports it. @returns the task that was found instead of failing the run, if any */
export async function reportRun<Run, Plan extends RunPlan>(
  { header: { id: runId }, report }: ReportInput,
  port: RunPort<Run, Plan>,
  signal: AbortSignal,
): Promise<Reported> {
  if (report.kind === "failed") return await failRun(runId, report, { port, signal });
  port.effects.log("INFO", port.effects.orchestrator.lines.deployed(runId), { runId });
  await reportTask({ runId, ...report.task }, port, signal);
  port.holds.launched(runId);
  return NO_TASK_FOUND;
}

type FailedReport = Extract<Report, { kind: "failed" }>;

interface Failing<Run, Plan> {
  readonly port: RunPort<Run, Plan>;
  readonly signal: AbortSignal;
}

/**
 * Fails a run, unless a task of it lives. A lost answer, or another process, may have started one. The order is the guarantee:
 *
 * 1. The claim is made this process's own: from then on no process launches a later attempt.
 * 2. While the API guards a claim, another process may launch the first attempt without taking the claim over. The guard is
 *    waited for, unless the token of that attempt is spent.
 * 3. Requests that the claim's former holder had in flight are waited for: from then on no task can come into being.
 * 4. The claim is confirmed once more: the waits were long.
 * 5. The task is looked for. A live task, or a flow that has begun, decides instead of the failure. After a refusal that
 *    followed a request of unknown outcome it is looked for once more: the platform may show a new task late.
 * 6. The run is set to Failed, provided that this process still holds the claim.
 */
async function failRun<Run, Plan extends RunPlan>(
  runId: string,
  report: FailedReport,
  { port, signal }: Failing<Run, Plan>,
): Promise<Reported> {
  const { effects: { orchestrator, log }, vault, holds } = port;
  if (report.failure.tag === "claimLost") throw new FailureError(report.failure);
  const mayHaveTask = report.mayHaveTask || holds.isDoubtful(runId);
  await holds.confirm(runId, signal); // 1
  if (!hasSpentToken(report)) await holds.guarded(runId, signal); // 2
  await holds.settled(runId, signal); // 3
  const held = await holds.tryConfirm(runId, signal) === "held"; // 4
  const found = mayHaveTask ? await findLastTask(runId, report, { port, signal }) : NO_TASK_FOUND; // 5
  if (found.taskId !== null) await reportTask({ runId, id: found.taskId, adopted: true }, port, signal);
  if (decides(found, report)) return found;
  for (const line of orchestrator.lines.failing(runId, report.failure.message)) log("ERROR", line, { runId });
  const { claim } = vault.get(runId);
  const toFail = { id: runId, version: report.version, claim, held };
  const end = await orchestrator.fail(toFail, report.failure, signal); // 6
  log("ERROR", orchestrator.lines.failed(runId), { runId });
  return { ...NO_TASK_FOUND, ...endedAs(end) };
}

/** A refusal comes within moments of the request whose answer was lost, before the task of that request may be shown. */
async function findLastTask<Run, Plan extends RunPlan>(
  runId: string,
  { failure, mayHaveTask }: FailedReport,
  { port, signal }: Failing<Run, Plan>,
): Promise<FoundTask> {
  const found = await findRunTask(runId, port, signal);
  const isKnown = found.taskId !== null || found.over || found.started;
  if (isKnown || !mayHaveTask || failure.tag !== "refused") return found;
  await wait(CLAIM_TIMES.shownLateMs, port.effects.clock, signal);
  return await findRunTask(runId, port, signal);
}

/** Whether the token of the first attempt certainly gives no other task any more. */
function hasSpentToken({ failure: { tag } }: FailedReport): boolean {
  return tag === "taskStopped" || tag === "notPlaced";
}

/** Whether what was found decides instead of the failure: a flow that had begun before its task was lost does not. */
function decides({ taskId, started }: FoundTask, { failure }: FailedReport): boolean {
  const hadBegun = failure.tag === "taskStopped" && failure.wasRunning;
  return taskId !== null || (started && !hadBegun);
}
