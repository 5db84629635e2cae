/**
 * What the agent knows of a flow run, whichever API it came from: its header, and the claim on it. Plain JSON throughout: it
 * lives in machine contexts and recordings.
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

/** What a claim leaves in the `context` of the state it sets, under the key `prefect-agent`. */
export interface ClaimMarker {
  readonly agent: string;
  readonly region: string;
  readonly cluster: string;
  /** {@link Claim.key} */
  readonly claim: string;
}

/** One right to launch a flow run. Attempts of the same claim share `key`; a run that comes back gets another. */
export interface Claim {
  /** `v<version>` of a Scheduled run; for a Running one, the ids and versions of its due task runs. */
  readonly key: string;
  readonly marker: ClaimMarker;
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
}
