/**
 * Reads one flow run for an explanation: one that the API has, or one that a deployment would get. Reads alone are sent.
 *
 * @module
 */

import { FailureError } from "../../schemas/failure/failure.ts";
import { isJsonObject, type Json } from "../../schemas/json/json.ts";
import { nearName, shortened } from "../../schemas/options/near_name.ts";
import type { FlowRun, WorkPool } from "../../schemas/prefect3/flow_run.ts";
import { idIn, readFlow, readRunRow, type RunRow } from "../../schemas/prefect3/rows.ts";
import { readWorkPool } from "../../schemas/prefect3/work_pool.ts";
import { escaped } from "../../schemas/options/usage_error.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Api } from "./api.ts";
import { makeDetails } from "./run_details.ts";
import type { PoolRest } from "./sockets/pool_rest.ts";
import { checkPool, refusedFor } from "./sockets/refuse_pool.ts";

/** Stands for id and name of a flow run that there is not yet. */
export const NEW_RUN = "(new)";

/** Which flow run: of this deployment, or this one, or this one of that deployment. */
export interface WantedRun {
  readonly pool: string;
  /** Null: not given. */
  readonly deployment: { readonly flow: string; readonly name: string } | null;
  readonly runId: string | null;
}

/** What reading needs. */
export interface AskedRunDeps {
  readonly api: Pick<Api, "send">;
  readonly rest: Pick<PoolRest, "find">;
}

/** Most rows of one answer. */
const MOST_ROWS = 200;

/** Names that a message lists. */
const LISTED = 20;

/** A deployment as far as it must be known to find it. */
interface Named {
  readonly id: string;
  readonly flowId: string;
  /** Of its work pool; null: it has none. */
  readonly pool: string | null;
  /** `FLOW/DEPLOYMENT`. */
  readonly title: string;
}

/** @throws {FailureError} `configuration` that names option and accepted values, and those of the API */
export async function readAskedRun(
  wanted: WantedRun,
  deps: AskedRunDeps,
  signal: AbortSignal,
): Promise<FlowRun> {
  const pool = await poolOf(wanted, deps, signal);
  const deployment = await deploymentOf(wanted, deps, signal);
  const row = wanted.runId === null
    ? newRow(deployment)
    : await rowOf(wanted, wanted.runId, deployment, deps, signal);
  const problems: string[] = [];
  const log: Log = (_level, message) => void problems.push(message);
  const [run] = await makeDetails({ api: deps.api, log })([row], pool, signal);
  if (run === undefined) {
    throw refusal("--deployment", problems[0] ?? `Flow run ${row.id} cannot be read: ask again`);
  }
  if (run.deployment !== "gone") return run;
  throw refusal(
    "--flow-run",
    `The deployment of flow run ${row.id} does not exist any more, so that the worker sets the run to Cancelled: ` +
      "give --flow-run the id of another flow run",
  );
}

async function poolOf(
  { pool: name }: WantedRun,
  { api, rest }: AskedRunDeps,
  signal: AbortSignal,
): Promise<WorkPool> {
  const found = await rest.find(signal).catch((thrown: unknown) => {
    throw thrown instanceof FailureError ? refusedFor(name, thrown.failure) : thrown;
  });
  if (found !== null) {
    checkPool(found);
    return found;
  }
  const rows = await rowsAt(api, "work_pools", {}, signal);
  const pools = rows.map(readWorkPool).flatMap((read) => "pool" in read ? [read.pool] : []);
  const names = pools.flatMap((pool) => pool.type === "ecs" ? [pool.name] : []);
  throw refusal(
    "--pool",
    `Work pool '${quoted(name)}' does not exist: give --pool the name of a work pool of type 'ecs', ` +
      listed(name, names, "of which this server has none"),
  );
}

async function deploymentOf(
  { pool, deployment }: WantedRun,
  { api }: AskedRunDeps,
  signal: AbortSignal,
): Promise<Named | null> {
  if (deployment === null) return null;
  const { flow, name } = deployment;
  const title = `${flow}/${name}`;
  const filter = { deployments: { name: { any_: [name] } }, flows: { name: { any_: [flow] } } };
  const found = (await namedIn(api, filter, signal)).find((one) => one.title === title);
  if (found?.pool === pool) return found;
  const others = await namedIn(api, { work_pools: { name: { any_: [pool] } } }, signal);
  const titles = others.filter((one) => one.pool === pool).map((one) => one.title);
  const why = found === undefined
    ? "does not exist"
    : found.pool === null
    ? "has no work pool"
    : `is of work pool '${quoted(found.pool)}'`;
  throw refusal(
    "--deployment",
    `Deployment '${quoted(title)}' ${why}: give --deployment a deployment of work pool '${quoted(pool)}', ` +
      listed(title, titles, "which has none"),
  );
}

