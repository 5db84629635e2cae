/**
 * The streams of runs to adopt: what the queue gives, and claims that nobody is working on any more.
 *
 * @module
 */

import { type BehaviorSubject, filter, map, merge, Observable, Subject, switchMap, tap, timer } from "rxjs";
import type { Page, UnfinishedClaim } from "../schemas/contracts/orchestrator.ts";
import { flowRuns, type Polled } from "../actors/streams/poll_flow_runs.ts";
import { type FoundClaims, unfinishedClaims } from "../actors/streams/resume_claims.ts";
import type { HeldRuns } from "./run_vault.ts";
import { schedulerOf } from "../actors/streams/scheduler.ts";
import type { AdmittedRun } from "../schemas/flow_run/events.ts";
import type { ClaimOwner } from "../schemas/flow_run/flow_run.ts";
import { type FlowRun, headerOf } from "../schemas/prefect1/flow_run.ts";
import { claimOn } from "../schemas/prefect1/claim_key.ts";
import type { RunPlan } from "../schemas/plan/run_plan.ts";
import type { AgentEffects, AgentProgram } from "./effects.ts";
import type { Refusals } from "./refusals.ts";

/** What the actors of one agent share. */
export interface Hands {
  readonly vault: HeldRuns;
  /** Claims waiting for their answer. */
  readonly claims: BehaviorSubject<number>;
  /** Runs adopted and not yet reported. */
  readonly inFlight: BehaviorSubject<number>;
  /** Runs that cannot be read and are being set to Failed. */
  readonly refusals: Refusals;
  /** Runs that left since the last search for claims began. */
  readonly left: Set<string>;
  /** Runs that left because there was nothing more to do for them. */
  readonly letGo: Set<string>;
}

/** Runs that may be on their way to a task at a time; the queue is not asked for more before. */
const MAX_IN_FLIGHT = 100;

/** What adopting needs of the program. */
export interface AdoptingProgram
  extends Pick<AgentProgram<unknown, RunPlan>, "owner" | "pollTimeoutMs" | "reconcileMs" | "poke$"> {
  readonly effects: Pick<AgentEffects<unknown>, "clock" | "log"> & {
    readonly orchestrator: Pick<AgentEffects<unknown>["orchestrator"], "poll" | "findClaims">;
  };
}

/** What it shares with the other actors. */
export type AdoptingHands = Omit<Hands, "refusals"> & {
  readonly refusals: Pick<Refusals, "refuse">;
};

/**
 * Everything that is to be adopted. The queue goes first: the search for claims begins when it has answered once.
 *
 * @param polls how many polls, null for no end; with an end there is one search
 */
export function runsToAdopt(
  program: AdoptingProgram,
  hands: AdoptingHands,
  polls: number | null,
): Observable<readonly AdmittedRun[]> {
  const answered = new Subject<void>();
  const polled = pollStream(program, hands, polls).pipe(
    tap({ next: () => answered.next(), complete: () => answered.complete() }),
  );
  // The search listens before the first answer can come.
  return merge(resumeStream(program, hands, { begin$: answered, looks: polls === null ? null : 1 }), polled);
}

interface Search {
  readonly begin$: Observable<unknown>;
  readonly looks: number | null;
}

function resumeStream(
  { effects, owner, pollTimeoutMs, reconcileMs }: AdoptingProgram,
  hands: AdoptingHands,
  { begin$, looks }: Search,
): Observable<readonly AdmittedRun[]> {
  const { orchestrator, clock, log } = effects;
  const search = () => {
    const before = hands.vault.ids();
    hands.left.clear();
    return abortable((signal) => orchestrator.findClaims(owner, signal)).pipe(
      map((claims): FoundClaims => {
        const ids = new Set(claims.map(({ run }) => run.id));
        for (const id of hands.letGo) if (!ids.has(id)) hands.letGo.delete(id);
        const now = hands.vault.ids();
        return { claims, isInHand: (id) => before.has(id) || now.has(id) || hands.left.has(id) };
      }),
    );
  };
  return unfinishedClaims({
    ask: search,
    wasLetGo: (id) => hands.letGo.has(id),
    begin$,
    everyMs: reconcileMs,
    timeoutMs: pollTimeoutMs,
    looks,
    onError: (failure) => log("WARNING", `Cannot look for unfinished claims now: ${failure.message}`),
    scheduler: schedulerOf(clock),
  }).pipe(map((claims) => claims.flatMap((one) => resumeRun(one, { effects, vault: hands.vault }))));
}

function resumeRun(
  { run, claim, phase }: UnfinishedClaim,
  { effects, vault }: { readonly effects: Pick<AgentEffects<unknown>, "log">; readonly vault: HeldRuns },
): readonly AdmittedRun[] {
  if (!vault.admit(run, claim)) return [];
  effects.log(
    "INFO",
    `Taking up flow run ${run.id} again: it is ${run.stateType} and was claimed by this agent`,
  );
  return [{ header: headerOf(run), claim: claim.key, resumed: phase, isEarly: false }];
}

function pollStream(
  { effects, owner, pollTimeoutMs, poke$ }: AdoptingProgram,
  { vault, claims, inFlight, refusals }: AdoptingHands,
  polls: number | null,
): Observable<readonly AdmittedRun[]> {
  const { orchestrator, log } = effects;
  const scheduler = schedulerOf(effects.clock);
  const admit = (page: Page): Polled<AdmittedRun> => {
    page.malformed.forEach(refusals.refuse);
    const nowMs = effects.clock.now();
    return { runs: page.runs.flatMap((run) => admitRun(run, { owner, vault, nowMs })), full: page.full };
  };
  return flowRuns({
    // Admitted in the stream: an answer that comes too late for it must not leave runs in hand.
    ask: () => abortable((signal) => orchestrator.poll(vault.ids(), signal)).pipe(map(admit)),
    polls,
    timeoutMs: pollTimeoutMs,
    poke$,
    room: () => inFlight.pipe(filter((n) => n < MAX_IN_FLIGHT)),
    // A moment later, since the machines of this page are only now about to claim.
    claimsSettled: () => timer(1, scheduler).pipe(switchMap(() => claims), filter((n) => n === 0)),
    onError: ({ message }) =>
      log("ERROR", message.startsWith(FAILED) ? message : `${FAILED}ready flow runs: ${message}`),
    scheduler,
  });
}

/** How the orchestrator begins when it says which of its questions failed. */
const FAILED = "Failed to query for ";

/** A promise as a stream that aborts the work when nobody listens any more. */
function abortable<T>(work: (signal: AbortSignal) => Promise<T>): Observable<T> {
  return new Observable((subscriber) => {
    const abort = new AbortController();
    let isOpen = true;
    work(abort.signal).finally(() => isOpen = false).then(
      (value) => {
        subscriber.next(value);
        subscriber.complete();
      },
      (thrown) => subscriber.error(thrown),
    );
    return () => {
      if (isOpen) abort.abort();
    };
  });
}

interface Admission {
  readonly owner: ClaimOwner;
  readonly vault: HeldRuns;
  readonly nowMs: number;
}

function admitRun(run: FlowRun, { owner, vault, nowMs }: Admission): readonly AdmittedRun[] {
  const { key, isLate } = claimOn(run);
  if (!vault.admit(run, { key, isLate, marker: { ...owner, claim: key } })) return [];
  const header = headerOf(run);
  return [{ header, claim: key, resumed: null, isEarly: (header.dueAtMs ?? 0) > nowMs }];
}
