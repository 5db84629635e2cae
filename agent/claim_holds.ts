/**
 * One process at a time works on a claim. Replicas and restarted agents find the same claims; before a task is launched, and
 * before a run is failed, this process takes over the claim, or leaves the run to the process that holds it.
 *
 * @module
 */

import type { HeldRun, HeldRuns, Hold } from "./run_vault.ts";
import { wait } from "../actors/time/wait.ts";
import type { Clock } from "../schemas/time/clock.ts";
import { CLAIM_TIMES, inFlightUntilMs } from "../schemas/flow_run/claim_times.ts";
import { FailureError, isRetriable, toFailure } from "../schemas/failure/failure.ts";
import type { Orchestrator, PlanNote, ToHold } from "../schemas/contracts/orchestrator.ts";
import type { Platform } from "../schemas/contracts/platform.ts";
import type { TriedSteps } from "./tried_steps.ts";
import type { Log } from "../schemas/contracts/log.ts";

/** What holding needs. */
export interface HoldsDeps<Run> {
  readonly vault: Pick<HeldRuns<Run>, "get" | "has" | "ids" | "keepHold" | "keepSkipped">;
  readonly orchestrator: Pick<Orchestrator<Run>, "hold" | "holdRules">;
  readonly clock: Clock;
  readonly log: Log;
  /** Time between two searches for claims that no process works on, in milliseconds. */
  readonly reconcileMs: number;
  /** @default it says nothing of requests that are under way */
  readonly platform?: Pick<Platform<unknown>, "inFlightMs">;
  /** Is told of an API that does not answer. @default nobody is told */
  readonly steps?: Pick<TriedSteps, "failed" | "over">;
}

/** The claims of one process. */
export interface ClaimHolds {
  /** A claim was granted; `askedMs`: when the claim was sent. */
  readonly granted: (runId: string, askedMs: number) => void;
  /** A claim was recovered: another process may hold it, and this process may take it over. */
  readonly found: (runId: string) => void;
  /** A launch is over: another process may have taken over the claim meanwhile, and this process may take it back. */
  readonly launched: (runId: string) => void;
  /** Whether a task may have been launched for it that this process does not know of: not while it was only just granted. */
  readonly isDoubtful: (runId: string) => boolean;
  /**
   * Returns once the claim is this process's own; `refused`: the API lets no process take it.
   *
   * @throws {FailureError} `claimLost`
   */
  readonly confirm: Confirm;
  /** The same, but does not wait until the API lets the claim be taken. */
  readonly tryConfirm: Confirm;
  /**
   * Asks once to set the claim with a note on plannings of its run. `refused`: the API does not let it be set now; `away`: it
   * does not answer.
   *
   * @throws {FailureError} `claimLost`
   */
  readonly note: (
    runId: string,
    note: PlanNote,
    signal: AbortSignal,
  ) => Promise<"held" | "refused" | "away">;
  /** Returns once no request of a process from which the claim was taken can still be under way. */
  readonly settled: (runId: string, signal: AbortSignal) => Promise<void>;
  /** Returns once no other process can launch a first attempt without taking over the claim. */
  readonly guarded: (runId: string, signal: AbortSignal) => Promise<void>;
}

/** Makes a claim this process's own. */
type Confirm = (runId: string, signal: AbortSignal) => Promise<"held" | "refused">;

const OPEN: Hold = { grantedMs: null, confirmedMs: null, takenMs: null, setMs: null };

