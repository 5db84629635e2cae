/**
 * What the rules of state changes read and decide: one proposal for one run, at one moment.
 *
 * @module
 * @see Prefect 3.9.1, server/orchestration/rules.py
 */

import type { NewState, ProposedState, State, StateDetails, StateType } from "./state.ts";
import type { Reason } from "./reasons.ts";

/** Servers whose rules differ. */
export type ServerRelease = "3.9" | "3.4";

/** `empirical_policy` of a run: how it retries and pauses. */
export type RunPolicy = {
  readonly retries: number | null;
  /** Between two tries, in seconds. */
  readonly retry_delay: number | null;
  /** Pauses that have fired in the present try. */
  readonly pause_keys: readonly string[];
  readonly resuming: boolean;
  /** `in_process`: the run waits within its own task, and the queue never offers it. */
  readonly retry_type: "in_process" | "reschedule" | null;
};

/** The policy of a run that neither retries nor pauses. */
export const NO_POLICY: RunPolicy = {
  retries: null,
  retry_delay: null,
  pause_keys: [],
  resuming: false,
  retry_type: null,
};

/** The limit of a deployment. */
export interface DeploymentLimit {
  readonly limit: number;
  readonly isActive: boolean;
  /** Slots that are taken now. */
  readonly taken: number;
}

/** The deployment of a run. */
export interface RuledDeployment {
  /** Null: as many runs at a time as come. */
  readonly limit: DeploymentLimit | null;
  readonly strategy: "ENQUEUE" | "CANCEL_NEW";
}

/** A run before the change. */
export interface RuledRun {
  readonly id: string;
  /** Null: it has none yet. */
  readonly state: State | null;
  readonly policy: RunPolicy;
  /** How often it has begun to run. */
  readonly runCount: number;
  /** Null: it has none; `gone`: it names one that is not there any more. */
  readonly deployment: RuledDeployment | "gone" | null;
  readonly infrastructurePid: string | null;
  readonly parentTaskRunId: string | null;
}

/** Who proposes: a client; one that forces the state; the server, which marks a run as late. */
export type Way = "asked" | "forced" | "lateness";

/** A proposed state. */
export interface Proposal {
  readonly state: ProposedState;
  readonly way: Way;
  /** The client is known to renew leases of slots: its user agent names Prefect 3.4.11 or later. */
  readonly isRenewing: boolean;
}

/** What is neither in the run nor in the proposal. */
export interface Moment {
  /** ISO 8601 in UTC. */
  readonly now: string;
  /** Ids that nobody has yet: for a state, for a lease, for a pause without a key. */
  readonly ids: { readonly state: string; readonly lease: string; readonly pause: string };
  /** Whether a lease has neither ended nor been given back. */
  readonly isLiving: (lease: string) => boolean;
  readonly release: ServerRelease;
  /** Between two tries for a slot of a deployment, in seconds. */
  readonly slotWaitSeconds: number;
}

/** What becomes of slots of limits. */
export type SlotChange =
  /** One more slot of the run's deployment is taken, under this lease. */
  | { readonly kind: "taken"; readonly lease: string }
  /** The lease lasts its whole time again. */
  | { readonly kind: "renewed"; readonly lease: string }
  /** A slot is free again: of the limit that the lease is for, or, where it does not live, of the run's deployment. */
  | { readonly kind: "freed"; readonly lease: string | null }
  /** Nobody holds the lease any more, but its slot stays taken. */
  | { readonly kind: "forgotten"; readonly lease: string };

/** What the server answers and stores. */
export interface Decision {
  readonly status: "ACCEPT" | "REJECT" | "ABORT" | "WAIT";
  /** Null with ACCEPT. */
  readonly reason: Reason | null;
  /** With WAIT, in whole seconds. */
  readonly delaySeconds: number | null;
  /** The run's state from now on; null: it still has none. */
  readonly state: State | null;
  /** Whether that state is new. The API answers 201 with a new one, else 200. */
  readonly isNew: boolean;
  readonly policy: RunPolicy;
  readonly runCount: number;
  /** In their order. */
  readonly slots: readonly SlotChange[];
  /** Details of the proposal as the rules left them: several runs of one request share them. */
  readonly shared: StateDetails;
}

/** A change on its way through the rules. */
export interface Draft {
  readonly run: RuledRun;
  readonly moment: Moment;
  readonly isRenewing: boolean;
  /** The state that would be set; null: none. */
  readonly next: NewState | null;
  /** Whether {@link next} is the proposed state, not one in its place. */
  readonly isProposed: boolean;
  readonly status: Decision["status"];
  readonly reason: Reason | null;
  readonly delaySeconds: number | null;
  readonly policy: RunPolicy;
  readonly runCount: number;
  readonly slots: readonly SlotChange[];
  readonly shared: StateDetails;
}

/** A draft whose run has a state and whose next state is there: what most rules are about. */
export interface Change extends Draft {
  readonly next: NewState;
}

/** One rule. It applies to changes between its types, as long as no earlier rule has put another type in place. */
export interface Rule {
  /** Null: from every type, and from no state. A set with null in it: also from no state. */
  readonly from: ReadonlySet<StateType | null> | null;
  /** Null: to every type, and where no state is set. */
  readonly to: ReadonlySet<StateType> | null;
  /** Before the state is set. */
  readonly before?: (change: Change) => Draft;
  /** After it was set, or was not by this rule's own doing. */
  readonly after?: (draft: Draft) => Draft;
  /** In place of `after`, when a later rule has put another type in place. */
  readonly undo?: (draft: Draft) => Draft;
  /** Bookkeeping: it is done whatever other rules do. */
  readonly isAlways?: true;
}

/** A set of types. */
export function types(...some: readonly StateType[]): ReadonlySet<StateType> {
  return new Set(some);
}

/** Puts another state in place of the proposed one; null: the present one stays. */
export function reject(draft: Draft, reason: Reason, next: NewState | null = null): Draft {
  return { ...draft, next, isProposed: false, status: "REJECT", reason, delaySeconds: null };
}

/** Sets nothing, and tells the client to give up. */
export function abort(draft: Draft, reason: Reason): Draft {
  return { ...draft, next: null, isProposed: false, status: "ABORT", reason, delaySeconds: null };
}

/** Sets nothing, and tells the client when to ask again. */
export function delay(draft: Draft, reason: Reason, delaySeconds: number): Draft {
  return { ...draft, next: null, isProposed: false, status: "WAIT", reason, delaySeconds };
}

/** Changes details of the next state; those of the proposal are shared with the other runs of the request. */
export function withDetails(change: Change, details: Partial<StateDetails>): Change {
  const next = { ...change.next, state_details: { ...change.next.state_details, ...details } };
  return { ...change, next, shared: change.isProposed ? next.state_details : change.shared };
}

/** Changes the run's policy. */
export function withPolicy(draft: Draft, policy: Partial<RunPolicy>): Draft {
  return { ...draft, policy: { ...draft.policy, ...policy } };
}

/** Changes slots. */
export function withSlot(draft: Draft, change: SlotChange): Draft {
  return { ...draft, slots: [...draft.slots, change] };
}
