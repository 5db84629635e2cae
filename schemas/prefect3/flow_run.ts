/**
 * A flow run of the Prefect 3 API, with what its planning needs from the same page. The agent passes it through unread; the
 * orchestrator and the flavours of Prefect 3 read it.
 *
 * @module
 */

import type { RunHeader, RunOrigin } from "../flow_run/flow_run.ts";
import type { JsonObject } from "../json/json.ts";

/** A deployment, as it was when the page of the run was read. */
export interface Deployment {
  readonly id: string;
  readonly name: string;
  readonly jobVariables: JsonObject;
  /** When it was last changed, as the API gave it. */
  readonly updated: string | null;
  /** Most runs of it at a time; null: no limit, so that its runs may be claimed many at a time. */
  readonly limit: number | null;
}

/** A work pool, as it was when the page of the run was read. */
export interface WorkPool {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  /** `variables` and `job_configuration`; empty for a pool without a template. */
  readonly template: JsonObject;
  /** Why its template cannot be taken, as what follows its name in a sentence; absent: it can. `template` is empty then. */
  readonly templateProblem?: string;
  readonly isPaused: boolean;
}

/** A flow run of a work pool. */
export interface FlowRun {
  readonly id: string;
  readonly name: string;
  readonly flowId: string;
  /** Of the flow; null where the API has none. */
  readonly flowName: string | null;
  /** Null: it has none; `gone`: it has one that the API does not know any more. */
  readonly deployment: Deployment | null | "gone";
  /** Id of its deployment; null: it has none. */
  readonly deploymentId: string | null;
  /** Its own job variables, which win over those of the deployment. */
  readonly jobVariables: JsonObject;
  /** Id of its present state. */
  readonly stateId: string;
  /** `SCHEDULED`, `PENDING`, `RUNNING`… */
  readonly stateType: string;
  /** `Late`, `AwaitingRetry`, `Submitting`… */
  readonly stateName: string;
  /** `scheduled_time` of its state as text, which names the right to launch; null where there is none. */
  readonly scheduledTime: string | null;
  /** The same in milliseconds since 1970. */
  readonly dueAtMs: number | null;
  /** Name of its work queue; null where it is not known. */
  readonly workQueue: string | null;
  /** As stored, perhaps from an earlier launch. */
  readonly infrastructurePid: string | null;
  readonly labels: JsonObject;
  readonly tags: readonly string[];
  readonly pool: WorkPool;
  /** When the queue was asked for it, in milliseconds since 1970. @default it is not known how old this is */
  readonly askedMs?: number;
}

/** The part of a run that machines, logs and the inspector may see. */
export function headerOf(run: FlowRun): RunHeader {
  const { id, name, flowId, stateId, stateType, dueAtMs } = run;
  const flowName = run.flowName ?? "";
  return { id, name, flowId, flowName, version: stateId, stateType, dueAtMs, origin: originOf(run) };
}

function originOf({ pool, workQueue, deployment }: FlowRun): readonly RunOrigin[] {
  const deployed = deployment === null || deployment === "gone" ? null : deployment.name;
  return [
    { name: "Work pool", value: pool.name },
    ...(workQueue === null ? [] : [{ name: "Work queue", value: workQueue }]),
    ...(deployed === null ? [] : [{ name: "Deployment", value: deployed }]),
  ];
}
