/**
 * The streams of runs to adopt: due runs from the queue, and claims that no process is working on any more.
 *
 * @module
 */

import {
  combineLatest,
  filter,
  map,
  merge,
  Observable,
  of,
  ReplaySubject,
  Subject,
  switchMap,
  take,
  tap,
  timer,
} from "rxjs";
import type { DueRun, Orchestrator, Page, UnfinishedClaim } from "../schemas/contracts/orchestrator.ts";
import { flowRuns, type Polled } from "../actors/streams/poll_flow_runs.ts";
import { type FoundClaims, unfinishedClaims } from "../actors/streams/resume_claims.ts";
import type { Log } from "../schemas/contracts/log.ts";
import type { AgentState } from "./agent_state.ts";
import type { HeldRuns } from "./run_vault.ts";
import { schedulerOf } from "../actors/streams/scheduler.ts";
import type { AdmittedRun } from "../schemas/flow_run/events.ts";
import type { ClaimOwner } from "../schemas/flow_run/flow_run.ts";
import type { RunPlan } from "../schemas/plan/run_plan.ts";
import type { AgentEffects, AgentProgram } from "./effects.ts";
import { sayWhenLate } from "./late_answers.ts";
import type { Refusals } from "./refusals.ts";
import { takesPlace, type TaskRoom } from "./task_room.ts";

/** Most runs on their way to a task at a time; the queue is not asked for more until there is room. */
const MAX_IN_FLIGHT = 100;

/** What adopting needs of the program. */
export interface AdoptingProgram<Run> extends
  Pick<
    AgentProgram<unknown, Run, RunPlan>,
    "owner" | "pollTimeoutMs" | "pollPauseMs" | "reconcileMs" | "poke$" | "onAsks"
  > {
  readonly effects: Pick<AgentEffects<Run, unknown>, "clock" | "log"> & {
    readonly orchestrator: Pick<Orchestrator<Run>, "poll" | "findClaims" | "lines">;
  };
}

/** What it shares with the other actors. */
export interface AdoptingState<Run> extends Pick<AgentState<Run, never>, "claims" | "left" | "completed"> {
  readonly inFlight: Pick<AgentState<Run, never>["inFlight"], "count$">;
  readonly vault: Pick<HeldRuns<Run>, "admit" | "ids">;
  readonly room: TaskRoom;
  readonly refusals: Pick<Refusals, "refuse" | "ids">;
}

/**
 * Everything that is to be adopted. The queue goes first: the search for claims begins when it has answered once. Under a limit
 * the search goes first, because the tasks of earlier processes take places.
 *
 * @param polls how many polls, null for no end; with an end there is one search
 */
export function runsToAdopt<Run>(
  program: AdoptingProgram<Run>,
  state: AdoptingState<Run>,
  polls: number | null,
): Observable<readonly AdmittedRun[]> {
  const looks = polls === null ? null : 1;
  if (state.room.free() < Infinity) {
    const searched = new ReplaySubject<void>(1);
    const polledAfter = searched.pipe(take(1), switchMap(() => pollStream(program, state, polls)));
    return merge(
      resumeStream(program, state, { begin$: of(null), looks, onLooked: () => searched.next() }),
      polledAfter,
    );
  }
  const answered = new Subject<void>();
  const polled = pollStream(program, state, polls).pipe(
    tap({ next: () => answered.next(), complete: () => answered.complete() }),
  );
  // The search listens before the first answer can come.
  return merge(resumeStream(program, state, { begin$: answered, looks, onLooked: () => undefined }), polled);
}

interface Search {
  readonly begin$: Observable<unknown>;
  readonly looks: number | null;
  /** Called after each search, once the claims that it found have been adopted. */
  readonly onLooked: () => void;
}

function resumeStream<Run>(
  { effects, owner, pollTimeoutMs, reconcileMs }: AdoptingProgram<Run>,
  state: AdoptingState<Run>,
  { begin$, looks, onLooked }: Search,
): Observable<readonly AdmittedRun[]> {
  const { orchestrator, clock, log } = effects;
  const whenLate = sayWhenLate({ clock, log, what: "The search for unfinished claims" });
  const search = () => {
    const before = state.vault.ids();
    state.left.clear();
    return abortable(whenLate((signal) => orchestrator.findClaims(owner, signal))).pipe(
      map((claims): FoundClaims<Run> => {
        const ids = new Set(claims.map(({ header }) => header.id));
        for (const id of state.completed) if (!ids.has(id)) state.completed.delete(id);
        const now = state.vault.ids();
        return { claims, isInHand: (id) => before.has(id) || now.has(id) || state.left.has(id) };
      }),
    );
  };
  return unfinishedClaims({
    ask: search,
    wasLetGo: (id) => state.completed.has(id),
    begin$,
    everyMs: reconcileMs,
    timeoutMs: pollTimeoutMs,
    looks,
    onLooked,
    onError: (failure) => log("WARNING", `Cannot look for unfinished claims now: ${failure.message}`),
    scheduler: schedulerOf(clock),
  }).pipe(
    map((claims) => suspectsLast(claims).flatMap((one) => resumeRun(one, { effects, owner, state }))),
  );
}

