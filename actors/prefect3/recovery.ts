/**
 * Finds claims that nobody works on any more, and runs whose tasks this worker follows again after a restart.
 *
 * @module
 */

import type { UnfinishedClaim } from "../../schemas/contracts/orchestrator.ts";
import { type ClaimOwner, NO_DOUBT } from "../../schemas/flow_run/flow_run.ts";
import { type ClaimMark, markerOf, readMarkMessage } from "../../schemas/prefect3/claim_mark.ts";
import { type FlowRun, headerOf, type WorkPool } from "../../schemas/prefect3/flow_run.ts";
import { isUnlabelled, labelMarkOf } from "../../schemas/prefect3/run_state.ts";
import { taskIdOf } from "../../schemas/prefect3/infrastructure_pid.ts";
import type { RunRow } from "../../schemas/prefect3/rows.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import type { Api } from "./api.ts";
import type { ClaimKeys } from "./claim_keys.ts";
import type { RestoreEnd } from "./end_run.ts";
import { type MayLive, readLiving } from "./living_workers.ts";
import { readAllRuns } from "./read_runs.ts";
import type { WithDetails } from "./run_details.ts";
import { isCancelledByClaim, type LaunchClaim, launchClaim } from "./state_history.ts";
import type { Presence } from "./sockets/presence.ts";

/** What finding needs. */
export interface RecoveryDeps {
  readonly api: Pick<Api, "send">;
  readonly presence: Pick<Presence, "pool">;
  readonly withDetails: WithDetails;
  readonly clock: Clock;
  /** Name of this process. */
  readonly process: string;
  readonly pendingClaim: ClaimKeys["pendingClaim"];
  /** Sets the end again that a run had come to. */
  readonly restore: RestoreEnd;
}

/** Searches once. @throws {FailureError} of the API */
export type FindClaims = (
  owner: ClaimOwner,
  signal: AbortSignal,
) => Promise<readonly UnfinishedClaim<FlowRun>[]>;

/** Runs of one search. */
const MOST_FOUND = 5000;

/** The task of a run that was cancelled longer ago is not looked for. */
const CANCELLED_MS = 24 * 3_600_000;

/** Makes the search. */
export function makeFindClaims(deps: RecoveryDeps): FindClaims {
  const unlabelled = makeUnlabelled(deps);
  return async ({ agent, scope }, signal) => {
    const pool = deps.presence.pool();
    if (pool === null) return [];
    const rows = await candidates(pool, deps, signal);
    // Client tokens hold within one place only.
    const all = [...rows.flatMap((row) => marks(row)), ...await unlabelled(rows, signal)]
      .filter(({ mark }) => mark.scope === scope);
    if (all.length === 0) return [];
    const others = new Set(all.map(({ mark }) => mark.worker).filter((name) => name !== agent));
    // Read after the runs: who claimed one of them has told the server of itself by then.
    const mayLive = await readLiving(pool.name, others, deps.api, signal);
    const own = { worker: agent, process: deps.process };
    const free = all.map((one) => ({ ...one, owner: ownerOf(one.mark, own, mayLive) }))
      .filter(({ owner }) => owner !== "alive");
    const read = await Promise.all(free.map((one) => claimed(one, deps, signal)));
    const taken = read.filter((one) => one !== null);
    const runs = new Map(
      (await deps.withDetails(taken.map(({ row }) => row), pool, signal)).map((run) => [run.id, run]),
    );
    return taken.flatMap((one) => {
      const run = runs.get(one.row.id);
      return run === undefined ? [] : [foundClaim(one, run)];
    });
  };
}

async function candidates(pool: WorkPool, { api, clock }: RecoveryDeps, signal: AbortSignal) {
  const ofPool = { work_pools: { name: { any_: [pool.name] } } };
  const types = ["PENDING", "RUNNING", "CANCELLING", "PAUSED", "SCHEDULED"];
  const unfinished = { ...ofPool, flow_runs: { state: { type: { any_: types } } } };
  const after_ = new Date(clock.now() - CANCELLED_MS).toISOString();
  const cancelled = {
    ...ofPool,
    flow_runs: { state: { type: { any_: ["CANCELLED"] } }, end_time: { after_ } },
  };
  return [
    ...await readAllRuns(api, unfinished, MOST_FOUND, signal),
    ...await readAllRuns(api, cancelled, MOST_FOUND, signal),
  ];
}

/** A run with a mark of this program. */
interface Marked {
  readonly row: RunRow;
  readonly mark: ClaimMark;
  /** Key of its claim, where the mark does not say it. */
  readonly claim?: string;
}

