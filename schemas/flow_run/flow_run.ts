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

/**
 * Identity of one right to launch: the version of a scheduled run, or the due task runs of a running one. A run that
 * comes back (rescheduled, restarted by a person, a late retry) has another key and so gets other client tokens.
 */
export function claimKey(run: FlowRun): string {
  if (run.stateType !== "Running") return `v${run.version}`;
  const due = run.dueTaskRuns.map((t) => `${t.id}@${t.version}`).sort();
  return `r${run.version}:${due.join(",")}`;
}

/** Whether one claim on a run came after another. */
export function isLaterClaim(key: string, than: string): boolean {
  const [mine, other] = [rankOf(key), rankOf(than)];
  const at = mine.findIndex((part, index) => part !== other[index]);
  return at >= 0 && (mine[at] ?? 0) > (other[at] ?? 0);
}

/** Version of the run, whether it is on task runs, and their newest version. */
function rankOf(key: string): readonly number[] {
  const versions = [...key.matchAll(/@(\d+)/g)].map((found) => Number(found[1]));
  return [Number(/^[vr](\d+)/.exec(key)?.[1] ?? 0), isLateClaim(key) ? 1 : 0, Math.max(0, ...versions)];
}

/** Whether a claim is on due task runs of a running flow. */
export function isLateClaim(key: string): boolean {
  return key.startsWith("r");
}

/** Legacy environments that start the flow in a place of its own, so that their first task ends well before the flow. */
const HANDING_OVER = new Set([
  "FargateTaskEnvironment",
  "KubernetesJobEnvironment",
  "DaskKubernetesEnvironment",
]);

/** Whether the task of a run only starts the flow elsewhere. @see Prefect 0.14.22 environments/execution */
export function handsOver({ environment }: Flow): boolean {
  const type = environment?.["type"];
  return typeof type === "string" && HANDING_OVER.has(type);
}
