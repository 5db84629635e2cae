/**
 * What the agent knows of a flow run of any API: its header, and the claim on it. All of it is plain JSON, because it is kept
 * in machine contexts and recordings.
 *
 * @module
 */

/** Names one state of a run, in the words of its API. Opaque to the agent, which compares it and sends it back. */
export type StateVersion = string;

/** A row of a page that could not be read, with what is known of it. */
export interface MalformedRun {
  /** Empty when even the id is missing. */
  readonly id: string;
  readonly version: StateVersion | null;
  readonly message: string;
}

/** The owner of claims: all processes of one agent in one place. */
export interface ClaimOwner {
  /** Name of the agent. */
  readonly agent: string;
  /** The place in which its tasks run, as the platform names it. Client tokens hold within one place. */
  readonly scope: string;
}

/** What a claim leaves in the state it sets, so that a later process of the same owner finds it. */
export interface ClaimMarker extends ClaimOwner {
  /** {@link ClaimKey.key} */
  readonly claim: string;
}

/** Whether two markers are of the same agent in the same place. */
export function isSameOwner(one: ClaimOwner, other: ClaimOwner): boolean {
  return one.agent === other.agent && one.scope === other.scope;
}

/** Names one right to launch a flow run. Attempts of the same claim share `key`; a run that comes back gets another. */
export interface ClaimKey {
  /** Opaque to the agent: it is compared, stored, and part of each client token. */
  readonly key: string;
  /** The flow itself is Running all the time: the claim is on a part of it that is due again. */
  readonly isLate: boolean;
}

/** One right to launch a flow run, with the marker it leaves. */
export interface Claim extends ClaimKey {
  readonly marker: ClaimMarker;
}

/** One planning of a run whose claim was taken up again. The claim says so before it begins. */
export interface PlanTry {
  /** The process that planned, by its name in claims. */
  readonly by: string;
  /** When it began, in milliseconds since 1970. */
  readonly atMs: number;
  /** Whether no other run was planned meanwhile. */
  readonly alone: boolean;
}

/** What speaks against planning a run whose claim was taken up again. */
export interface PlanDoubt {
  /** Why the run cannot be planned, whatever else is known of it; null: it can. A run without a task is failed with it. */
  readonly refused: string | null;
  /** Plannings that no process has reported the end of, in their order. */
  readonly tries: readonly PlanTry[];
  /** Whether plannings can be noted in the claim: its run has not gone on since it was set. */
  readonly canNote: boolean;
}

/** Nothing does. */
export const NO_DOUBT: PlanDoubt = { refused: null, tries: [], canNote: false };

/** Where a run comes from, one part of it, in the words of its API: `Work pool`, `Deployment`. For people alone. */
export interface RunOrigin {
  readonly name: string;
  readonly value: string;
}

/** What a machine knows of its run: enough to decide and to show, nothing that may be secret. */
export interface RunHeader {
  readonly id: string;
  readonly name: string;
  readonly flowId: string;
  readonly flowName: string;
  /** Version of the state read. */
  readonly version: StateVersion;
  readonly stateType: string;
  readonly dueAtMs: number | null;
  /** Shown with the run, in this order. @default nothing but its flow is known */
  readonly origin?: readonly RunOrigin[];
}