/** The holds of a process that has no claim yet. */
export function makeClaimHolds<Run>(deps: HoldsDeps<Run>): ClaimHolds {
  const { vault, clock, orchestrator, log, reconcileMs } = deps;
  const { guardMs, refusalMs } = orchestrator.holdRules;
  // A run asks again by itself when it needs its claim, so nobody is told of what is asked for all.
  const askAll = makeAskAll({ vault, clock, orchestrator, log, reconcileMs });
  const isOurs = (runId: string) => {
    const { hold } = vault.get(runId);
    return hold === null || isFresh(hold.confirmedMs, clock);
  };
  const confirmWithin = (refusedMs: number): Confirm => async (runId, signal) => {
    if (!isOurs(runId)) await askAll(runId);
    signal.throwIfAborted();
    // One answer will do, however old a slow API lets it become: a state is set by its version, and a task by its token.
    return isOurs(runId) ? "held" : await askUntilHeld(vault.get(runId), { ...deps, refusedMs, signal });
  };
  return {
    granted: (runId, askedMs) => {
      // A late claim is on task runs: that the flow itself still runs is asked before its task is started.
      const confirmedMs = vault.get(runId).claim.isLate ? null : askedMs;
      vault.keepHold(runId, { ...OPEN, grantedMs: askedMs, confirmedMs, setMs: askedMs });
    },
    found: (runId) => vault.keepHold(runId, OPEN),
    launched: (runId) => {
      const { grantedMs, takenMs } = vault.get(runId).hold ?? OPEN;
      vault.keepHold(runId, { ...OPEN, grantedMs, takenMs });
    },
    isDoubtful: (runId) => {
      const { hold, claim } = vault.get(runId);
      return hold !== null && (claim.isLate || !isFresh(hold.grantedMs, clock));
    },
    confirm: confirmWithin(refusalMs),
    tryConfirm: confirmWithin(0),
    note: (runId, note, signal) => noteOnce(vault.get(runId), { ...deps, note, signal }),
    settled: async (runId, signal) => {
      const takenMs = vault.get(runId).hold?.takenMs ?? null;
      if (takenMs === null) return;
      const sinceMs = Math.max(0, clock.now() - takenMs);
      const untilMs = deps.platform?.inFlightMs ?? inFlightUntilMs(reconcileMs);
      await wait(Math.max(0, untilMs - sinceMs), clock, signal);
    },
    guarded: async (runId, signal) => {
      const { setMs, takenMs } = vault.get(runId).hold ?? OPEN;
      const ageMs = setMs === null || takenMs !== null ? Infinity : Math.max(0, clock.now() - setMs);
      if (ageMs > CLAIM_TIMES.unsharedMs) {
        await wait(Math.max(0, guardMs + CLAIM_TIMES.inFlightMs - ageMs), clock, signal);
      }
    },
  };
}

function isFresh(sinceMs: number | null, clock: Clock): boolean {
  const ageMs = sinceMs === null ? Infinity : clock.now() - sinceMs;
  return ageMs >= 0 && ageMs <= CLAIM_TIMES.knownHoldMs;
}

/**
 * Checks together all claims that this process held when it last checked and whose check has expired, because the API
 * answers such questions in one request. A run whose claim stays uncertain checks it again when it needs it.
 */
function makeAskAll<Run>(deps: HoldsDeps<Run>): (runId: string) => Promise<void> {
  const { vault, clock } = deps;
  const asked = new Map<string, Promise<void>>();
  const isStale = ({ plan, hold }: HeldRun<Run, unknown>): boolean => {
    if (plan === null || hold === null || hold.confirmedMs === null) return false;
    if (isFresh(hold.confirmedMs, clock)) return false;
    return hold.setMs === null || clock.now() - hold.setMs <= CLAIM_TIMES.renewMs;
  };
  const ask = async (runId: string): Promise<void> => {
    const { run, claim, hold } = vault.get(runId);
    const askedMs = clock.now();
    const answer = await askOnce({ runId, run, claim, mayTake: false, renew: false, note: null }, deps).catch(
      () => null,
    );
    const isSame = vault.has(runId) && vault.get(runId).hold === hold;
    if (answer === "held" && isSame) vault.keepHold(runId, { ...(hold ?? OPEN), confirmedMs: askedMs });
  };
  return async (runId) => {
    for (const id of vault.ids()) {
      if (!asked.has(id) && isStale(vault.get(id))) asked.set(id, ask(id).finally(() => asked.delete(id)));
    }
    await asked.get(runId);
  };
}

