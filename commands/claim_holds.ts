/**
 * One process at a time works on a claim. Replicas and restarted agents find the same claims; before a task is launched, and
 * before a run is failed because it could not be, the claim is made this process's own, or the run is left to the other one.
 *
 * @module
 */

import type { HeldRun, Hold, RunVault } from "../actors/run_vault.ts";
import { wait } from "../actors/wait.ts";
import type { Clock } from "../schemas/clock.ts";
import { isLateClaim } from "../schemas/flow_run.ts";
import { FailureError, isRetriable, toFailure } from "../schemas/failure.ts";
import type { HoldResult, Recovery, ToHold } from "../actors/orchestrator.ts";
import type { Log } from "../actors/log.ts";
import { RECONCILE_MS } from "./run_streams.ts";

/** What holding needs. */
export interface HoldsDeps {
  readonly vault: RunVault;
  readonly orchestrator: Pick<Recovery, "hold">;
  readonly clock: Clock;
  readonly log: Log;
  /** Time between two searches for claims that nobody is working on, in milliseconds. @default 60000 */
  readonly reconcileMs?: number | undefined;
}

/** The claims of one process. */
export interface ClaimHolds {
  /** A claim was granted; `askedMs`: when it was asked for. */
  readonly granted: (runId: string, askedMs: number) => void;
  /** A claim was found again: another process may have it, and this one may take it. */
  readonly found: (runId: string) => void;
  /** A launch is over: another process may have taken the claim up meanwhile, and this one may take it back. */
  readonly launched: (runId: string) => void;
  /** Whether it may be that another process has worked on it since. */
  readonly isDoubtful: (runId: string) => boolean;
  /**
   * Returns once a task may be started: the claim is this process's own, or the API does not let it be taken yet. Its tokens
   * keep the task from being started twice, so a run that was left behind need not wait for that.
   *
   * @throws {FailureError} `claimLost`
   */
  readonly mayLaunch: (runId: string, signal: AbortSignal) => Promise<void>;
  /**
   * Returns once the claim is this process's own.
   *
   * @throws {FailureError} `claimLost`
   */
  readonly confirm: (runId: string, signal: AbortSignal) => Promise<void>;
  /** Returns once no request of a process from which the claim was taken can still be under way. */
  readonly settled: (runId: string, signal: AbortSignal) => Promise<void>;
}

/** What was known this long ago still holds: nobody takes up a claim that is younger than 10 s. */
const FRESH_MS = 3_000;

/** What another process sent before the claim was taken from it is carried out within a period and this, or never. */
const WAY_MS = 5_000;

/** Time between two questions while the API does not answer, or does not grant the claim yet. */
const ASK_AGAIN_MS = 3_000;

/** A claim that is worked on for long is renewed, so that nobody takes it for left behind. */
const RENEW_MS = 120_000;

/** Prefect Server refuses for 30 s; an API that goes on refusing is taken for one that lets nobody take over. */
const REFUSED_MS = 75_000;

/** Answers of a slow API, each too old once it comes, before the last one counts; the state is then set by its version. */
const MOST_ANSWERS = 3;

const HELD: HoldResult = { outcome: "held" };

const OPEN: Hold = { isFound: false, confirmedMs: null, takenMs: null, setMs: null };

/** None so far. */
export function makeClaimHolds(deps: HoldsDeps): ClaimHolds {
  const { vault, clock } = deps;
  const underWayMs = (deps.reconcileMs ?? RECONCILE_MS) + WAY_MS;
  const isFresh = ({ confirmedMs }: Hold) => {
    const ageMs = confirmedMs === null ? Infinity : clock.now() - confirmedMs;
    return ageMs >= 0 && ageMs <= FRESH_MS;
  };
  const isDoubtful = (runId: string) => {
    const { hold } = vault.get(runId);
    return hold !== null && !isFresh(hold);
  };
  const ask = (runId: string, signal: AbortSignal) => askUntilAnswered(vault.get(runId), { ...deps, signal });
  const refresh = makeRefresh(deps, (hold) => hold.confirmedMs !== null && !isFresh(hold));
  return {
    granted: (runId, askedMs) => {
      // A late claim is on task runs: that the flow itself still runs is asked before its task is started.
      const confirmedMs = isLateClaim(vault.get(runId).claim.key) ? null : askedMs;
      vault.keepHold(runId, { ...OPEN, confirmedMs, setMs: askedMs });
    },
    found: (runId) => vault.keepHold(runId, { ...OPEN, isFound: true }),
    launched: (runId) => {
      const isFound = vault.get(runId).hold?.isFound ?? false;
      vault.keepHold(runId, isFound ? { ...OPEN, isFound } : OPEN);
    },
    isDoubtful,
    mayLaunch: async (runId, signal) => {
      if (isDoubtful(runId)) await refresh(runId, signal);
      // One answer will do, however old a slow API lets it become: the tokens see to the rest.
      if (isDoubtful(runId)) await ask(runId, signal);
    },
    confirm: async (runId, signal) => {
      const sinceMs = clock.now();
      let held = 0;
      while (isDoubtful(runId) && held < MOST_ANSWERS) {
        if (await ask(runId, signal) !== "refused") held++;
        else if (clock.now() - sinceMs > REFUSED_MS) return;
        else await wait(ASK_AGAIN_MS, clock, signal);
      }
    },
    settled: async (runId, signal) => {
      const takenMs = vault.get(runId).hold?.takenMs ?? null;
      if (takenMs === null) return;
      const sinceMs = Math.max(0, clock.now() - takenMs);
      await wait(Math.max(0, underWayMs - sinceMs), clock, signal);
    },
  };
}

