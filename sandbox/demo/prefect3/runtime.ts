/**
 * A small runtime for demo flows of Prefect 3, in place of `prefect flow-run execute`: it claims the run, works, writes logs,
 * honours a cancellation, suspends the run where its parameters say so, and sets the final state.
 *
 * @see recorded: the exchanges of `prefect flow-run execute` with a server (Prefect 3.9.1)
 * @module
 */

import type { Clock } from "../../../schemas/time/clock.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { mapping } from "../../../schemas/json/shape.ts";
import type { Rest } from "./rest.ts";

/** What a run needs. */
export interface FlowRuntimeParts {
  readonly ask: Rest;
  readonly flowRunId: string;
  readonly clock: Clock;
  /** One line to the container's output. */
  readonly write: (line: string) => void;
}

const CANCEL_CHECK_MS = 250;
const FINISHED: ReadonlySet<string> = new Set(["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]);

/** So long a suspended run waits to be resumed. */
const SUSPENDED_MS = 300_000;

const LEVELS = { INFO: 20, ERROR: 40 } as const;

async function readRun({ ask, flowRunId }: FlowRuntimeParts): Promise<JsonObject> {
  return mapping(await ask("GET", `/flow_runs/${flowRunId}`));
}

/** Proposes a state until the API does not ask to wait. @returns whether the run is in it now */
async function propose(parts: FlowRuntimeParts, state: JsonObject): Promise<boolean> {
  for (;;) {
    const path = `/flow_runs/${parts.flowRunId}/set_state`;
    const answer = mapping(await parts.ask("POST", path, { state, force: false }));
    if (answer["status"] !== "WAIT") return answer["status"] === "ACCEPT";
    await pause(parts, Number(mapping(answer["details"])["delay_seconds"] ?? 1) * 1000);
  }
}

function pause({ clock }: FlowRuntimeParts, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}

/** Waits as long as the run works. @returns whether it is to be cancelled meanwhile */
async function work(parts: FlowRuntimeParts, ms: number): Promise<boolean> {
  const until = parts.clock.now() + ms;
  while (parts.clock.now() < until) {
    await pause(parts, Math.min(CANCEL_CHECK_MS, until - parts.clock.now()));
    // A short run is over before anybody could cancel it, so it does not ask.
    if (ms > 2 * CANCEL_CHECK_MS && (await readRun(parts))["state_type"] === "CANCELLING") return true;
  }
  return false;
}

async function log(
  parts: FlowRuntimeParts,
  lines: readonly (readonly [keyof typeof LEVELS, string])[],
): Promise<void> {
  for (const [level, message] of lines) parts.write(`${level} - ${message}`);
  const timestamp = new Date(parts.clock.now()).toISOString();
  const row = { name: "prefect.flow_runs", timestamp, flow_run_id: parts.flowRunId, task_run_id: null };
  await parts.ask(
    "POST",
    "/logs/",
    lines.map(([level, message]) => ({ ...row, level: LEVELS[level], message })),
  );
}

/** Suspends the run. @returns whether this process ends now; not: it was suspended and resumed before */
async function suspend(parts: FlowRuntimeParts): Promise<boolean> {
  const pause_timeout = new Date(parts.clock.now() + SUSPENDED_MS).toISOString();
  const state_details = { pause_reschedule: true, pause_key: "demo", pause_timeout };
  return await propose(parts, { type: "PAUSED", name: "Suspended", message: null, state_details });
}

async function cancelled(parts: FlowRuntimeParts): Promise<void> {
  await log(parts, [["INFO", "The flow run is being cancelled"]]);
  await propose(parts, { type: "CANCELLED", name: "Cancelled", message: "The flow run was cancelled." });
}

/**
 * Runs one flow run. Its parameters: `seconds` it takes, and `outcome`, which is `fail`, `suspend` or anything else.
 *
 * @returns the exit code of the process; like the real runtime it ends well when the run's end is reported
 */
export async function runPrefect3Flow(parts: FlowRuntimeParts): Promise<number> {
  const run = await readRun(parts);
  const type = String(run["state_type"]);
  if (FINISHED.has(type)) return 0;
  if (type === "CANCELLING") {
    await cancelled(parts);
    return 0;
  }
  if (!await propose(parts, { type: "RUNNING", name: "Running" })) return 0;
  await log(parts, [["INFO", `Beginning flow run '${run["name"]}'`]]);
  const { seconds, outcome } = mapping(run["parameters"]);
  if (outcome === "suspend" && await suspend(parts)) return 0;
  if (await work(parts, Number(seconds ?? 0) * 1000)) {
    await cancelled(parts);
    return 0;
  }
  const isFailed = outcome === "fail";
  const message = isFailed ? "Flow run encountered an exception: ZeroDivisionError: division by zero" : null;
  const state = isFailed
    ? { type: "FAILED", name: "Failed", message }
    : { type: "COMPLETED", name: "Completed", message };
  await log(parts, [[isFailed ? "ERROR" : "INFO", `Finished in state ${state.name}()`]]);
  await propose(parts, state);
  return 0;
}
