/**
 * What machines must not see of the runs in hand: the run itself, its run config and its plan hold environment values.
 * Machines, recordings and the inspector know a run by its header; actors look the rest up here.
 *
 * @module
 */

import type { Claim } from "../schemas/flow_run/flow_run.ts";
import type { FlowRun } from "../schemas/prefect1/flow_run.ts";
import type { LaunchPlan } from "../schemas/ecs/launch_plan.ts";
import { type LogSource, logSources } from "../schemas/ecs/log_places.ts";

/** What a plan says of the task, for as long as the run is followed. */
export interface TaskPlace {
  /** Null: the default cluster. */
  readonly cluster: string | null;
  /** Its tasks are started by its id, not by a text of the user's own, which is common to many runs. */
  readonly isByRunId: boolean;
  /** What stands before its id in a line for people. */
  readonly taskLabel: string;
  readonly logs: readonly LogSource[];
}

/** How far the claim on a run is known to be this process's own. */
export interface Hold {
  /** When this process asked for it, in milliseconds since 1970; null: it was found again, and not made by this process. */
  readonly grantedMs: number | null;
  /** When it was last known to be, in milliseconds since 1970; null: it was found again, and may be another process's. */
  readonly confirmedMs: number | null;
  /** When it was taken from another process, null: it was not. */
  readonly takenMs: number | null;
  /** When its state was set by this process, null: it was not. */
  readonly setMs: number | null;
}

/** One run in hand. */
export interface HeldRun {
  readonly run: FlowRun;
  readonly claim: Claim;
  /** Null until it is planned, and again once the task is followed: a plan is large, and another launch makes its own. */
  readonly plan: LaunchPlan | null;
  /** Null until it is planned. */
  readonly place: TaskPlace | null;
  /** Null until it is claimed. */
  readonly hold: Hold | null;
}

/** The runs in hand, by id. */
export interface RunVault {
  /** False when the run is in hand already: it must not be adopted twice. */
  readonly admit: (run: FlowRun, claim: Claim) => boolean;
  /** @throws {RangeError} for a run that is not in hand: a fault of the program */
  readonly get: (runId: string) => HeldRun;
  readonly keepPlan: (runId: string, plan: LaunchPlan) => void;
  /** The run has its task: of the plan only the place is kept. */
  readonly dropPlan: (runId: string) => void;
  readonly keepHold: (runId: string, hold: Hold) => void;
  readonly release: (runId: string) => void;
  readonly ids: () => ReadonlySet<string>;
}

/** An empty vault. */
export function makeRunVault(): RunVault {
  const held = new Map<string, HeldRun>();
  const get = (runId: string): HeldRun => {
    const found = held.get(runId);
    if (found === undefined) throw new RangeError(`Cannot look up flow run ${runId}: it is not in hand`);
    return found;
  };
  return {
    admit: (run, claim) => {
      if (held.has(run.id)) return false;
      held.set(run.id, { run, claim, plan: null, place: null, hold: null });
      return true;
    },
    get,
    keepPlan: (runId, plan) => held.set(runId, { ...get(runId), plan, place: placeOf(plan, runId) }),
    dropPlan: (runId) => held.set(runId, { ...get(runId), plan: null }),
    keepHold: (runId, hold) => held.set(runId, { ...get(runId), hold }),
    release: (runId) => held.delete(runId),
    ids: () => new Set(held.keys()),
  };
}

function placeOf({ definition, runTask, taskLabel }: LaunchPlan, runId: string): TaskPlace {
  const cluster = runTask["cluster"];
  return {
    cluster: typeof cluster === "string" && cluster !== "" ? cluster : null,
    isByRunId: (runTask["startedBy"] ?? runId) === runId,
    taskLabel,
    logs: logSources(definition),
  };
}
