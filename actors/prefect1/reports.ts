/**
 * What is told about a run: lines in its log, and how it ended. A line that cannot be written never changes
 * the outcome of the run.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";
import { type Failure, FailureError, isRetriable, toFailure } from "../../schemas/failure/failure.ts";
import type { ClaimMarker } from "../../schemas/flow_run/flow_run.ts";
import { notShown } from "../../schemas/flow_run/not_shown.ts";
import type { RunEnd } from "../../schemas/flow_run/run_end.ts";
import { isLaterClaim } from "../../schemas/prefect1/claim_key.ts";
import { messageText } from "../../schemas/failure/message_text.ts";
import type { ReadState } from "../../schemas/prefect1/rows.ts";
import type { Redactor } from "../../schemas/secrets/redact.ts";
import { endOf, endState } from "../../schemas/prefect1/state.ts";
import { versionNumber } from "../../schemas/prefect1/state_version.ts";
import { type Ask, batch, type Outcome } from "../time/batch.ts";
import type { Orchestrator, ReportedTask, RunToFail } from "../../schemas/contracts/orchestrator.ts";
import { wait } from "../time/wait.ts";
import type { LogLine, Prefect1Api, StateInput } from "./api.ts";
import type { Log } from "../../schemas/contracts/log.ts";

/** What reporting needs. */
export interface ReportsOptions {
  readonly api: Prefect1Api;
  readonly clock: Clock;
  /** Written into every state. */
  readonly coreVersion: string;
  /** Reads one run back; undefined when it is gone. */
  readonly readRun: Ask<string, ReadState | undefined>;
  /** Whether a claim marker is one of this agent. */
  readonly isOwn: (marker: ClaimMarker) => boolean;
  /** Name of this process in its claims. */
  readonly by: string;
  readonly redact: Pick<Redactor, "text">;
  /** The agent's own log, for what could not be written into a run's. */
  readonly log: Log;
}

/**
 * Lines gather for longer than claims: nothing waits for them but the end of a report. Runs that AWS lets start one by one
 * report one by one, so requests keep a distance, unless there are many lines.
 */
const LOG_WINDOW_MS = 20;
const LOGS_APART_MS = 1000;
const ENOUGH_LINES = 25;
const STATE_WINDOW_MS = 2;

/** Bounds of one request. */
const MAX_LINES = 200;
const MAX_STATES = 50;

/** Waits before lines are sent again: an API that is away for half a minute costs no line. */
const REWRITE_AFTER_MS = [250, 1000, 2500, 5000, 10_000, 15_000] as const;

/** Longest wait for a throttling API before lines are given up. */
const MAX_REWRITE_WAIT_MS = 30_000;

/** Longest time that the end of a run waits for its line in the log. */
const LINE_FIRST_MS = 2000;

/** Longest time between reading a run and setting its last state. */
const MAX_STALE_MS = 500;

/** The part of the orchestrator that tells about runs. */
export type Reports = Pick<Orchestrator, "log" | "reportTask" | "fail" | "cancel">;

/** Makes `log`, `reportTask`, `fail` and `cancel` of the orchestrator. */
export function makeReports(options: ReportsOptions): Reports {
  const { clock, redact } = options;
  const writeLine = batch<LogLine, void>({
    clock,
    windowMs: LOG_WINDOW_MS,
    apartMs: LOGS_APART_MS,
    enough: ENOUGH_LINES,
    maxItems: MAX_LINES,
    maxInFlight: 2,
    send: async (lines, signal) => {
      await writeLines(lines, options, signal);
      return lines.map(() => ({ value: undefined }));
    },
  });
  const setState = batch<StateInput, void>({
    clock,
    windowMs: STATE_WINDOW_MS,
    maxItems: MAX_STATES,
    maxInFlight: 2,
    send: (states, signal) => setStates(states, options, signal),
  });
  const log: Orchestrator["log"] = (runId, level, message, signal) =>
    writeLine({ runId, level, message: messageText(redact.text(message)) }, signal);
  return {
    log,
    reportTask: async (runId, task, signal) => {
      await log(runId, "INFO", taskLine(task), signal);
      return "reported";
    },
    fail: (run, failure, signal) => {
      const wasRunning = failure.tag === "taskStopped" && failure.wasRunning;
      const version = versionNumber(run.version);
      const ending: Ending = { ...run, version, wasRunning, type: "Failed", message: failure.message };
      return failRun(ending, { options, log, setState, signal });
    },
    cancel: async ({ id, version }, message, signal) => {
      const of = { id, version: versionNumber(version), claim: null, held: false, wasRunning: true };
      await endRun({ ...of, type: "Cancelled", message }, { options, setState, signal });
    },
  };
}

