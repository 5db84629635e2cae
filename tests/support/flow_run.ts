/**
 * Flow runs for tests: as the metadata query returns them, or made up.
 *
 * @module
 */

import type { AdoptedRun } from "../../agent/run_vault.ts";
import type { DueRun } from "../../schemas/contracts/orchestrator.ts";
import type { Claim } from "../../schemas/flow_run/flow_run.ts";
import { claimOn } from "../../schemas/prefect1/claim_key.ts";
import { type FlowRun, headerOf } from "../../schemas/prefect1/flow_run.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { mapping } from "../../schemas/json/shape.ts";
import { someClaim } from "./claim.ts";

/** A recorded row as the boundary parses it. */
export function goldenFlowRun(row: JsonObject): FlowRun {
  const flow = mapping(row.flow);
  const state = mapping(row.serialized_state);
  return {
    id: text(row.id),
    name: text(row.name),
    version: Number(row.version),
    state,
    stateType: text(state.type),
    startTime: text(state.start_time),
    dueAtMs: null,
    dueTaskRuns: [],
    flow: {
      id: text(flow.id),
      name: text(flow.name),
      version: typeof flow.version === "number" ? flow.version : null,
      environment: objectOrNull(flow.environment),
      storage: objectOrNull(flow.storage),
      coreVersion: typeof flow.core_version === "string" ? flow.core_version : null,
    },
    runConfig: objectOrNull(row.run_config),
  };
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function objectOrNull(value: Json | undefined): JsonObject | null {
  return isJsonObject(value) ? value : null;
}

/** A flow run in S3 storage that is due; `flow` and the rest replace what is given. */
export function someFlowRun(
  { flow, ...rest }: Partial<Omit<FlowRun, "flow">> & { readonly flow?: Partial<FlowRun["flow"]> } = {},
): FlowRun {
  const base = goldenFlowRun({
    id: "f00dcafe-0000-4000-8000-000000000001",
    name: "curious-otter",
    version: 2,
    serialized_state: { type: "Scheduled", start_time: "2020-01-01T00:00:00+00:00" },
    run_config: null,
    flow: {
      id: "a1b2c3d4-0000-4000-8000-00000000000a",
      name: "ETL",
      version: 1,
      environment: null,
      storage: { type: "S3", bucket: "flows-bucket", key: "etl/1.prefect" },
      core_version: "0.15.13",
    },
  });
  return { ...base, ...rest, flow: { ...base.flow, ...flow } };
}

/** A flow run as a page of the queue holds it. */
export function someDueRun(more: Parameters<typeof someFlowRun>[0] = {}): DueRun<FlowRun> {
  const run = someFlowRun(more);
  return { header: headerOf(run), claim: claimOn(run), run };
}

/** A flow run as the agent adopts it. */
export function someAdoptedRun(id: string, claim: Claim = someClaim()): AdoptedRun<FlowRun> {
  const run = someFlowRun({ id });
  return { header: headerOf(run), claim, run };
}
