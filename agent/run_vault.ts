/**
 * Keeps the data of runs that machines must not see: the run, its run config and its plan hold environment values.
 * Machines, recordings and the inspector know a run by its header; actors read the rest here.
 *
 * @module
 */

import type { TaskPlace } from "../schemas/contracts/platform.ts";
import { type Claim, NO_DOUBT, type PlanDoubt, type RunHeader } from "../schemas/flow_run/flow_run.ts";

/** How far the claim on a run is known to be this process's own. */
export interface Hold {
  /** When this process asked for it, in milliseconds since 1970; null: it was found again, and not made by this process. */
  readonly grantedMs: number | null;
  /** When it was last known to be this process's own, in milliseconds since 1970; null: recovered, may be another process's. */
  readonly confirmedMs: number | null;
  /** When it was taken from another process, null: it was not. */
  readonly takenMs: number | null;
  /** When its state was set by this process, null: it was not. */
  readonly setMs: number | null;
}

/** A run as it is adopted. */
export interface AdoptedRun<Run> {
  readonly header: RunHeader;
  /** Only the dialect and its flavours read it. */
  readonly run: Run;
  readonly claim: Claim;
  /** Absent: nothing speaks against planning it. */
  readonly doubt?: PlanDoubt;
  /** The task that the API was told of for its claim. Null or absent: none. */
  readonly taskId?: string | null;
  /** Numbers of tokens that are skipped under its claim. Absent: none. */
  readonly skipped?: readonly number[];
}

/** One run of this agent. */
export interface HeldRun<Run, Plan> extends Required<AdoptedRun<Run>> {
  /** Null until it is planned, and again once the task is followed: a plan is large, and another launch makes its own. */
  readonly plan: Plan | null;
  /** Where its tasks are, for as long as it is followed; null until it is planned. */
  readonly place: TaskPlace | null;
  /** Time that its task has to start, in milliseconds; null: as the agent's options say. */
  readonly startMs: number | null;
  /** Null until it is claimed. */
  readonly hold: Hold | null;
  /** Its task, once that is followed; null: none is known. */
  readonly followed: string | null;
  /** Numbers that its claim was asked to skip as well, for as long as that is not answered; null: none. */
  readonly skipping: readonly number[] | null;
}

/** The runs of this agent, by id. */
export interface RunVault<Run, Plan> {
  /** False when the vault has the run already: it must not be adopted twice. */
  readonly admit: (found: AdoptedRun<Run>) => boolean;
  /** @throws {RangeError} for a run that the vault does not have: a fault of the program */
  readonly get: (runId: string) => HeldRun<Run, Plan>;
  readonly has: (runId: string) => boolean;
  readonly keepPlan: (runId: string, plan: Plan, place: TaskPlace, startMs?: number | null) => void;
  /** The run has its task: of the plan only the place is kept. */
  readonly dropPlan: (runId: string) => void;
  /** The task of the run is followed. */
  readonly keepFollowed: (runId: string, taskId: string | null) => void;
  readonly keepHold: (runId: string, hold: Hold) => void;
  readonly keepDoubt: (runId: string, doubt: PlanDoubt) => void;
  /** The claim is asked to skip numbers of tokens. */
  readonly keepSkipping: (runId: string, skipping: readonly number[]) => void;
  /** The claim says which numbers of tokens are skipped. */
  readonly keepSkipped: (runId: string, skipped: readonly number[]) => void;
  readonly release: (runId: string) => void;
  readonly ids: () => ReadonlySet<string>;
}

/** The vault as seen by code that stores no plan. */
export type HeldRuns<Run> = Omit<RunVault<Run, unknown>, "keepPlan">;

/** An empty vault. */
export function makeRunVault<Run, Plan>(): RunVault<Run, Plan> {
  const held = new Map<string, HeldRun<Run, Plan>>();
  const get = (runId: string): HeldRun<Run, Plan> => {
    const found = held.get(runId);
    if (found === undefined) throw new RangeError(`Cannot look up flow run ${runId}: it is not in hand`);
    return found;
  };
  return {
    admit: ({ header, run, claim, doubt = NO_DOUBT, taskId = null, skipped = [] }) => {
      if (held.has(header.id)) return false;
      held.set(header.id, {
        header,
        run,
        claim,
        doubt,
        taskId,
        skipped,
        skipping: null,
        plan: null,
        place: null,
        startMs: null,
        hold: null,
        followed: null,
      });
      return true;
    },
    get,
    has: (runId) => held.has(runId),
    keepPlan: (runId, plan, place, startMs = null) =>
      held.set(runId, { ...get(runId), plan, place, startMs }),
    dropPlan: (runId) => held.set(runId, { ...get(runId), plan: null }),
    keepFollowed: (runId, followed) => held.set(runId, { ...get(runId), followed }),
    keepHold: (runId, hold) => held.set(runId, { ...get(runId), hold }),
    keepDoubt: (runId, doubt) => held.set(runId, { ...get(runId), doubt }),
    keepSkipping: (runId, skipping) => held.set(runId, { ...get(runId), skipping }),
    keepSkipped: (runId, skipped) => held.set(runId, { ...get(runId), skipped, skipping: null }),
    release: (runId) => held.delete(runId),
    ids: () => new Set(held.keys()),
  };
}
