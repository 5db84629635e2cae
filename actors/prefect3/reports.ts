/**
 * What the API is told of a run: its task, its end, lines of its log.
 *
 * @module
 */

import type {
  KnownRun,
  ReportedTask,
  RunToCancel,
  RunToFail,
  SeenStatus,
  TaskReport,
} from "../../schemas/contracts/orchestrator.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Failure, FailureTag } from "../../schemas/failure/failure.ts";
import type { RunEnd } from "../../schemas/flow_run/run_end.ts";
import { isOwnMark, readMarkMessage } from "../../schemas/prefect3/claim_mark.ts";
import type { FlowRun } from "../../schemas/prefect3/flow_run.ts";
import type { RunRow } from "../../schemas/prefect3/rows.ts";
import { endOf } from "../../schemas/prefect3/run_state.ts";
import type { Redactor } from "../../schemas/secrets/redact.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import type { Api } from "./api.ts";
import type { KeyOfClaim } from "./claim_keys.ts";
import type { KnownRuns } from "./known_runs.ts";
import type { Outbox } from "./requests/outbox.ts";
import { endRun, restoreEnd } from "./end_run.ts";
import { propose, type ProposedState } from "./propose.ts";
import { isOfLaunch, reportTask } from "./report_task.ts";
import { readRun } from "./read_runs.ts";
import type { RunLogs } from "./run_logs.ts";
import { earlierEnd } from "./state_history.ts";
import type { Emitter } from "./sockets/emitter.ts";

/** What reporting needs. */
export interface ReportsDeps {
  readonly api: Pick<Api, "send">;
  readonly outbox: Outbox;
  readonly emitter: Pick<Emitter, "executed" | "taskSeen">;
  readonly logs: Pick<RunLogs, "write">;
  readonly known: KnownRuns;
  readonly redact: Pick<Redactor, "text">;
  readonly clock: Clock;
  readonly log: Log;
  readonly worker: string;
  readonly process: string;
  readonly keyOfClaim: KeyOfClaim;
  /** One run by its id, whoever launched it. */
  readonly findRun: (runId: string, signal: AbortSignal) => Promise<KnownRun<FlowRun> | null>;
  /** Returns once nothing that followed the claim can change the run's state any more. */
  readonly settled: (runId: string) => Promise<void>;
  /** Ends what nobody waits for. */
  readonly life: AbortSignal;
}

/** Reports of one process. */
export interface Reports {
  readonly reportTask: (runId: string, task: ReportedTask, signal: AbortSignal) => Promise<TaskReport>;
  readonly fail: (run: RunToFail, failure: Failure, signal: AbortSignal) => Promise<RunEnd | null>;
  readonly cancel: (run: RunToCancel, message: string, signal: AbortSignal) => Promise<void>;
  readonly taskSeen: (runId: string, seen: SeenStatus) => void;
  readonly giveBack: (runId: string, signal: AbortSignal) => Promise<boolean>;
}

/** Makes them. */
export function makeReports(deps: ReportsDeps): Reports {
  return {
    reportTask: (runId, task, signal) => reportTask(runId, task, deps, signal),
    fail: (run, failure, signal) => fail(run, failure, deps, signal),
    cancel: (run, message, signal) => cancel(run, message, deps, signal),
    taskSeen: (runId, seen) => taskSeen(runId, seen, deps),
    giveBack: (runId, signal) => giveBack(runId, deps, signal),
  };
}

/** The queue never offers a run again that waits within its own task. */
const RETRY_LOST = "It waited within this task for its next retry; a person can retry the flow run";

/** States from which a run ends as Crashed when its task is lost or cannot be launched. */
async function mayCrash(
  row: RunRow,
  { claim }: RunToFail,
  keyOfClaim: KeyOfClaim,
  signal: AbortSignal,
): Promise<boolean> {
  if (row.stateType === "PAUSED") return false;
  return await isOfLaunch(row, claim?.key ?? null, keyOfClaim, signal);
}

async function fail(
  run: RunToFail,
  failure: Failure,
  deps: ReportsDeps,
  signal: AbortSignal,
): Promise<RunEnd | null> {
  const told = deps.redact.text(named(run.id, failure));
  await deps.settled(run.id);
  const row = await readRun(deps.api, run.id, signal);
  if (row === null) {
    deps.log("WARNING", `Flow run ${run.id} is gone from the API: ${told}`, { runId: run.id });
    return null;
  }
  const end = endOf(row.stateType);
  if (end !== null) return end;
  if (!await mayCrash(row, run, deps.keyOfClaim, signal)) return null;
  const former = await earlierEnd(row, deps.api, signal);
  if (former?.kind === "ended") return endOf(former.type);
  if (former !== null) return await restoreEnd(run.id, former.end, deps, signal);
  const message = row.isInProcess ? `${told}. ${RETRY_LOST}` : told;
  deps.logs.write({ runId: run.id, level: "ERROR", message });
  const isCancelling = row.stateType === "CANCELLING";
  const state: ProposedState = isCancelling
    ? { type: "CANCELLED", name: "Cancelled", message }
    : { type: "CRASHED", name: "Crashed", message };
  const mayEnd = (now: RunRow, its: AbortSignal) => mayCrash(now, run, deps.keyOfClaim, its);
  return await endRun({ runId: run.id, state, mayEnd }, deps, signal);
}

