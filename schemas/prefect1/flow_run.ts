/**
 * A flow run of the Prefect 1 API, after the boundary has parsed it once. The agent passes it through unread; the orchestrator
 * and the flavours of Prefect 1 read it.
 *
 * @module
 */

import type { RunHeader } from "../flow_run/flow_run.ts";
import type { JsonObject } from "../json/json.ts";
import { stateVersion } from "./state_version.ts";

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
  /** Null when the API has none: then it is left out, instead of being sent as `None` or 0. */
  readonly version: number | null;
  /** Legacy environment (0.x), null otherwise. */
  readonly environment: JsonObject | null;
  /** Serialized storage, null when the API has none. */
  readonly storage: JsonObject | null;
  /** Version of Prefect that registered the flow, null when unknown. */
  readonly coreVersion: string | null;
}

/** A flow run of the Prefect 1 API. */
export interface FlowRun {
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

/** The part of a run that machines, logs and the inspector may see. */
export function headerOf(run: FlowRun): RunHeader {
  return {
    id: run.id,
    name: run.name,
    flowId: run.flow.id,
    flowName: run.flow.name,
    version: stateVersion(run.version),
    stateType: run.stateType,
    dueAtMs: run.dueAtMs,
  };
}
