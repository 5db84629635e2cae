/**
 * Claims: version-locked `Submitted` states, gathered into one mutation. One refused state fails the whole answer
 * although others may have been applied, and an answer may be lost, so each uncertain claim is settled by reading it back.
 *
 * @module
 */

import { forgetOldest } from "../../schemas/bounds/forget_oldest.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { type Failure, FailureError, toFailure } from "../../schemas/failure/failure.ts";
import type { Claim, PlanTry } from "../../schemas/flow_run/flow_run.ts";
import { notShown } from "../../schemas/flow_run/not_shown.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import { API_ERROR, isClaimRefusal, isNotExecuted } from "../../schemas/prefect1/answer.ts";
import type { ReadState } from "../../schemas/prefect1/rows.ts";
import { isScheduled, submittedState } from "../../schemas/prefect1/state.ts";
import { type Ask, batch, type Outcome } from "../time/batch.ts";
import type { ClaimResult } from "../../schemas/contracts/orchestrator.ts";
import type { StateInput } from "./api.ts";

/** Something to claim: a flow run or a task run. */
export interface ClaimTarget {
  readonly id: string;
  /** Version that was read; the claim is locked to it. */
  readonly version: number;
  /** The state that was read. */
  readonly state: JsonObject;
  readonly claim: Claim;
  /** Noted in the marker. @default none */
  readonly tries?: readonly PlanTry[];
}

/** How one kind of thing is claimed. */
export interface ClaimsOptions {
  readonly clock: Clock;
  /** Message of the Submitted state. */
  readonly message: string;
  readonly coreVersion: string;
  /** Name of this process in the marker. */
  readonly by: string;
  /** One mutation, sent once. */
  readonly set: (states: readonly StateInput[], signal: AbortSignal) => Promise<void>;
  /** Reads the states back. */
  readonly read: (ids: readonly string[], signal: AbortSignal) => Promise<readonly ReadState[]>;
}

/** Claims that come within this time share a mutation. */
const WINDOW_MS = 2;

/** Most claims in one mutation: what one page of the queue can hold, with room for task runs. */
const MAX_CLAIMS = 50;

/** A claim that waited longer than this behind a slow API is not sent until its run is read again. */
const STALE_MS = 2_000;

/** How often one request to claim sends the claim, the first time included. */
const MAX_ROUNDS = 3;

/** Claims whose outcome is unknown are remembered until they are settled; more than this cannot be in flight. */
const MAX_DOUBTS = 10_000;

/** Makes the asking function; it throws what leaves a claim open, retriable or not. */
export function makeClaims(options: ClaimsOptions): Ask<ClaimTarget, ClaimResult> {
  const doubts = new Set<string>();
  const settling: Settling = { ...options, doubts };
  const { clock } = options;
  const ask = batch<Asked, ClaimResult>({
    clock,
    windowMs: WINDOW_MS,
    maxItems: MAX_CLAIMS,
    maxInFlight: 4,
    send: async (asked, signal) => {
      const targets = asked.map(({ target }) => target);
      const isClear = ({ target, atMs }: Asked) =>
        !doubts.has(doubtOf(target)) && Math.abs(clock.now() - atMs) <= STALE_MS;
      const clear = asked.filter(isClear).map(({ target }) => target);
      const doubtful = targets.filter((one) => !clear.includes(one));
      const results = await Promise.all([
        attempt(clear, { ...settling, signal, round: 1 }),
        settle(doubtful, STILL_UNKNOWN, { ...settling, signal, round: 1 }),
      ]);
      const byTarget = new Map(results.flatMap((result) => [...result]));
      return targets.map((one) => byTarget.get(one) ?? { thrown: new RangeError("A claim got no outcome") });
    },
  });
  return (target, signal) => ask({ target, atMs: clock.now() }, signal);
}

/** A claim, and when it was wished for. */
interface Asked {
  readonly target: ClaimTarget;
  readonly atMs: number;
}

interface Settling extends ClaimsOptions {
  /** Claims that were sent and whose outcome is not known. */
  readonly doubts: Set<string>;
}

interface Round extends Settling {
  readonly signal: AbortSignal;
  /** From 1; only an answer of the first round is conclusive. */
  readonly round: number;
}

/** Every target that was given gets an entry. */
type Outcomes = ReadonlyMap<ClaimTarget, Outcome<ClaimResult>>;

const CLAIMED: Outcome<ClaimResult> = { value: { outcome: "claimed" } };

const STILL_UNKNOWN: Failure = {
  tag: "unavailable",
  status: 0,
  message: "The outcome of an earlier claim is not known yet",
};

/** A run that came back has another claim key, so an earlier unknown outcome does not apply to it. */
function doubtOf({ id, claim }: ClaimTarget): string {
  return `${id} ${claim.key}`;
}

