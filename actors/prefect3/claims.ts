/**
 * Claims runs: PENDING is granted once, so it is the right to launch.
 *
 * @module
 */

import type { ClaimResult } from "../../schemas/contracts/orchestrator.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Claim } from "../../schemas/flow_run/flow_run.ts";
import { markMessage } from "../../schemas/prefect3/claim_mark.ts";
import { claimKeyOf } from "../../schemas/prefect3/claim_key.ts";
import type { FlowRun } from "../../schemas/prefect3/flow_run.ts";
import type { RunRow } from "../../schemas/prefect3/rows.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { FailureError, toFailure } from "../../schemas/failure/failure.ts";
import { wait } from "../time/wait.ts";
import type { Api } from "./api.ts";
import { proposeTogether } from "./bulk_states.ts";
import type { RestoreEnd } from "./end_run.ts";
import { type Decision, propose, type ProposedState } from "./propose.ts";
import { ANEW, makeClaimLooks, SLOW_MS } from "./requests/claim_looks.ts";
import { readHistory, takenBack } from "./state_history.ts";

/** What claiming needs. */
export interface ClaimsDeps {
  readonly api: Pick<Api, "send">;
  /** Reads one row, together with others. */
  readonly readRow: (runId: string, signal: AbortSignal) => Promise<RunRow | null>;
  readonly clock: Clock;
  readonly log: Log;
  /** Name of the worker. */
  readonly worker: string;
  /** Names this process in marks. */
  readonly process: string;
  /** Sets the end again that a run had come to. */
  readonly restore: RestoreEnd;
}

/** Claims of one process. */
export interface Claims {
  readonly claim: (run: FlowRun, claim: Claim, signal: AbortSignal) => Promise<ClaimResult>;
  /** A new page: deployments that were at their limit are asked again. */
  readonly newPage: () => void;
  /** Claims that were not sent yet are not sent any more. */
  readonly end: () => void;
}

/** Wait for further claims of the same page, in milliseconds. */
const WINDOW_MS = 2;

/** A run that the API wants to be asked for later is not waited for longer than this; it comes with a later page. */
const LONGEST_WAIT_MS = 30_000;

const LEAST_WAIT_MS = 1000;

/** Makes them. */
export function makeClaims(deps: ClaimsDeps): Claims {
  const full = new Set<string>();
  let scope = "";
  const pending = (): ProposedState => ({
    type: "PENDING",
    name: "Pending",
    message: markMessage({ worker: deps.worker, process: deps.process, scope }),
  });
  const ending = new AbortController();
  const confirm = () => {
    if (ending.signal.aborted) throw new FailureError({ tag: "claimLost", message: ENDS });
  };
  const options = { urgency: "first", tries: "held", confirm } as const;
  const looks = makeClaimLooks(deps);
  const alone = (runId: string, signal: AbortSignal) =>
    looks.around(
      runId,
      (again) => propose(deps.api, runId, pending(), { ...options, again }, signal),
      signal,
    );
  const together = proposeTogether({
    ...deps,
    ...{ state: pending, options, windowMs: WINDOW_MS, look: looks.look, alone },
  });
  return {
    newPage: () => full.clear(),
    end: () => ending.abort(),
    claim: async (run, { marker, key }, signal) => {
      if (run.deployment === "gone") return await cancelDeserted(run, deps, signal);
      if (full.has(run.deploymentId ?? "")) return lost("its deployment is at its limit");
      scope = marker.scope;
      const isLimited = run.deployment !== null && run.deployment.limit !== null;
      const ask = isLimited ? alone : together.propose;
      const done = looks.begin(run, key);
      const decision = await decided(ask, run.id, { ...deps, ending: ending.signal }, signal).finally(done);
      if (decision === null) return lost(ENDS);
      if (decision.outcome === "made") {
        const isSlow = deps.clock.now() - (run.askedMs ?? 0) > SLOW_MS;
        return isSlow ? await lookAgain(run, key, deps, signal) : { outcome: "claimed" };
      }
      if (isLimited && isAtLimit(decision)) full.add(run.deploymentId ?? "");
      return tellRefusal(run, decision, deps);
    },
  };
}