/** Asks for one run and for all others on their way to a task, which have waited as long: that is one question to the API. */
type Refresh = (runId: string, signal: AbortSignal) => Promise<void>;

/** What it cannot tell is asked again by whoever needs it. */
function makeRefresh(deps: HoldsDeps, isStale: (hold: Hold) => boolean): Refresh {
  const { vault, clock } = deps;
  const asked = new Map<string, Promise<void>>();
  const isOnItsWay = ({ plan, hold }: HeldRun): boolean => {
    if (plan === null || hold === null || !isStale(hold)) return false;
    return hold.setMs === null || clock.now() - hold.setMs <= RENEW_MS;
  };
  return async (runId, signal) => {
    for (const id of vault.ids()) {
      if (asked.has(id) || !isOnItsWay(vault.get(id))) continue;
      asked.set(id, confirmQuietly(id, deps).finally(() => asked.delete(id)));
    }
    await unlessAborted(asked.get(runId) ?? Promise.resolve(), signal);
  };
}

async function confirmQuietly(runId: string, { vault, orchestrator, clock }: HoldsDeps): Promise<void> {
  const { run, claim } = vault.get(runId);
  const askedMs = clock.now();
  try {
    const question = { run, claim, mayTake: false, renew: false };
    const result = await orchestrator.hold?.(question, new AbortController().signal) ?? HELD;
    const hold = vault.ids().has(runId) ? vault.get(runId).hold : null;
    if (result.outcome !== "held" || hold === null || (hold.confirmedMs ?? Infinity) >= askedMs) return;
    vault.keepHold(runId, { ...hold, confirmedMs: askedMs });
  } catch {
    // The run's own question tells what is wrong.
  }
}

function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const giveUp = () => reject(signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}

interface Asking extends HoldsDeps {
  readonly signal: AbortSignal;
}

/** Keeps what the answer says. @throws {FailureError} `claimLost` */
async function askUntilAnswered(held: HeldRun, deps: Asking): Promise<"held" | "refused"> {
  const { vault, clock, log, signal } = deps;
  const { run, claim, hold: before } = held;
  const hold = before ?? OPEN;
  for (;;) {
    const askedMs = clock.now();
    const renew = hold.setMs !== null && askedMs - hold.setMs > RENEW_MS;
    const mayTake = hold.confirmedMs === null;
    const outcome = await askOnce({ run, claim, mayTake, renew }, deps);
    if (outcome === "refused" && mayTake) return "refused";
    if (outcome === "taken") {
      log("DEBUG", `Flow run ${run.id} was taken over from another process of this agent`);
      vault.keepHold(run.id, { ...hold, confirmedMs: askedMs, takenMs: clock.now(), setMs: askedMs });
      return "held";
    }
    if (outcome !== "away") {
      vault.keepHold(run.id, { ...hold, confirmedMs: askedMs, setMs: renew ? askedMs : hold.setMs });
      return "held";
    }
    await wait(ASK_AGAIN_MS, clock, signal);
  }
}

/** `away`: the API cannot say now. Where it does not let us ask, the claim is taken for held. */
async function askOnce(
  wanted: ToHold,
  { orchestrator, log, signal }: Asking,
): Promise<"held" | "taken" | "refused" | "away"> {
  const { id } = wanted.run;
  try {
    const result = await orchestrator.hold?.(wanted, signal) ?? HELD;
    if (result.outcome !== "lost") return result.outcome;
    const message = `Flow run ${id} is left alone: ${result.why}`;
    log("DEBUG", message);
    throw new FailureError({ tag: "claimLost", message });
  } catch (thrown) {
    signal.throwIfAborted();
    const failure = toFailure(thrown);
    if (failure.tag === "claimLost") throw thrown;
    if (isRetriable(failure) || failure.tag === "unauthorized") return "away";
    log("DEBUG", `Cannot tell who holds flow run ${id}: ${failure.message}`);
    return "held";
  }
}
