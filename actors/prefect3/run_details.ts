/**
 * Deployments and flows of runs, read with a few requests for a whole page: what is edited between two pages takes effect on
 * the second.
 *
 * @module
 */

import { parseJson } from "../../schemas/json/number_source.ts";
import type { Json } from "../../schemas/json/json.ts";
import type { Deployment, FlowRun, WorkPool } from "../../schemas/prefect3/flow_run.ts";
import { readDeployment, readFlow, type RunRow } from "../../schemas/prefect3/rows.ts";
import type { Api, ApiRequest } from "./api.ts";

/** Most ids that one filter takes. */
const MOST_IDS = 200;

/** Makes runs of rows; a run whose deployment or flow cannot be read now is left out. */
export type WithDetails = (
  rows: readonly RunRow[],
  pool: WorkPool,
  signal: AbortSignal,
) => Promise<readonly FlowRun[]>;

/** What details are read with. */
export interface DetailsDeps {
  readonly api: Pick<Api, "send">;
}

/** Makes the reader. @throws {FailureError} of the API */
export function makeDetails({ api }: DetailsDeps): WithDetails {
  return async (rows, pool, signal) => {
    const ids = distinct(rows.flatMap(({ deploymentId }) => deploymentId ?? []));
    const flowIds = distinct(rows.map(({ flowId }) => flowId));
    const [deployments, flows] = await Promise.all([
      readAll(api, { kind: "deployments", ids }, readDeployment, signal),
      readAll(api, { kind: "flows", ids: flowIds }, readFlow, signal),
    ]);
    return rows.map((row) => {
      const deployment = row.deploymentId === null ? null : deployments.get(row.deploymentId) ?? "gone";
      return runOf(row, { pool, deployment, flowName: flows.get(row.flowId)?.name ?? null });
    });
  };
}

function distinct(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)];
}

interface Wanted {
  readonly kind: "deployments" | "flows";
  readonly ids: readonly string[];
}

async function readAll<Row extends { readonly id: string }>(
  api: DetailsDeps["api"],
  { kind, ids }: Wanted,
  read: (value: Json) => Row | null,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Row>> {
  const found = new Map<string, Row>();
  for (let from = 0; from < ids.length; from += MOST_IDS) {
    const some = ids.slice(from, from + MOST_IDS);
    const { text } = await api.send(filterRequest(kind, some), signal);
    // Placeholders inside texts print numbers as the deployment wrote them.
    const body = parseJson(text);
    for (const value of Array.isArray(body) ? body : []) {
      const row = read(value);
      if (row !== null) found.set(row.id, row);
    }
  }
  return found;
}

function filterRequest(kind: Wanted["kind"], ids: readonly string[]): ApiRequest {
  return {
    method: "POST",
    path: [kind, "filter"],
    route: `POST /${kind}/filter`,
    body: { [kind]: { id: { any_: [...ids] } }, limit: MOST_IDS },
  };
}

interface Details {
  readonly pool: WorkPool;
  readonly deployment: Deployment | null | "gone";
  readonly flowName: string | null;
}

function runOf(row: RunRow, details: Details): FlowRun {
  const dueAtMs = Date.parse(row.scheduledTime ?? "");
  return {
    id: row.id,
    name: row.name,
    flowId: row.flowId,
    deploymentId: row.deploymentId,
    jobVariables: row.jobVariables,
    stateId: row.stateId,
    stateType: row.stateType,
    stateName: row.stateName,
    scheduledTime: row.scheduledTime,
    dueAtMs: Number.isNaN(dueAtMs) ? null : dueAtMs,
    workQueue: row.workQueue,
    infrastructurePid: row.infrastructurePid,
    labels: row.labels,
    tags: row.tags,
    ...details,
  };
}