/** Runs that may have ended an earlier process begin after all others. */
function suspectsLast<Run>(claims: readonly UnfinishedClaim<Run>[]): readonly UnfinishedClaim<Run>[] {
  return claims.toSorted((one, other) => one.doubt.tries.length - other.doubt.tries.length);
}

function resumeRun<Run>(
  found: UnfinishedClaim<Run>,
  { effects, owner, state: { vault, room } }: {
    readonly effects: { readonly log: Log };
    readonly owner: ClaimOwner;
    readonly state: Pick<AdoptingState<Run>, "vault" | "room">;
  },
): readonly AdmittedRun[] {
  if (!vault.admit(found)) return [];
  if (takesPlace(found, owner)) room.take(found.header.id);
  const { header, claim, phase } = found;
  effects.log(
    "INFO",
    `Taking up flow run ${header.id} again: it is ${header.stateType} and was claimed by this agent`,
    { runId: header.id },
  );
  return [{ header, claim: claim.key, resumed: phase, isEarly: false }];
}

function pollStream<Run>(
  { effects, owner, pollTimeoutMs, pollPauseMs, poke$, onAsks }: AdoptingProgram<Run>,
  { vault, claims, inFlight, room, refusals }: AdoptingState<Run>,
  polls: number | null,
): Observable<readonly AdmittedRun[]> {
  const { orchestrator, clock, log } = effects;
  const whenLate = sayWhenLate({ clock, log, what: "The question for due flow runs" });
  const scheduler = schedulerOf(effects.clock);
  const admit = (page: Page<Run>): Polled<AdmittedRun> => {
    page.malformed.forEach(refusals.refuse);
    const nowMs = effects.clock.now();
    const runs = page.runs.flatMap((run) =>
      room.free() === 0 ? [] : admitRun(run, { owner, vault, room, nowMs })
    );
    // What was left for lack of room comes with the next poll, as soon as there is room.
    return { runs, full: page.full || room.free() === 0 };
  };
  return flowRuns({
    // Runs are admitted inside the stream, so that an answer that comes too late leaves no run in the vault.
    ask: () => {
      const busy = new Set([...vault.ids(), ...refusals.ids()]);
      return abortable(whenLate((signal) => orchestrator.poll(busy, signal))).pipe(map(admit));
    },
    polls,
    timeoutMs: pollTimeoutMs,
    ...(pollPauseMs === undefined ? {} : { pauseMs: pollPauseMs }),
    poke$,
    room: () =>
      combineLatest([inFlight.count$, room.hasRoom$]).pipe(
        map(([count, hasRoom]) => count < MAX_IN_FLIGHT && hasRoom),
        tap((isAsking) => onAsks?.(isAsking)),
        filter((isAsking) => isAsking),
      ),
    // Wait a moment, because the machines of this page have not claimed yet.
    claimsSettled: () => timer(1, scheduler).pipe(switchMap(() => claims), filter((n) => n === 0)),
    describeTimeout: orchestrator.lines.pollFailed,
    onError: ({ message }) => log("ERROR", message),
    scheduler,
  });
}

/** A promise as a stream that aborts the work when its subscriber leaves. */
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

interface Admission<Run> {
  readonly owner: ClaimOwner;
  readonly vault: AdoptingState<Run>["vault"];
  readonly room: TaskRoom;
  readonly nowMs: number;
}

function admitRun<Run>(
  { header, claim, run, isWantedNow = false }: DueRun<Run>,
  { owner, vault, room, nowMs }: Admission<Run>,
): readonly AdmittedRun[] {
  const marker = { ...owner, claim: claim.key };
  if (!vault.admit({ header, run, claim: { ...claim, marker } })) return [];
  room.take(header.id);
  return [{
    header,
    claim: claim.key,
    resumed: null,
    isEarly: !isWantedNow && (header.dueAtMs ?? 0) > nowMs,
  }];
}