/** These say what became of a task, or of the way to one: the others, that there is none. */
const ON_THE_WAY: ReadonlySet<FailureTag> = new Set(["taskStopped", "deadline"]);

/** A message names the run, whoever found what is wrong: it is read apart from the run, too. */
function named(runId: string, { tag, message }: Failure): string {
  if (message.includes(runId)) return message;
  return ON_THE_WAY.has(tag) ? `Flow run ${runId}: ${message}` : `Cannot run flow run ${runId}: ${message}`;
}

/** States that a cancellation may end: a run that is due again, or waits for a person, is left alone. */
const CANCELLABLE: ReadonlySet<string> = new Set(["PENDING", "RUNNING", "CANCELLING"]);

/** A person may have retried the run since: what a later claim has launched goes on. */
async function mayCancel(
  row: RunRow,
  { claim }: RunToCancel,
  keyOfClaim: KeyOfClaim,
  signal: AbortSignal,
): Promise<boolean> {
  if (!CANCELLABLE.has(row.stateType) && !row.isInProcess) return false;
  return await isOfLaunch(row, claim?.key ?? null, keyOfClaim, signal);
}

async function cancel(
  run: RunToCancel,
  message: string,
  deps: ReportsDeps,
  signal: AbortSignal,
): Promise<void> {
  const { id: runId } = run;
  await deps.settled(runId);
  const row = await readRun(deps.api, runId, signal);
  if (row === null) return;
  const text = deps.redact.text(message);
  const former = await earlierEnd(row, deps.api, signal);
  const type = former?.kind === "ended" ? former.type : row.stateType;
  if (type === "CANCELLED") return deps.logs.write({ runId, level: "INFO", message: text });
  const mayEnd = (now: RunRow, its: AbortSignal) => mayCancel(now, run, deps.keyOfClaim, its);
  if (former?.kind === "ended" || !await mayEnd(row, signal)) return;
  if (former !== null) return void await restoreEnd(runId, former.end, deps, signal);
  const state = {
    type: "CANCELLED",
    name: "Cancelled",
    message: text,
    force: row.stateType !== "CANCELLING",
  } as const;
  await endRun({ runId, state, mayEnd }, deps, signal);
}

/** The state InfrastructurePending comes from events of the queue alone, as in the original. */
function taskSeen(runId: string, seen: SeenStatus, deps: ReportsDeps): void {
  const known = deps.known.get(runId);
  if (known !== undefined) deps.emitter.taskSeen(known.run, { taskId: seen.id, status: seen.status });
  if (!seen.pushed) return;
  const told = known === undefined ? tellStranger(runId, seen, deps) : Promise.resolve();
  const named = seen.phase === "pending" ? pendingInfrastructure(runId, seen, deps) : Promise.resolve();
  Promise.all([told, named]).catch(() => undefined);
}

/** A run that this worker does not have is read for the event's sake. */
async function tellStranger(
  runId: string,
  { id, status }: SeenStatus,
  { findRun, emitter, life }: ReportsDeps,
): Promise<void> {
  const found = await findRun(runId, life);
  if (found !== null) emitter.taskSeen(found.run, { taskId: id, status });
}

/** @see recorded: tests/golden/prefect3/observer-and-kill.json, observer-status-activating proposes nothing */
const WAITS_FOR_INFRASTRUCTURE: ReadonlySet<string> = new Set(["PROVISIONING", "PENDING"]);

/** A named PENDING state wipes the message: a mark of this program is said again. */
async function pendingInfrastructure(
  runId: string,
  seen: SeenStatus,
  { api, life }: ReportsDeps,
): Promise<void> {
  if (!WAITS_FOR_INFRASTRUCTURE.has(seen.status)) return;
  const row = await readRun(api, runId, life);
  if (row?.stateType !== "PENDING" || row.stateName === "InfrastructurePending") return;
  const message = readMarkMessage(row.message) === null ? null : row.message;
  const state = { type: "PENDING", name: "InfrastructurePending", message } as const;
  // Tried again it might come late, and take back how a short run has ended.
  await propose(api, runId, state, { urgency: "last", tries: "once" }, life);
}

/** The moment it was scheduled for stays: it is due as before. */
async function giveBack(runId: string, deps: ReportsDeps, signal: AbortSignal): Promise<boolean> {
  await deps.settled(runId);
  const row = await readRun(deps.api, runId, signal);
  if (row?.stateType !== "PENDING" || !isOwnMark(readMarkMessage(row.message), deps)) return false;
  const state: ProposedState = {
    type: "SCHEDULED",
    name: "Scheduled",
    message: `Given back by worker ${deps.worker}, which ends`,
    scheduledTime: deps.known.get(runId)?.run.scheduledTime ?? row.scheduledTime ??
      new Date(deps.clock.now()).toISOString(),
  };
  const { outcome } = await propose(deps.api, runId, state, { urgency: "first" }, signal);
  return outcome === "made";
}