/** Sends claims in one mutation. */
async function attempt(targets: readonly ClaimTarget[], round: Round): Promise<Outcomes> {
  if (targets.length === 0) return new Map();
  try {
    await round.set(targets.map((one) => stateInputOf(one, round)), round.signal);
    forget(targets, round);
    return eachGets(targets, CLAIMED);
  } catch (thrown) {
    const failure = toFailure(thrown);
    // The request was not executed: an earlier unknown outcome of the same claim stays unknown.
    if (isNotExecuted(failure)) return eachGets(targets, { thrown });
    if (targets.length === 1 && round.round === 1 && isDecided(failure)) {
      return eachGets(targets, answerOf(failure));
    }
    for (const one of targets) remember(one, round);
    return await settle(targets, failure, round);
  }
}

function stateInputOf(target: ClaimTarget, { message, by, coreVersion }: Round): StateInput {
  const { id, version, state, claim, tries = [] } = target;
  return { id, version, state: submittedState({ message, state, claim, by, tries, coreVersion }) };
}

/** Whether the answer itself says that the only state sent was not set. */
function isDecided(failure: Failure): boolean {
  return failure.tag === "apiError" && failure.code !== API_ERROR;
}

/** The result of a final failure for the caller. */
function answerOf(failure: Failure): Outcome<ClaimResult> {
  if (isClaimRefusal(failure)) return { value: { outcome: "lost", why: failure.message } };
  return { thrown: new FailureError(failure) };
}

/** Reads the claims back and continues from their states. */
async function settle(targets: readonly ClaimTarget[], failure: Failure, round: Round): Promise<Outcomes> {
  if (targets.length === 0) return new Map();
  const states = await readStates(targets, round);
  if ("thrown" in states) return eachGets(targets, states);
  const outcomes = new Map<ClaimTarget, Outcome<ClaimResult>>();
  const open: ClaimTarget[] = [];
  for (const one of targets) {
    const verdict = judge(one, states.value.get(one.id), round.by);
    if (verdict === null) open.push(one);
    else outcomes.set(one, verdict);
  }
  forget([...outcomes].flatMap(([one, outcome]) => "value" in outcome ? [one] : []), round);
  const again = await tryAgain(open, { failure, among: targets.length }, round);
  return new Map([...outcomes, ...again]);
}

interface Refused {
  readonly failure: Failure;
  /** Number of claims in the mutation. */
  readonly among: number;
}

/** Sends open claims again: together while that may help, else one by one. */
async function tryAgain(open: readonly ClaimTarget[], refused: Refused, round: Round): Promise<Outcomes> {
  const { failure, among } = refused;
  if (among === 1 && isDecided(failure)) {
    // It was refused and is unchanged: a server that locks claims for a while reserves it for another agent.
    forget(open, round);
    return eachGets(open, answerOf(failure));
  }
  if (round.round >= MAX_ROUNDS) return eachGets(open, { thrown: new FailureError(retriable(failure)) });
  const next = { ...round, round: round.round + 1 };
  // Without the runs that made the batch fail, the others may succeed together.
  const mayTogether = !isDecided(failure) || open.length < among;
  if (round.round === 1 && mayTogether) return await attempt(open, next);
  const each = await Promise.all(open.map((one) => attempt([one], { ...next, round: MAX_ROUNDS })));
  return new Map(each.flatMap((outcomes) => [...outcomes]));
}

/** A machine should retry a claim that stays open. */
function retriable(failure: Failure): Failure {
  if (failure.tag !== "apiError" || failure.code !== API_ERROR) return failure;
  return { tag: "unavailable", status: 200, message: failure.message };
}

/** A failed read leaves the outcome of the claims unknown: the next request to claim them begins with a read. */
async function readStates(
  targets: readonly ClaimTarget[],
  { read, signal }: Round,
): Promise<{ value: ReadonlyMap<string, ReadState> } | { thrown: unknown }> {
  try {
    const rows = await read(targets.map((one) => one.id), signal);
    return { value: new Map(rows.map((row) => [row.id, row])) };
  } catch (thrown) {
    return { thrown };
  }
}

/** What a read state says about a claim; null: no agent has the run. A read that does not show it leaves the outcome open. */
function judge(target: ClaimTarget, now: ReadState | undefined, by: string): Outcome<ClaimResult> | null {
  if (now === undefined) return { thrown: new FailureError(notShown(target.id)) };
  const isOurs = now.stored?.by === by && now.stored.marker.claim === target.claim.key;
  if (now.version === target.version) return null;
  if (now.isGlance) return { thrown: new FailureError(STILL_UNKNOWN) };
  if (isOurs && !now.finished && !isScheduled(now.type)) return CLAIMED;
  return { value: { outcome: "lost", why: `it is ${now.type} at version ${now.version} by now` } };
}

function eachGets(targets: readonly ClaimTarget[], outcome: Outcome<ClaimResult>): Outcomes {
  return new Map(targets.map((one) => [one, outcome]));
}

function remember(target: ClaimTarget, { doubts }: Round): void {
  doubts.add(doubtOf(target));
  forgetOldest(doubts, MAX_DOUBTS);
}

function forget(targets: readonly ClaimTarget[], { doubts }: Round): void {
  for (const one of targets) doubts.delete(doubtOf(one));
}
