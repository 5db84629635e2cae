/**
 * Takes over claims of other processes. Of two that set the same name only one is accepted; and as both would use the same
 * client token, a mistake starts no second task.
 *
 * @module
 */

import type { HoldResult, ToHold, ToSkip } from "../../schemas/contracts/orchestrator.ts";
import { isOwnMark, markMessage, readMarkMessage } from "../../schemas/prefect3/claim_mark.ts";
import type { FlowRun } from "../../schemas/prefect3/flow_run.ts";
import type { RunRow } from "../../schemas/prefect3/rows.ts";
import { endOf } from "../../schemas/prefect3/run_state.ts";
import type { Api } from "./api.ts";
import type { KeyOfClaim } from "./claim_keys.ts";
import { propose, type ProposedState } from "./propose.ts";

/** What holding needs. */
export interface HoldDeps {
  readonly api: Pick<Api, "send">;
  /** Reads one row, together with others. */
  readonly readRow: (runId: string, signal: AbortSignal) => Promise<RunRow | null>;
  readonly keyOfClaim: KeyOfClaim;
  readonly worker: string;
  readonly process: string;
  /** Keys of claims that this process goes on with although the API shows a former process's mark, by run. */
  readonly assumed: Map<string, string>;
  /** Tells the agent that a run is to be cancelled; null: cancelling is left to the server. */
  readonly tellCancel: ((runId: string) => void) | null;
}

/** What a run says of the claim; null: it is still this claim's, and PENDING. */
async function verdictOn(
  row: RunRow | null,
  key: string,
  { keyOfClaim, tellCancel }: Pick<HoldDeps, "keyOfClaim" | "tellCancel">,
  signal: AbortSignal,
): Promise<HoldResult | null> {
  if (row === null) return { outcome: "lost", why: "the API does not know it any more" };
  if (endOf(row.stateType) !== null) return { outcome: "lost", why: `it is ${row.stateName}` };
  if (row.stateType === "SCHEDULED" && !row.isInProcess) return { outcome: "lost", why: "it is due again" };
  if (row.stateType === "CANCELLING") {
    if (tellCancel === null) return { outcome: "lost", why: "it is being cancelled" };
    // Whoever was about to launch it cancels it instead; a failure that is to be reported becomes its end.
    tellCancel(row.id);
  }
  if (row.stateType !== "PENDING") return { outcome: "held" };
  return await keyOfClaim(row, signal) === key ? null : { outcome: "lost", why: "it was scheduled anew" };
}

/** @throws {FailureError} of the API */
export async function hold(
  { runId, claim, mayTake }: ToHold<FlowRun>,
  deps: HoldDeps,
  signal: AbortSignal,
): Promise<HoldResult> {
  const { api, readRow, worker, process, assumed } = deps;
  const row = await readRow(runId, signal);
  const verdict = await verdictOn(row, claim.key, deps, signal);
  if (row === null || verdict !== null) return verdict ?? { outcome: "held" };
  const mark = readMarkMessage(row.message);
  // Somebody else's state may have wiped the message: what this process was granted stays its own.
  if (mark === null || isOwnMark(mark, { worker, process })) return { outcome: "held" };
  if (assumed.get(runId) === `${mark.process} ${claim.key}`) return { outcome: "held" };
  if (!mayTake) return { outcome: "lost", why: `process ${mark.process} of worker ${mark.worker} has it` };
  const { skipped } = mark;
  const message = markMessage({ worker, process, scope: claim.marker.scope, skipped });
  const { outcome } = await propose(api, runId, renamed(row, message), { urgency: "first" }, signal);
  if (outcome === "made") return { outcome: "taken", skipped };
  const again = await readRow(runId, signal);
  const now = await verdictOn(again, claim.key, deps, signal);
  if (now !== null || again === null) return now ?? { outcome: "held" };
  const taker = readMarkMessage(again.message);
  if (taker !== null && taker.process !== mark.process && taker.process !== process) {
    return { outcome: "lost", why: `process ${taker.process} of worker ${taker.worker} has taken it over` };
  }
  // Up to 3.4 no PENDING state follows another, so the former mark stays: the client token alone keeps to one task.
  assumed.set(runId, `${mark.process} ${claim.key}`);
  return { outcome: "held" };
}

/** The API takes a PENDING state after another only under another name. */
function renamed({ stateName }: RunRow, message: string): ProposedState {
  return { type: "PENDING", name: stateName === "Submitting" ? "Resubmitting" : "Submitting", message };
}

/** What skipping needs besides. */
export interface SkipDeps extends Pick<HoldDeps, "api" | "readRow" | "keyOfClaim" | "worker" | "process"> {
  /** Returns once nothing that followed the claim can change the run's state any more. */
  readonly settled: (runId: string) => Promise<void>;
}

/**
 * Repeats the mark of this process with the numbers that are skipped. Up to 3.4 no PENDING state follows another, so there
 * nothing is skipped.
 *
 * @throws {FailureError} of the API
 */
export async function skip(
  { runId, claim, skipped }: ToSkip,
  { api, readRow, keyOfClaim, worker, process, settled }: SkipDeps,
  signal: AbortSignal,
): Promise<boolean> {
  await settled(runId);
  const row = await readRow(runId, signal);
  if (row === null || row.stateType !== "PENDING") return false;
  const mark = readMarkMessage(row.message);
  if (mark === null || !isOwnMark(mark, { worker, process })) return false;
  if (await keyOfClaim(row, signal) !== claim.key) return false;
  if (skipped.every((one) => mark.skipped.includes(one))) return true;
  const message = markMessage({ worker, process, scope: claim.marker.scope, skipped });
  const { outcome } = await propose(
    api,
    runId,
    renamed(row, message),
    { urgency: "first", tries: "held" },
    signal,
  );
  return outcome === "made";
}