/** One that nobody else works on for certain. */
interface Free extends Marked {
  readonly owner: Owner;
}

interface Claimed extends Free {
  readonly claim: string;
  /** Task id that it had before the claim; null: none, or not known. */
  readonly former: string | null;
}

/** It waits for a person without a task; one that is only paused waits within its task. */
function isSuspended({ stateType, stateName }: RunRow): boolean {
  return stateType === "PAUSED" && stateName === "Suspended";
}

/** A PENDING run goes by its message: its label may be of an earlier launch. A run that is due again has no claim. */
function marks(row: RunRow): readonly Marked[] {
  if (isSuspended(row)) return [];
  if (row.stateType === "SCHEDULED" && !row.isInProcess) return [];
  const mark = row.stateType === "PENDING" ? readMarkMessage(row.message) : labelMarkOf(row);
  return mark === null ? [] : [{ row, mark }];
}

/** Histories of runs that are read in one search; those of further runs are read in the next ones. */
const MOST_HISTORIES = 50;

/**
 * Finds launched runs whose label was lost with the process that was to set it: the states that they have gone through still
 * say whose they are. Each history is read once for each state of its run.
 */
function makeUnlabelled(
  { api }: RecoveryDeps,
): (rows: readonly RunRow[], signal: AbortSignal) => Promise<readonly Marked[]> {
  let known: ReadonlyMap<string, LaunchClaim | null> = new Map();
  return async (rows, signal) => {
    const launched = rows.filter((row) => isUnlabelled(row) && isLaunched(row));
    const unread = launched.filter(({ stateId }) => !known.has(stateId)).slice(0, MOST_HISTORIES);
    const read = await Promise.all(
      unread.map(async (row) => [row.stateId, await launchClaim(row, api, signal)] as const),
    );
    const either = new Map([...known, ...read]);
    const present = new Set(launched.map(({ stateId }) => stateId));
    known = new Map([...either].filter(([stateId]) => present.has(stateId)));
    return launched.flatMap((row) => {
      const found = either.get(row.stateId) ?? null;
      return found === null ? [] : [{ row, ...found }];
    });
  };
}

/** A run may be cancelled before it was ever launched: that one is not looked into. */
function isLaunched(row: RunRow): boolean {
  if (isSuspended(row) || row.stateType === "PENDING" || row.stateType === "CANCELLED") return false;
  return row.isInProcess || row.stateType !== "SCHEDULED";
}

/**
 * The claim of a marked run, and the task that it had before; null: the run had ended, and a proposal of its launch came late,
 * so it ends again.
 */
async function claimed(
  one: Free,
  { pendingClaim, restore }: RecoveryDeps,
  signal: AbortSignal,
): Promise<Claimed | null> {
  const { row } = one;
  if (one.claim !== undefined) return { ...one, claim: one.claim, former: null };
  const label = labelMarkOf(row);
  const launched = row.stateType === "PENDING" || label === null
    ? null
    : { ...one, claim: label.claim, former: label.former };
  if (launched !== null && !isCancelledByClaim({ type: row.stateType, message: row.message })) {
    return launched;
  }
  const { key: claim, end } = await pendingClaim(row, signal);
  if (end !== null) {
    restore(row.id, end);
    return null;
  }
  return launched ?? { ...one, claim, former: label?.claim === claim ? label.former : row.infrastructurePid };
}

/** `dead`: nobody else works on it for certain; `namesake`: another process of this name may. */
type Owner = "dead" | "namesake" | "alive";

function ownerOf(
  mark: ClaimMark,
  { worker, process }: Pick<RecoveryDeps, "process"> & { readonly worker: string },
  mayLive: MayLive,
): Owner {
  if (mark.worker === worker) return mark.process === process ? "dead" : "namesake";
  return mayLive(mark.worker) ? "alive" : "dead";
}

function foundClaim(
  { row, mark, owner, claim, former }: Claimed,
  run: FlowRun,
): UnfinishedClaim<FlowRun> {
  const { infrastructurePid: pid } = row;
  return {
    header: headerOf(run),
    claim: { key: claim, isLate: false, marker: markerOf(mark, claim) },
    run,
    phase: row.stateType === "PENDING" ? "submitted" : "running",
    isMine: owner === "dead",
    sinceMs: row.sinceMs,
    doubt: NO_DOUBT,
    taskId: pid === former ? null : taskIdOf(pid),
    skipped: row.stateType === "PENDING" ? readMarkMessage(row.message)?.skipped ?? [] : [],
  };
}