interface Asking<Run> extends HoldsDeps<Run> {
  /** How long a refusal is retried before it counts as the answer, in milliseconds. */
  readonly refusedMs: number;
  readonly signal: AbortSignal;
}

/** Records the answer. @throws {FailureError} `claimLost` */
async function askUntilHeld<Run>(
  { header: { id: runId }, run, claim, hold: before }: HeldRun<Run, unknown>,
  deps: Asking<Run>,
): Promise<"held" | "refused"> {
  const { vault, clock, log, refusedMs, signal } = deps;
  const hold = before ?? OPEN;
  const sinceMs = clock.now();
  for (;;) {
    const askedMs = clock.now();
    const renew = hold.setMs !== null && askedMs - hold.setMs > CLAIM_TIMES.renewMs;
    const mayTake = hold.confirmedMs === null;
    const answer = await askOnce({ runId, run, claim, mayTake, renew, note: null }, deps);
    signal.throwIfAborted();
    if (answer === "taken") {
      log("DEBUG", `Flow run ${runId} was taken over from another process of this agent`, { runId });
      vault.keepHold(runId, { ...hold, confirmedMs: askedMs, takenMs: clock.now(), setMs: askedMs });
      return "held";
    }
    if (answer === "held" || (answer === "refused" && !mayTake)) {
      vault.keepHold(runId, { ...hold, confirmedMs: askedMs, setMs: renew ? askedMs : hold.setMs });
      return "held";
    }
    if (answer === "refused" && clock.now() - sinceMs >= refusedMs) return "refused";
    await wait(CLAIM_TIMES.askAgainMs, clock, signal);
  }
}

interface Noting<Run> extends HoldsDeps<Run> {
  readonly note: PlanNote;
  readonly signal: AbortSignal;
}

async function noteOnce<Run>(
  { header: { id: runId }, run, claim, hold: before }: HeldRun<Run, unknown>,
  { note, ...deps }: Noting<Run>,
): Promise<"held" | "refused" | "away"> {
  const hold = before ?? OPEN;
  const askedMs = deps.clock.now();
  const mayTake = hold.confirmedMs === null;
  const answer = await askOnce({ runId, run, claim, mayTake, renew: true, note }, deps);
  if (answer === "refused" || answer === "away") return answer;
  const takenMs = answer === "taken" ? deps.clock.now() : hold.takenMs;
  deps.vault.keepHold(runId, { ...hold, confirmedMs: askedMs, takenMs, setMs: askedMs });
  return "held";
}

/**
 * `away`: the API cannot answer now. Where it refuses the question, the claim counts as held.
 *
 * @throws {FailureError} `claimLost`
 */
async function askOnce<Run>(
  wanted: ToHold<Run>,
  { orchestrator, log, steps, vault, signal = new AbortController().signal }:
    & HoldsDeps<Run>
    & Partial<Asking<Run>>,
): Promise<"held" | "taken" | "refused" | "away"> {
  const { runId: id } = wanted;
  try {
    const result = await orchestrator.hold(wanted, signal);
    steps?.over(id, "hold");
    if (result.outcome === "taken" && vault.has(id)) vault.keepSkipped(id, result.skipped ?? []);
    if (result.outcome !== "lost") return result.outcome;
    const message = `Flow run ${id} is left alone: ${result.why}`;
    log("DEBUG", message, { runId: id });
    throw new FailureError({ tag: "claimLost", message });
  } catch (thrown) {
    const failure = toFailure(thrown);
    if (failure.tag === "claimLost") throw thrown;
    if (isRetriable(failure) || failure.tag === "unauthorized") {
      if (!signal.aborted) steps?.failed(id, "hold", failure, CLAIM_TIMES.askAgainMs);
      return "away";
    }
    steps?.over(id, "hold");
    log("DEBUG", `Cannot tell who holds flow run ${id}: ${failure.message}`, { runId: id });
    return "held";
  }
}
