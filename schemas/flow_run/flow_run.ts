/**
 * A flow run as the agent handles it, after the boundary parsed it once. Plain JSON throughout: it lives in machine
 * contexts and recordings.
 *
 * @module
 */

import type { JsonObject } from "../json/json.ts";

/** A task run of a Running flow run that is due again (a late retry). */
export interface DueTaskRun {
  readonly id: string;
  /** Version of its state, sent back with the claim. */
  readonly version: number;
  /** `serialized_state` as the API gave it. */
  readonly state: JsonObject;
}

/** The flow of a run. */
export interface Flow {
  readonly id: string;
  readonly name: string;
  /** Null when the API has none: then nothing is said about it, neither `None` nor 0. */
  readonly version: number | null;
  /** Legacy environment (0.x), null otherwise. */
  readonly environment: JsonObject | null;
  /** Serialized storage, null when the API has none. */
  readonly storage: JsonObject | null;
  /** Version of Prefect that registered the flow, null when unknown. */
  readonly coreVersion: string | null;
}

/** A flow run of the Prefect 1 API. A later API joins as a second member of the union, told apart by `api`. */
export interface FlowRun {
  readonly api: "prefect1";
  readonly id: string;
  /** Name given to the run, may be empty. */
  readonly name: string;
  /** Version of the state read; the claim is locked to it. */
  readonly version: number;
  /** `serialized_state` as the API gave it. */
  readonly state: JsonObject;
  /** `type` of the state: `Scheduled`, `Retrying`, `Resume`, `Paused`, `Running`… */
  readonly stateType: string;
  /** `start_time` of the state as text: runs are ordered by it (Q-SORT-TEXT); empty when absent. */
  readonly startTime: string;
  /** The same as milliseconds since 1970; null: start at once. */
  readonly dueAtMs: number | null;
  readonly dueTaskRuns: readonly DueTaskRun[];
  readonly flow: Flow;
  /** Serialized run config, null when the run has none. */
  readonly runConfig: JsonObject | null;
}

/** A row of a page that could not be read, with what is known of it. */
export interface MalformedRun {
  /** Empty when even the id is missing. */
  readonly id: string;
  readonly version: number | null;
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
  readonly version: number;
  readonly stateType: string;
  readonly dueAtMs: number | null;
}

/** The part of a run that machines, logs and the inspector may see. */
export function headerOf(run: FlowRun): RunHeader {
  return {
    id: run.id,
    name: run.name,
    flowId: run.flow.id,
    flowName: run.flow.name,
    version: run.version,
    stateType: run.stateType,
    dueAtMs: run.dueAtMs,
  };
}