/** The line of the Python agent; a task that an earlier process has named so is not called submitted once more. */
function taskLine({ id, label, isTakenUp }: ReportedTask): string {
  return `${isTakenUp ? "Taken up again after a restart" : "Submitted for execution"}: ${label} ${id}`;
}

/** Writes lines; when that is not possible one warning says so. @throws only the reason of `signal` */
async function writeLines(
  lines: readonly LogLine[],
  options: ReportsOptions,
  signal: AbortSignal,
): Promise<void> {
  for (const afterMs of [...REWRITE_AFTER_MS, null]) {
    try {
      return await options.api.writeRunLogs(lines, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      const failure = toFailure(thrown);
      const pauseMs = afterMs === null ? null : rewriteAfterMs(failure, afterMs);
      if (pauseMs === null) return warnOfLostLines(lines, failure, options);
      await wait(pauseMs, options.clock, signal);
    }
  }
}

/** Null: sending the lines again is useless, or would write them twice. */
function rewriteAfterMs(failure: Failure, afterMs: number): number | null {
  // Credentials that worked a moment ago are refused by an API in trouble.
  const mayPass = isRetriable(failure) || failure.tag === "unauthorized";
  if (failure.tag === "timedOut" || !mayPass) return null;
  if (failure.tag !== "throttled") return afterMs;
  return failure.retryAfterMs <= MAX_REWRITE_WAIT_MS ? Math.max(afterMs, failure.retryAfterMs) : null;
}

/** Logs one warning for a whole batch, without the lines' texts, because those are for the run's own log only. */
function warnOfLostLines(lines: readonly LogLine[], failure: Failure, { log }: ReportsOptions): void {
  const runs = [...new Set(lines.map((line) => line.runId))];
  const more = runs.length > 3 ? ` and ${runs.length - 3} more` : "";
  log(
    "WARNING",
    `Cannot write to the log of flow run ${runs.slice(0, 3).join(", ")}${more}: ${failure.message}; ` +
      "the runs themselves are not affected",
    { runId: runs.length === 1 ? runs[0] ?? null : null },
  );
}

/** Sets states in one mutation; a refused batch is sent again one by one. */
async function setStates(
  states: readonly StateInput[],
  options: ReportsOptions,
  signal: AbortSignal,
): Promise<readonly Outcome<void>[]> {
  try {
    await options.api.setFlowRunStates(states, signal);
    return states.map(() => ({ value: undefined }));
  } catch (thrown) {
    if (states.length === 1 || toFailure(thrown).tag !== "apiError") return states.map(() => ({ thrown }));
    const each = await Promise.all(states.map((one) => setStates([one], options, signal)));
    return each.flat();
  }
}

/** A run, and how it is to end. */
interface Ending extends Pick<RunToFail, "id" | "claim" | "held"> {
  readonly version: number | null;
  /** The flow had begun. */
  readonly wasRunning: boolean;
  readonly type: "Failed" | "Cancelled";
  readonly message: string;
}

interface EndPort {
  readonly options: ReportsOptions;
  readonly setState: Ask<StateInput, void>;
  readonly signal: AbortSignal;
}

/** Reads the state before the line is written, so that a run that ended well gets no ERROR in its log. */
async function failRun(ending: Ending, port: EndPort & Pick<Orchestrator, "log">): Promise<RunEnd | null> {
  const { options, log, signal } = port;
  const readAtMs = options.clock.now();
  const found = await versionToReplace(ending, port);
  if ("kept" in found) return found.kept;
  await withinTime(log(ending.id, "ERROR", ending.message, signal), options.clock);
  const isFresh = options.clock.now() - readAtMs <= MAX_STALE_MS;
  return isFresh ? await replace(ending, found.version, port) : await endRun(ending, port);
}

/** The line is sent first, but the last state does not wait long for it. */
async function withinTime(line: Promise<void>, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(LINE_FIRST_MS, resolve);
  line.catch(() => undefined);
  await Promise.race([line, promise]).finally(cancel);
}

/** @returns how the run has ended then; null: it goes on */
async function endRun(ending: Ending, port: EndPort): Promise<RunEnd | null> {
  const found = await versionToReplace(ending, port);
  return "kept" in found ? found.kept : await replace(ending, found.version, port);
}

/** Sets the last state; should the run have moved on meanwhile, once more with what it is now. */
async function replace(ending: Ending, version: number | null, port: EndPort): Promise<RunEnd | null> {
  const { options: { coreVersion, redact }, setState, signal } = port;
  const { id, type, message } = ending;
  const state = endState(type, messageText(redact.text(message)), coreVersion);
  try {
    await setState({ id, version, state }, signal);
  } catch (thrown) {
    if (toFailure(thrown).tag !== "apiError") throw thrown;
    const now = await versionToReplace(ending, port);
    if ("kept" in now) return now.kept;
    if (now.version === version) throw thrown;
    await setState({ id, version: now.version, state }, signal);
  }
  return endOf(type);
}

/** The version to replace; or `kept`, with how it ended, when the run is not ours to end. */
type Replaceable = { readonly version: number | null } | { readonly kept: RunEnd | null };

async function versionToReplace(ending: Ending, port: EndPort): Promise<Replaceable> {
  const { options, signal } = port;
  // A task run that was claimed since may have begun: then only its history names that claim. It is read first, the state last.
  const wasClaimed = await hasLaterClaim(ending, port);
  const now = await readLeniently(ending, options, signal);
  if (now === "unsaid") return { version: ending.version };
  const isElsewhere = wasClaimed && now.type === "Running";
  const why = isElsewhere ? "a later claim holds it" : whyKept(ending, now, options);
  if (why === null) return { version: now.version };
  options.log("WARNING", `Not setting flow run ${ending.id} to ${ending.type}: ${why}`, { runId: ending.id });
  return { kept: endOf(now.type) };
}

/** Only of a flow that has run can a task run be claimed; an API that cannot say has none. */
async function hasLaterClaim(
  { id, claim, type, wasRunning }: Ending,
  { options: { api }, signal }: EndPort,
): Promise<boolean> {
  if (claim === null || type !== "Failed" || !wasRunning) return false;
  try {
    return await api.hasLaterClaim({ id, claim: claim.key }, signal);
  } catch (thrown) {
    if (toFailure(thrown).tag !== "apiError") throw thrown;
    return false;
  }
}

/**
 * `unsaid`: the API cannot say; then the version of the poll must do, as in the Python agent.
 *
 * @throws {FailureError} `unavailable` when the read does not show the run: nothing is set over a state that is not known
 */
async function readLeniently(
  { id, claim, type }: Ending,
  { readRun }: ReportsOptions,
  signal: AbortSignal,
): Promise<ReadState | "unsaid"> {
  try {
    const now = await readRun(id, signal);
    // A run that was never claimed is failed because its row cannot be read.
    const isUnreadable = claim === null && type === "Failed";
    if (now === undefined && !isUnreadable) throw new FailureError(notShown(id));
    return now ?? "unsaid";
  } catch (thrown) {
    if (toFailure(thrown).tag !== "apiError") throw thrown;
    return "unsaid";
  }
}

/** Null: it may be ended. A claim without a marker, or with another agent's marker, is left alone. */
function whyKept(ending: Ending, now: ReadState, { isOwn, by }: ReportsOptions): string | null {
  if (now.finished) return `it is ${now.type} already`;
  if (ending.type === "Failed" && now.type === "Cancelling") return "it is being cancelled";
  // The state has changed since: the run reported it itself, or a person or another program set it.
  const held = now.stored?.marker.claim;
  if (ending.claim !== null && held !== undefined && isLaterClaim(held, ending.claim.key)) {
    return "a later claim holds it";
  }
  const hasMoved = ending.version !== null && now.version !== ending.version;
  if (hasMoved && now.type === "Running") return "it is running by now";
  if (hasMoved && now.type === "Scheduled") return "it was rescheduled";
  if (now.type !== "Submitted") return null;
  const marker = now.own?.marker;
  const isUnmarked = ending.claim !== null || now.version !== ending.version;
  const isForeign = marker === undefined ? isUnmarked : !isOwn(marker);
  if (isForeign) return "another agent has claimed it";
  const isElsewhere = ending.held && marker !== undefined && now.own?.by !== by;
  return isElsewhere ? "another process of this agent works on it" : null;
}
