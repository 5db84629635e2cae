/**
 * Takes over claims of other processes. Of two that set the same name only one is accepted; and as both would use the same
 * client token, a mistake starts no second task.
 *
 * @module
 */

import type { HoldResult, ToHold } from "../../schemas/contracts/orchestrator.ts";
import { markMessage, readMarkMessage } from "../../schemas/prefect3/claim_mark.ts";
import { claimKeyOf } from "../../schemas/prefect3/claim_key.ts";
import type { FlowRun } from "../../schemas/prefect3/flow_run.ts";
import type { RunRow } from "../../schemas/prefect3/rows.ts";
import { endOf } from "../../schemas/prefect3/run_state.ts";
import type { Api } from "./api.ts";
import { propose } from "./propose.ts";
import { readRun } from "./read_runs.ts";

/** What holding needs. */
export interface HoldDeps {
  readonly api: Pick<Api, "send">;
  readonly worker: string;
  readonly process: string;
}

/** Whether this very process has set its mark. */
function isOwn({ message }: RunRow, { worker, process }: Pick<HoldDeps, "worker" | "process">): boolean {
  const mark = readMarkMessage(message);
  return mark !== null && mark.worker === worker && mark.process === process;
}

/** @throws {FailureError} of the API */
export async function hold(
  { runId, claim, mayTake, renew }: ToHold<FlowRun>,
  { api, worker, process }: HoldDeps,
  signal: AbortSignal,
): Promise<HoldResult> {
  // The API grants a claim once: what this process was granted stays its own.
  if (!mayTake && !renew) return { outcome: "held" };
  const row = await readRun(api, runId, signal);
  if (row === null) return { outcome: "lost", why: "the API does not know it any more" };
  if (endOf(row.stateType) !== null) return { outcome: "lost", why: `it is ${row.stateName}` };
  if (row.stateType !== "PENDING") return { outcome: "held" };
  if (claimKeyOf(row.scheduledTime) !== claim.key) return { outcome: "lost", why: "it was scheduled anew" };
  if (!mayTake || isOwn(row, { worker, process })) return { outcome: "held" };
  const name = row.stateName === "Submitting" ? "Resubmitting" : "Submitting";
  const message = markMessage({ worker, process, scope: claim.marker.scope });
  const { outcome } = await propose(
    api,
    runId,
    { type: "PENDING", name, message },
    { urgency: "first" },
    signal,
  );
  // Up to 3.4 no PENDING state follows another: the client token alone keeps to one task.
  return { outcome: outcome === "made" ? "taken" : "held" };
}
