/**
 * Planning of runs that may have ended an earlier process. A run whose claim was taken up again is planned only after its claim
 * says so. Found again with such a note, it is planned alone, after all others; and once that has ended three processes, it is
 * failed.
 *
 * Three, because a process may be killed for a reason of its own just while an innocent run is planned alone. That time is short:
 * the note is taken out as soon as the plan is made, fails, takes long, or the agent is told to stop. Nobody is that unlucky
 * three times in a row.
 *
 * @module
 */

import { wait } from "../../actors/time/wait.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Orchestrator, PlanNote } from "../../schemas/contracts/orchestrator.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { CLAIM_TIMES } from "../../schemas/flow_run/claim_times.ts";
import { NO_DOUBT, type PlanTry } from "../../schemas/flow_run/flow_run.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import type { ClaimHolds } from "../claim_holds.ts";
import type { MakePlan } from "./make_plan.ts";
import { type PlanTurns, STOPPING } from "./plan_turns.ts";
import type { HeldRun, RunVault } from "../run_vault.ts";

/** What planning carefully needs. */
export interface CareDeps<Run, Plan> {
  readonly makePlan: MakePlan<Run, Plan>;
  readonly turns: PlanTurns;
  readonly vault: RunVault<Run, Plan>;
  readonly holds: Pick<ClaimHolds, "note">;
  readonly orchestrator: Pick<Orchestrator<Run>, "holdRules">;
  readonly clock: Clock;
  readonly log: Log;
}

/** Processes that must have ended while they planned a run alone, before that run is failed. */
const DEATHS_ALONE = 3;

/** A run that is planned alone for longer goes on among others: it is slow, and has ended nothing. */
const ALONE_MS = 15_000;

/** Plans runs that have no task yet. @throws {FailureError} `badFlowRun` for a run that ends processes */
export function planCarefully<Run, Plan>(deps: CareDeps<Run, Plan>): MakePlan<Run, Plan> {
  const { makePlan, turns, vault } = deps;
  return async (held, signal) => {
    const runId = held.header.id;
    const { hold, doubt: { tries, canNote } } = vault.get(runId);
    const isFound = hold !== null && hold.grantedMs === null;
    if (!isFound || !canNote) return await planUnnoted(deps)(held, signal);
    if (isPoison(tries)) throw poisonous(runId, tries);
    const together = async () => {
      await noteTogether(runId, deps, signal);
      return await makePlan(held, signal);
    };
    const plan = tries.length === 0
      ? await turns.together(together)
      : await planAlone({ held, tries, signal }, deps);
    if (vault.has(runId)) vault.keepDoubt(runId, NO_DOUBT);
    return plan;
  };
}

/** Plans runs whose claim cannot be set once more. One that has ended a process alone is followed without a plan. */
export function planUnnoted<Run, Plan>(
  { makePlan, turns }: Pick<CareDeps<Run, Plan>, "makePlan" | "turns">,
): MakePlan<Run, Plan> {
  return async (held, signal) => {
    const { header: { id }, doubt: { tries } } = held;
    if (deathsAlone(tries) > 0) throw poisonous(id, tries);
    return await turns.together(() => makePlan(held, signal));
  };
}

function deathsAlone(tries: readonly PlanTry[]): number {
  return tries.filter(({ alone }) => alone).length;
}

function isPoison(tries: readonly PlanTry[]): boolean {
  return deathsAlone(tries) >= DEATHS_ALONE;
}

function poisonous(runId: string, tries: readonly PlanTry[]): FailureError {
  const each = tries.map(({ by, atMs, alone }) =>
    `at ${new Date(atMs).toISOString()} by process ${by}, ${alone ? "alone" : "with others"}`
  );
  const message =
    `Flow run ${runId} was being planned when the agent's process ended, ${tries.length} times: ` +
    `${
      each.join("; ")
    }. It is not planned again: look at its run config and at the template that it names, ` +
    "correct them and start the flow run again";
  return new FailureError({ tag: "badFlowRun", field: "flow_run", message });
}

interface Work<Run, Plan> {
  readonly held: Pick<HeldRun<Run, Plan>, "header" | "run" | "doubt">;
  readonly tries: readonly PlanTry[];
  readonly signal: AbortSignal;
}

