/**
 * Rules of the limits of deployments: a claim takes a slot, under a lease, and the end of the run gives it back.
 *
 * @module
 * @see Prefect 3.9.1, server/orchestration/core_policy.py
 */

import { reasonOf, toldReason } from "./reasons.ts";
import { completeState, type NewState, STATE_TYPES, type StateType } from "./state.ts";
import {
  abort,
  type Change,
  type DeploymentLimit,
  type Draft,
  reject,
  type Rule,
  types,
  withDetails,
  withSlot,
} from "./transition.ts";

/** States in which a run holds its slot. */
export const HOLDING: ReadonlySet<StateType> = types("PENDING", "RUNNING", "CANCELLING");

/** The lease goes on from state to state. */
export const CARRY_LEASE: Rule = { from: null, to: null, isAlways: true, before: carryLease };

/** Older servers carry the lease only when the run begins. */
export const CARRY_LEASE_TO_RUNNING: Rule = {
  from: types("PENDING"),
  to: types("RUNNING"),
  before: carryLease,
};

function carryLease(change: Change): Draft {
  const lease = leaseOf(change);
  const isMissing = change.next.state_details.deployment_concurrency_lease_id === null;
  return lease !== null && isMissing
    ? withDetails(change, { deployment_concurrency_lease_id: lease })
    : change;
}

/** A claim takes a slot, or has to wait for one, or is cancelled. */
export const TAKE_SLOT: Rule = {
  from: new Set([null, ...STATE_TYPES.filter((type) => !HOLDING.has(type))]),
  to: types("PENDING"),
  before: takeSlot,
  undo: (draft) => {
    const taken = draft.slots.find(({ kind }) => kind === "taken");
    return taken === undefined ? draft : withSlot(draft, { kind: "freed", lease: taken.lease });
  },
};

function takeSlot(change: Change): Draft {
  const { deployment } = change.run;
  if (deployment === null) return change;
  if (deployment === "gone") return abort(change, reasonOf("deploymentGone"));
  const { limit, strategy } = deployment;
  if (limit === null) return change;
  if (limit.limit === 0) return abort(change, reasonOf("limitZero"));
  if (hasSlot(limit)) return taking(change);
  const { now, slotWaitSeconds } = change.moment;
  const instead = strategy === "CANCEL_NEW" ? completeState(LIMIT_CANCELLED, now) : completeState({
    type: "SCHEDULED",
    name: "AwaitingConcurrencySlot",
    state_details: { scheduled_time: secondsAfter(now, slotWaitSeconds) },
  }, now);
  return reject(change, reasonOf("limitReached"), instead);
}

/** What becomes of a run that is claimed while every slot is taken, with CANCEL_NEW: also of one that has ended. */
export const LIMIT_CANCELLED = {
  type: "CANCELLED",
  message: "Deployment concurrency limit reached.",
} as const;

function hasSlot({ isActive, taken, limit }: DeploymentLimit): boolean {
  return isActive && taken < limit;
}

function taking(change: Change): Draft {
  const lease = change.moment.ids.lease;
  const held = withDetails(change, { deployment_concurrency_lease_id: lease });
  return withSlot(held, { kind: "taken", lease });
}

/** A run that begins renews its lease; where that has ended, it takes another slot or is cancelled. */
export const RENEW_SLOT: Rule = {
  from: types("PENDING"),
  to: types("RUNNING"),
  before: (change) => {
    const lease = leaseOf(change);
    const carried = withDetails(change, { deployment_concurrency_lease_id: lease });
    const { deployment } = change.run;
    if (lease === null || !change.isRenewing || deployment === null || deployment === "gone") return carried;
    if (deployment.limit === null) return carried;
    if (change.moment.isLiving(lease)) return withSlot(carried, { kind: "renewed", lease });
    return hasSlot(deployment.limit)
      ? taking(carried)
      : reject(carried, reasonOf("slotLost"), slotLost(change.moment.now));
  },
};

function slotLost(now: string): NewState {
  const message =
    "Deployment concurrency slot lost during provisioning - no slots available to continue execution";
  return completeState({ type: "CANCELLED", message }, now);
}

/** Clients that do not renew leases hold none once they run. */
export const FORGET_LEASE: Rule = {
  from: types("PENDING"),
  to: types("RUNNING", "CANCELLING"),
  after: (draft) => {
    const lease = leaseOf(draft);
    return lease === null || draft.isRenewing ? draft : withSlot(draft, { kind: "forgotten", lease });
  },
};

/** A run that neither waits for its task nor runs gives its slot back. */
export const GIVE_SLOT_BACK: Rule = { from: null, to: null, isAlways: true, after: giveBack };

function giveBack(draft: Draft): Draft {
  const { run: { state, deployment }, next, moment: { release } } = draft;
  if (next === null || state === null || !HOLDING.has(state.type) || HOLDING.has(next.type)) return draft;
  // A retry in process keeps its slot; a run that is put back does not.
  const isInProcess = next.type === "SCHEDULED" && next.name === "AwaitingRetry" && draft.status === "REJECT";
  if (isInProcess && release !== "3.4") return draft;
  if (deployment === null) return draft;
  const lease = leaseOf(draft);
  const hasLimit = deployment !== "gone" && deployment.limit !== null;
  return lease !== null || hasLimit ? withSlot(draft, { kind: "freed", lease }) : draft;
}

/** With CANCEL_NEW a run that is late while every slot is taken is cancelled. */
export const CANCEL_LATE: Rule = {
  from: types("SCHEDULED"),
  to: types("SCHEDULED"),
  before: (change) => {
    const { run: { deployment }, next } = change;
    if (next.name !== "Late" || deployment === null || deployment === "gone") return change;
    if (deployment.strategy !== "CANCEL_NEW" || deployment.limit === null) return change;
    if (deployment.limit.taken < deployment.limit.limit) return change;
    const text = "Deployment concurrency limit is full and uses the CANCEL_NEW strategy.";
    const cancelled = completeState(LIMIT_CANCELLED, change.moment.now);
    return reject(change, toldReason("limitReached", text), cancelled);
  },
};

function leaseOf({ run }: Draft): string | null {
  return run.state?.state_details.deployment_concurrency_lease_id ?? null;
}

/** The moment so many seconds later. */
export function secondsAfter(moment: string, seconds: number): string {
  return new Date(Date.parse(moment) + seconds * 1000).toISOString();
}
