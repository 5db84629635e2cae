/**
 * What machines must not see of the runs in hand: the run itself, its run config and its plan hold environment values.
 * Machines, recordings and the inspector know a run by its header; actors look the rest up here.
 *
 * @module
 */

import type { Claim, FlowRun } from "../schemas/flow_run.ts";
import type { LaunchPlan } from "../schemas/launch_plan.ts";

/** One run in hand. */
export interface HeldRun {
  readonly run: FlowRun;
  readonly claim: Claim;
  /** Null until it is planned. */
  readonly plan: LaunchPlan | null;
}

/** The runs in hand, by id. */
export interface RunVault {
  /** False when the run is in hand already: it must not be adopted twice. */
  readonly admit: (run: FlowRun, claim: Claim) => boolean;
  /** @throws {RangeError} for a run that is not in hand: a fault of the program */
  readonly get: (runId: string) => HeldRun;
  readonly keepPlan: (runId: string, plan: LaunchPlan) => void;
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
      held.set(run.id, { run, claim, plan: null });
      return true;
    },
    get,
    keepPlan: (runId, plan) => held.set(runId, { ...get(runId), plan }),
    release: (runId) => held.delete(runId),
    ids: () => new Set(held.keys()),
  };
}
