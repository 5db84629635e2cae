/**
 * Tells the API which task a run has.
 *
 * @module
 */

import type { ReportedTask, TaskReport } from "../../schemas/contracts/orchestrator.ts";
import { infrastructurePid } from "../../schemas/prefect3/infrastructure_pid.ts";
import type { RunRow } from "../../schemas/prefect3/rows.ts";
import { isLater, markerIn } from "../../schemas/prefect3/run_state.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import type { Api } from "./api.ts";
import type { KeyOfClaim } from "./claim_keys.ts";
import type { KnownRuns } from "./known_runs.ts";
import { readRun } from "./read_runs.ts";
import type { Outbox } from "./requests/outbox.ts";
import type { Emitter } from "./sockets/emitter.ts";

/** What it needs. */
export interface ReportTaskDeps {
  readonly api: Pick<Api, "send">;
  readonly clock: Pick<Clock, "now">;
  readonly keyOfClaim: KeyOfClaim;
  readonly outbox: Pick<Outbox, "put">;
  readonly emitter: Pick<Emitter, "executed">;
  readonly known: Pick<KnownRuns, "get">;
}

/** How long a launch waits for the API to take the id of its task. Longer, and it is sent while the task is followed. */
const SOON_MS = 10_000;

/**
 * Tells it. An id that is not answered is sent again for as long as its launch is the newest one of the run: over the id of a
 * later task it would name one that is gone.
 *
 * @throws only the reason of `signal`
 */
export async function reportTask(
  runId: string,
  { id, scope }: ReportedTask,
  deps: ReportTaskDeps,
  signal: AbortSignal,
): Promise<TaskReport> {
  const { api, outbox, emitter, known, keyOfClaim } = deps;
  const pid = infrastructurePid({ id, scope: scope ?? null });
  const { run, claim = null } = known.get(runId) ?? {};
  if (run !== undefined) emitter.executed(run, pid);
  const letter = {
    runId,
    what: `the id of the task ${id}`,
    namesTask: true,
    send: async (its: AbortSignal, again: (signal: AbortSignal) => Promise<void>): Promise<void> => {
      await api.send({
        method: "PATCH",
        path: ["flow_runs", runId],
        route: "PATCH /flow_runs/{id}",
        body: { infrastructure_pid: pid },
        accept: [404],
        runId,
        urgency: "first",
        tries: "held",
        again,
      }, its);
    },
    isStill: stillIf(runId, (row, its) => isOfLaunch(row, claim, keyOfClaim, its), deps),
  };
  try {
    return await outbox.put(letter, SOON_MS, signal) === "kept" ? "kept" : "reported";
  } catch {
    signal.throwIfAborted();
    // The outbox has told why the API does not take it.
    return "reported";
  }
}

/** What is known of a run for no longer than this, in milliseconds, is not read again before a request. */
const FRESH_MS = 5000;

/** Looks at the run where the API is told of it later than {@link FRESH_MS}. A read that fails says nothing. */
function stillIf(
  runId: string,
  isStill: (row: RunRow, signal: AbortSignal) => Promise<boolean>,
  { api, clock }: Pick<ReportTaskDeps, "api" | "clock">,
): (signal: AbortSignal) => Promise<boolean> {
  let seenMs = clock.now();
  return async (signal) => {
    const nowMs = clock.now();
    if (nowMs - seenMs <= FRESH_MS) return true;
    try {
      const row = await readRun(api, runId, signal);
      const still = row === null || await isStill(row, signal);
      seenMs = nowMs;
      return still;
    } catch {
      signal.throwIfAborted();
      return true;
    }
  };
}

/** Whether a run still is at the launch of this claim. @param claim its key; null: not known */
export async function isOfLaunch(
  row: RunRow,
  claim: string | null,
  keyOfClaim: KeyOfClaim,
  signal: AbortSignal,
): Promise<boolean> {
  if (row.stateType === "SCHEDULED" && !row.isInProcess) return false;
  if (claim === null) return true;
  if (row.stateType !== "PENDING") return !isLater(markerIn(row), claim);
  // It was put back and claimed anew since.
  return await keyOfClaim(row, signal) === claim;
}
