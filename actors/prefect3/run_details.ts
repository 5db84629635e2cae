/**
 * Deployments and flows of runs, read with a few requests for a whole page: what is edited between two pages takes effect on
 * the second.
 *
 * @module
 */

import { withNumbers } from "../../schemas/json/number_source.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Json } from "../../schemas/json/json.ts";
import type { Deployment, FlowRun, WorkPool } from "../../schemas/prefect3/flow_run.ts";
import { idIn, readDeployment, readFlow, type RunRow } from "../../schemas/prefect3/rows.ts";
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
  readonly log: Log;
}

/** Deployments that cannot be read and are remembered, so that each is told once. */
const REMEMBERED = 1000;

/**
 * Makes the reader. What cannot be read now holds back only the runs that need it.
 *
 * @throws {FailureError} of the API, where it holds back all
 */
export function makeDetails({ api, log }: DetailsDeps): WithDetails {
  const told = new Set<string>();
  const tellUnreadable = (id: string): void => {
    if (told.has(id) || told.size >= REMEMBERED) return;
    told.add(id);
    log("ERROR", `Deployment ${id} cannot be read: its flow runs are left alone. Look at its job variables`);
  };
  return async (rows, pool, signal) => {
    const ids = distinct(rows.flatMap(({ deploymentId }) => deploymentId ?? []));
    const flowIds = distinct(rows.map(({ flowId }) => flowId));
    const [deployments, flows] = await Promise.allSettled([
      readAll(api, { kind: "deployments", ids }, readDeployment, signal),
      readAll(api, { kind: "flows", ids: flowIds }, readFlow, signal),
    ]);
    signal.throwIfAborted();
    if (flows.status === "rejected") throw flows.reason;
    const runs = rows.flatMap((row) => {
      const deployment = deploymentOf(row, deployments, tellUnreadable);
      if (deployment === "unread") return [];
      return [runOf(row, { pool, deployment, flowName: flows.value.found.get(row.flowId)?.name ?? null })];
    });
    if (deployments.status === "rejected" && runs.length === 0) throw deployments.reason;
    return runs;
  };
}

type Settled<Row> = PromiseSettledResult<Found<Row>>;

/** `unread`: nothing is known of it now. */
function deploymentOf(
  { deploymentId: id }: RunRow,
  deployments: Settled<Deployment>,
  tellUnreadable: (id: string) => void,
): Deployment | null | "gone" | "unread" {
  if (id === null) return null;
  if (deployments.status === "rejected") return "unread";
  const { found, unreadable } = deployments.value;
  if (!unreadable.has(id)) return found.get(id) ?? "gone";
  tellUnreadable(id);
  return "unread";
}

function distinct(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)];
}

interface Wanted {
  readonly kind: "deployments" | "flows";
  readonly ids: readonly string[];
}

/** Rows by id, and the ids of those that cannot be read. */
interface Found<Row> {
  readonly found: ReadonlyMap<string, Row>;
  readonly unreadable: ReadonlySet<string>;
}

async function readAll<Row extends { readonly id: string }>(
  api: DetailsDeps["api"],
  { kind, ids }: Wanted,
  read: (value: Json) => Row | null,
  signal: AbortSignal,
): Promise<Found<Row>> {
  const found = new Map<string, Row>();
  const unreadable = new Set<string>();
  for (let from = 0; from < ids.length; from += MOST_IDS) {
    const some = ids.slice(from, from + MOST_IDS);
    const answer = await api.send(filterRequest(kind, some), signal);
    // Placeholders inside texts print numbers as the deployment wrote them.
    const body = withNumbers(answer.body, answer.text);
    for (const value of Array.isArray(body) ? body : []) {
      const row = read(value);
      if (row === null) unreadable.add(idIn(value));
      else found.set(row.id, row);
    }
  }
  return { found, unreadable };
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
