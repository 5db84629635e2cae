/**
 * Reporting which task a run has.
 *
 * @module
 */

import type { LaunchedTask } from "../schemas/contracts/task.ts";
import { isTakenUp, placeOf, type RunPort } from "./run_port.ts";

/** A task, and the run that it is for. */
export interface TaskOfRun extends LaunchedTask {
  readonly runId: string;
}

/** Tells the API. @throws only the reason of `signal` */
export async function reportTask<Run, Plan>(
  { runId, id, adopted }: TaskOfRun,
  port: RunPort<Run, Plan>,
  signal: AbortSignal,
): Promise<void> {
  const { effects: { orchestrator, log }, vault } = port;
  const { label, scope } = placeOf(runId, port);
  const own = { id, label, isTakenUp: adopted && isTakenUp(vault.get(runId)) };
  const task = scope === undefined ? own : { ...own, scope };
  const told = await orchestrator.reportTask(runId, task, signal);
  if (told === "reported") return;
  log("DEBUG", `Flow run ${runId} has ${label} ${id}; the API will be told as soon as it answers`, { runId });
}