/** An API that does not let the claim be set yet does not hold back the run: the next process notes it. */
async function noteTogether<Run, Plan>(
  runId: string,
  { holds, clock, orchestrator: { holdRules } }: CareDeps<Run, Plan>,
  signal: AbortSignal,
): Promise<void> {
  const sinceMs = clock.now();
  for (;;) {
    const note = { earlier: [], begun: { atMs: clock.now(), alone: false } };
    const isAway = await holds.note(runId, note, signal) === "away";
    if (!isAway || Math.abs(clock.now() - sinceMs) >= holdRules.refusalMs) return;
    await wait(CLAIM_TIMES.askAgainMs, clock, signal);
  }
}

async function planAlone<Run, Plan>(work: Work<Run, Plan>, deps: CareDeps<Run, Plan>): Promise<Plan> {
  const { turns, clock, log } = deps;
  const { held: { header: { id: runId } }, signal } = work;
  log(
    "WARNING",
    `Flow run ${runId} was being planned when an earlier process ended: it is planned alone, after all others`,
    { runId },
  );
  const untilMs = clock.now() + deps.orchestrator.holdRules.refusalMs;
  try {
    for (;;) {
      const tried = await turns.alone((isAlone) => tryAlone(work, { ...deps, isAlone, untilMs }), signal);
      if (tried !== null) return await tried.plan;
      await wait(CLAIM_TIMES.askAgainMs, clock, signal);
    }
  } catch (thrown) {
    if (thrown !== STOPPING) throw thrown;
    const message = `Flow run ${runId} is left to the next process: this one stops`;
    throw new FailureError({ tag: "claimLost", message });
  }
}

interface Trying<Run, Plan> extends CareDeps<Run, Plan> {
  readonly isAlone: boolean;
  /** Until then an API that does not let the claim be set is asked again. */
  readonly untilMs: number;
}

/** Null: the claim cannot be set yet. The plan is wrapped, because the turn does not wait for a slow one. */
async function tryAlone<Run, Plan>(
  { held, tries, signal }: Work<Run, Plan>,
  deps: Trying<Run, Plan>,
): Promise<{ readonly plan: Promise<Plan> } | null> {
  const { makePlan, holds, clock, turns: { stopping } } = deps;
  const runId = held.header.id;
  const atMs = clock.now();
  const isNoted = deps.isAlone &&
    await holds.note(runId, { earlier: tries, begun: { atMs, alone: true } }, signal) === "held";
  if (deps.isAlone && !isNoted && clock.now() < deps.untilMs) return null;
  const plan = makePlan(held, signal);
  if (!isNoted) return { plan };
  const stopped = () => void withdraw(runId, tries, deps);
  stopping.addEventListener("abort", stopped);
  const end = await endOf(plan, clock);
  stopping.removeEventListener("abort", stopped);
  await withdraw(runId, end === "made" ? [] : tries, deps);
  return { plan };
}

/** How a planning went, as far as it is known in time. */
async function endOf(plan: Promise<unknown>, clock: Clock): Promise<"made" | "failed" | "slow"> {
  const enough = new AbortController();
  const slow = wait(ALONE_MS, clock, enough.signal).then(() => "slow" as const, () => "slow" as const);
  const end = await Promise.race([plan.then(() => "made" as const, () => "failed" as const), slow]);
  enough.abort();
  return end;
}

/** Takes this planning out of the claim: the process has outlived it. Where that is not possible, the claim is another's by now. */
async function withdraw<Run, Plan>(
  runId: string,
  earlier: readonly PlanTry[],
  { vault, holds, clock, orchestrator: { holdRules } }: CareDeps<Run, Plan>,
): Promise<void> {
  const { signal } = new AbortController();
  const note: PlanNote = { earlier, begun: null };
  const sinceMs = clock.now();
  try {
    while (vault.has(runId) && await holds.note(runId, note, signal) !== "held") {
      if (Math.abs(clock.now() - sinceMs) >= holdRules.refusalMs) return;
      await wait(CLAIM_TIMES.askAgainMs, clock, signal);
    }
  } catch {
    // The claim was lost: nothing of this process stands in it any more.
  }
}
