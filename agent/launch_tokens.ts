/**
 * The tokens of a run's attempts. One is given up for the next only once the claim says so: whoever takes the claim over then
 * gives it up as well, so that all processes send the same tokens in the same order.
 *
 * @module
 */

import type { RunTaskInput } from "../machines/flow_run_types.ts";
import { clientToken, MOST_SKIPPED, tokenNumber } from "../schemas/flow_run/client_token.ts";
import { FailureError } from "../schemas/failure/failure.ts";
import type { RunPort } from "./run_port.ts";

type Attempt = Pick<RunTaskInput, "runId" | "claim" | "attempt">;
type TokenPort<Run, Plan> = Pick<RunPort<Run, Plan>, "vault" | "effects">;

/** Token of an attempt. Where it is not known yet what the claim says, that is found out first. @throws {FailureError} of the API */
export async function tokenOf<Run, Plan>(
  attempt: Attempt,
  port: TokenPort<Run, Plan>,
  signal: AbortSignal,
): Promise<string> {
  const { skipping } = port.vault.get(attempt.runId);
  if (skipping !== null) await skip(attempt.runId, skipping, port, signal);
  return presentToken(attempt, port);
}

/** @throws {FailureError} once the attempt has another token, because its claim was taken over just now */
export function confirmToken<Run, Plan>(
  token: string,
  attempt: Attempt,
  port: TokenPort<Run, Plan>,
): void {
  if (presentToken(attempt, port) === token) return;
  const message =
    `The process that flow run ${attempt.runId} was taken over from has used later client tokens: ` +
    "its launch begins again with the next one";
  throw new FailureError({ tag: "unavailable", status: 200, message });
}

/**
 * Gives up the token of an attempt. @returns the next one; null: a task may have been started with the present one, by whichever
 * process, or the claim cannot say that it is given up
 *
 * @throws {FailureError} of the API
 */
export async function nextTokenOf<Run, Plan>(
  attempt: Attempt,
  port: TokenPort<Run, Plan>,
  signal: AbortSignal,
): Promise<string | null> {
  const { hold, skipped } = port.vault.get(attempt.runId);
  const isShared = hold !== null && (hold.grantedMs === null || hold.takenMs !== null);
  if (isShared || skipped.length >= MOST_SKIPPED) return null;
  const wanted = [...skipped, tokenNumber(attempt.attempt, skipped)];
  return await skip(attempt.runId, wanted, port, signal) ? presentToken(attempt, port) : null;
}

function presentToken<Run, Plan>(
  { runId, claim, attempt }: Attempt,
  { vault }: Pick<TokenPort<Run, Plan>, "vault">,
): string {
  return clientToken({ runId, claim, attempt: tokenNumber(attempt, vault.get(runId).skipped) });
}

async function skip<Run, Plan>(
  runId: string,
  wanted: readonly number[],
  { vault, effects: { orchestrator } }: TokenPort<Run, Plan>,
  signal: AbortSignal,
): Promise<boolean> {
  const { claim, skipped } = vault.get(runId);
  vault.keepSkipping(runId, wanted);
  const isSaid = await orchestrator.skip({ runId, claim, skipped: wanted }, signal);
  vault.keepSkipped(runId, isSaid ? wanted : skipped);
  return isSaid;
}