/** Deployments that fit a filter, with the names of their flows. */
async function namedIn(
  api: Pick<Api, "send">,
  filter: { readonly [member: string]: Json },
  signal: AbortSignal,
): Promise<readonly Named[]> {
  const rows = (await rowsAt(api, "deployments", filter, signal)).filter(isJsonObject);
  const ids = [...new Set(rows.map((row) => textOf(row["flow_id"])))];
  const flows = ids.length === 0 ? [] : await rowsAt(api, "flows", { flows: { id: { any_: ids } } }, signal);
  const names = new Map(flows.map(readFlow).flatMap((flow) => flow === null ? [] : [[flow.id, flow.name]]));
  return rows.map((row) => {
    const flowId = textOf(row["flow_id"]);
    const pool = textOf(row["work_pool_name"]);
    return {
      id: idIn(row),
      flowId,
      pool: pool === "" ? null : pool,
      title: `${names.get(flowId) ?? flowId}/${textOf(row["name"])}`,
    };
  });
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

async function rowsAt(
  api: Pick<Api, "send">,
  kind: "work_pools" | "deployments" | "flows",
  filter: { readonly [member: string]: Json },
  signal: AbortSignal,
): Promise<readonly Json[]> {
  const { body } = await api.send({
    method: "POST",
    path: [kind, "filter"],
    route: `POST /${kind}/filter`,
    body: { ...filter, limit: MOST_ROWS },
  }, signal);
  return Array.isArray(body) ? body : [];
}

async function rowOf(
  { pool }: WantedRun,
  runId: string,
  deployment: Named | null,
  { api }: AskedRunDeps,
  signal: AbortSignal,
): Promise<RunRow> {
  const route = "GET /flow_runs/{id}";
  const { status, body } = await api.send(
    { method: "GET", path: ["flow_runs", runId], route, accept: [404] },
    signal,
  );
  const accepted = `give --flow-run the id of a flow run of work pool '${quoted(pool)}'`;
  if (status === 404) throw refusal("--flow-run", `Flow run ${runId} does not exist: ${accepted}`);
  const read = readRunRow(body);
  if ("problem" in read) throw refusal("--flow-run", `Flow run ${runId} cannot be read: ${read.problem}`);
  const of = isJsonObject(body) ? textOf(body["work_pool_name"]) : "";
  if (of !== pool) {
    const why = of === "" ? "has no work pool" : `is of work pool '${quoted(of)}'`;
    throw refusal("--flow-run", `Flow run ${runId} ${why}: ${accepted}`);
  }
  if (deployment !== null && read.row.deploymentId !== deployment.id) {
    throw refusal(
      "--flow-run",
      `Flow run ${runId} is not of deployment '${
        quoted(deployment.title)
      }': give --flow-run the id of one of its ` +
        "flow runs, or leave --deployment out",
    );
  }
  return read.row;
}

/** A flow run that the deployment would get, without job variables of its own. */
function newRow(deployment: Named | null): RunRow {
  return {
    id: NEW_RUN,
    name: NEW_RUN,
    flowId: deployment?.flowId ?? "",
    deploymentId: deployment?.id ?? null,
    stateId: "",
    stateType: "SCHEDULED",
    stateName: "Scheduled",
    sinceMs: null,
    message: null,
    transitionId: null,
    scheduledTime: null,
    jobVariables: {},
    labels: {},
    tags: [],
    workQueue: null,
    infrastructurePid: null,
    hasBegun: false,
    isInProcess: false,
  };
}

/** The one that was most likely meant comes first. */
function listed(name: string, known: readonly string[], none: string): string {
  if (known.length === 0) return none;
  const near = nearName(name, known);
  const names = [...new Set(near === null ? known : [near, ...known])];
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : "";
  return `one of ${names.slice(0, LISTED).map((one) => `'${quoted(one)}'`).join(", ")}${more}`;
}

function quoted(name: string): string {
  return escaped(shortened(name));
}

function refusal(field: string, message: string): FailureError {
  return new FailureError({ tag: "configuration", field, message });
}