const ENDS = "this worker ends";

/**
 * A run that had ended by the time it was granted is ended again. A claim that came late may be granted for a later moment than the
 * one that was claimed: its token would name the task of the launch before. The run stays PENDING under the mark of this process,
 * and the next search for claims takes it up for its moment. Nothing is taken back: that could come late, too, and undo its end.
 */
async function lookAgain(
  run: FlowRun,
  key: string,
  deps: ClaimsDeps,
  signal: AbortSignal,
): Promise<ClaimResult> {
  const { scheduledTime, formerEnd: former } = await readHistory(
    { id: run.id, stateId: null },
    deps.api,
    signal,
  );
  if (former === null) {
    const isOther = scheduledTime !== null && claimKeyOf(scheduledTime) !== key;
    return isOther ? lost(ANEW) : { outcome: "claimed" };
  }
  const end = takenBack(former);
  if (end !== null) deps.restore(run.id, end);
  return lost(`it has ended as ${former.end.name}`);
}

function lost(why: string): ClaimResult {
  return { outcome: "lost", why };
}

/** Asks again after the wait that the API asked for. @returns null: it was not sent before this process began to end */
async function decided(
  ask: (runId: string, signal: AbortSignal) => Promise<Decision>,
  runId: string,
  { clock, ending }: ClaimsDeps & { readonly ending: AbortSignal },
  signal: AbortSignal,
): Promise<Decision | null> {
  const untilMs = clock.now() + LONGEST_WAIT_MS;
  for (;;) {
    const decision = await ask(runId, signal).catch(ifNotSent);
    if (decision === null) return null;
    if (decision.outcome !== "later" || clock.now() + decision.delayMs > untilMs) return decision;
    const either = AbortSignal.any([signal, ending]);
    await wait(Math.max(LEAST_WAIT_MS, decision.delayMs), clock, either).catch(() => signal.throwIfAborted());
    if (ending.aborted) return null;
  }
}

function ifNotSent(thrown: unknown): null {
  if (toFailure(thrown).tag !== "claimLost") throw thrown;
  return null;
}

function isAtLimit({ state: { type, name } }: Decision): boolean {
  return (type === "SCHEDULED" && name === "AwaitingConcurrencySlot") || type === "CANCELLED";
}

/** @see Prefect 3, concurrency options of a deployment: `ENQUEUE` reschedules, `CANCEL_NEW` cancels */
function tellRefusal(
  run: FlowRun,
  { state: { type, name }, reason }: Decision,
  { log }: ClaimsDeps,
): ClaimResult {
  if (type === "CANCELLED") {
    log("INFO", `Flow run ${run.id} was cancelled by the API instead of being launched: ${reason}`, {
      runId: run.id,
    });
  }
  const now = name === "" ? "" : ` (it is ${name})`;
  return lost(`the API did not grant it${now}${reason === "" ? "" : `: ${reason}`}`);
}

/** A run whose deployment was deleted can never be planned. @see recorded: j09, deployment vanished */
async function cancelDeserted(run: FlowRun, deps: ClaimsDeps, signal: AbortSignal): Promise<ClaimResult> {
  const id = run.deploymentId ?? "";
  const { status } = await deps.api.send({
    method: "GET",
    path: ["deployments", id],
    route: "GET /deployments/{id}",
    accept: [404],
    runId: run.id,
  }, signal);
  if (status !== 404) return lost("its deployment is read again with the next page");
  const message = `Deployment ${id} does not exist any more, so the flow run cannot be launched`;
  const cancelled = { type: "CANCELLED", name: "Cancelled", message, force: true } as const;
  const { outcome, reason } = await propose(deps.api, run.id, cancelled, { urgency: "first" }, signal);
  const what = outcome === "made" ? "is Cancelled" : `cannot be cancelled (${reason})`;
  deps.log("WARNING", `Flow run ${run.id} ${what}: ${message}`, { runId: run.id });
  return lost("its deployment is gone");
}
