/**
 * The routes of the simulated Prefect 3 API.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { listItems, mapping } from "../../schemas/json/shape.ts";
import { decideEach, decisionRow, decisionRows } from "../../schemas/prefect3/state_rules/decision_rows.ts";
import { dueRuns, MOST_DUE_RUNS } from "../../schemas/prefect3/state_rules/due_runs.ts";
import { HEARTBEAT_SECONDS, MISSING_HEARTBEATS } from "../../schemas/prefect3/state_rules/server_times.ts";
import { proposalOf } from "./proposals.ts";
import type { Proposer, Store3, StoredRun } from "./store.ts";

/** A request as it arrives. */
export interface Asked {
  readonly method: string;
  /** Behind `/api`, without empty segments. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: JsonObject;
  readonly by: Proposer;
}

/** An answer, and the runs that it shows. */
export interface Answer3 {
  readonly status: number;
  readonly body: Json;
  readonly shown: readonly StoredRun[];
}

/** Id of the one pool. */
export const POOL_ID = "aaaaaaaa-0000-4000-8000-000000000001";

/** Its name. */
export const POOL = "lab";

const QUEUE = { id: "bbbbbbbb-0000-4000-8000-000000000001", name: "default", is_paused: false, priority: 1 };
const FLOW = { id: "cccccccc-0000-4000-8000-000000000001", name: "flow" };

/** Rows of one answer at most. */
const MOST_ROWS = 200;

const OFFLINE_MS = HEARTBEAT_SECONDS * MISSING_HEARTBEATS * 1000;

const NOTHING: Answer3 = { status: 204, body: null, shown: [] };
const ABSENT: Answer3 = { status: 404, body: { detail: "Not Found" }, shown: [] };

function ok(body: Json, shown: readonly StoredRun[] = []): Answer3 {
  return { status: 200, body, shown };
}

/** What the operation of a request is called: `set_state`, `flow_runs/filter`, `PATCH flow_runs`. */
export function operationOf({ method, path }: Pick<Asked, "method" | "path">): string {
  const [first = "", second = "", third] = path;
  if (second === "filter" || second === "bulk_set_state") {
    return second === "filter" ? `${first}/filter` : second;
  }
  return third === undefined ? `${method} ${first}` : path.slice(2).join("/");
}

/** Carries a request out. @param template of the pool */
export function serve3(store: Store3, asked: Asked, template: JsonObject): Answer3 {
  const [first = "", second = ""] = asked.path;
  switch (first) {
    case "csrf-token":
      return { status: 422, body: { detail: "CSRF protection is disabled." }, shown: [] };
    case "work_pools":
      return poolRoute(store, asked, template);
    case "flow_runs":
      return second === "filter" || second === "bulk_set_state"
        ? manyRoute(store, asked)
        : runRoute(store, asked);
    case "flow_run_states": {
      const run = store.runs.get(asked.query.get("flow_run_id") ?? "");
      return ok([...run?.states ?? []]);
    }
    case "deployments":
      return deploymentRoute(store, asked);
    case "flows":
      return ok([FLOW]);
    case "logs":
      return { ...NOTHING, status: 201 };
    default:
      return ABSENT;
  }
}

/** The pool as the API shows it. */
export function poolRow(template: JsonObject): JsonObject {
  return { id: POOL_ID, name: POOL, type: "ecs", base_job_template: template, is_paused: false };
}

function poolRoute(store: Store3, { path, body }: Asked, template: JsonObject): Answer3 {
  const [, , third, fourth] = path;
  if (third === undefined) return ok(poolRow(template));
  if (third === "queues") return ok([QUEUE]);
  if (third === "get_scheduled_flow_runs") return poll(store, body);
  if (third !== "workers") return ABSENT;
  if (fourth === "heartbeat") {
    store.workers.set(String(body["name"]), store.world.time.now());
    return NOTHING;
  }
  return ok([...store.workers].map(([name, seenMs]) => ({
    name,
    last_heartbeat_time: new Date(seenMs).toISOString(),
    heartbeat_interval_seconds: HEARTBEAT_SECONDS,
    status: store.world.time.now() - seenMs > OFFLINE_MS ? "OFFLINE" : "ONLINE",
  })));
}

function poll(store: Store3, body: JsonObject): Answer3 {
  const pooled = [...store.runs.values()].map((run) => ({
    run,
    id: run.due.id,
    stateType: run.state.type,
    retryType: run.policy.retry_type,
    dueMs: run.times.next_scheduled_start_time === null
      ? null
      : Date.parse(run.times.next_scheduled_start_time),
    queue: QUEUE.name,
  }));
  const queues = [{ name: QUEUE.name, priority: 1, isPaused: false, limit: null }];
  const beforeMs = Date.parse(String(body["scheduled_before"]));
  const pool = { isPaused: false, limit: store.world.scenario.poolLimit, queues };
  const due = dueRuns(pooled, pool, { queues: [], beforeMs, afterMs: null, most: MOST_DUE_RUNS });
  const runs = due.map(({ run }) => run);
  const hasStates = store.world.scenario.release !== "3.4";
  return ok(
    runs.map((run) => ({
      work_pool_id: POOL_ID,
      work_queue_id: QUEUE.id,
      flow_run: hasStates ? rowOf(run) : { ...rowOf(run), state: null },
    })),
    runs,
  );
}

function manyRoute(store: Store3, { path, body, by }: Asked): Answer3 {
  const runs = filtered(store, body);
  if (path[1] === "filter") {
    const from = Number(body["offset"] ?? 0);
    const page = runs.slice(from, from + Math.min(MOST_ROWS, Number(body["limit"] ?? MOST_ROWS)));
    return ok(page.map(rowOf), page);
  }
  if (store.world.scenario.release === "3.4") return ABSENT;
  const proposal = proposalOf(body);
  if (proposal === null || runs.length > 50) return { ...ABSENT, status: 422 };
  const decided = decideEach(runs, (run, shared) => store.propose(run, proposal, by, shared));
  return ok({ results: decisionRows(decided.map(({ run, decision }) => ({ run: run.due, decision }))) });
}

function filtered(store: Store3, body: JsonObject): readonly StoredRun[] {
  const wanted = mapping(body["flow_runs"]);
  const ids = "id" in wanted ? new Set(listItems(mapping(wanted["id"])["any_"])) : null;
  const type = mapping(mapping(wanted["state"])["type"]);
  const types = "any_" in type ? new Set(listItems(type["any_"])) : null;
  return [...store.runs.values()].filter(({ due, state }) =>
    (ids === null || ids.has(due.id)) && (types === null || types.has(state.type))
  ).toReversed();
}

function runRoute(store: Store3, { method, path, body, by }: Asked): Answer3 {
  const run = store.runs.get(path[1] ?? "");
  if (run === undefined) return ABSENT;
  if (path[2] === "set_state") {
    const proposal = proposalOf(body);
    if (proposal === null) return { ...ABSENT, status: 422 };
    const decision = store.propose(run, proposal, by);
    return { status: decision.isNew ? 201 : 200, body: decisionRow(decision), shown: [run] };
  }
  if (path[2] === "labels") run.labels = { ...run.labels, ...body };
  else if (method === "PATCH" && typeof body["infrastructure_pid"] === "string") {
    run.pid = body["infrastructure_pid"];
    const { agent, sentMs } = by;
    if (agent !== null) {
      store.world.history.add({ what: "named", run: run.due.id, task: taskIn(run.pid), agent, sentMs });
    }
  }
  return method === "GET" ? ok(rowOf(run), [run]) : NOTHING;
}

function taskIn(pid: string): string {
  return pid.split("::").at(-1) ?? pid;
}

function deploymentRoute({ world }: Store3, { path, body }: Asked): Answer3 {
  const rows = world.scenario.deployments.map(({ id, limit }) => ({
    id,
    name: `deployment ${id.slice(-1)}`,
    updated: null,
    job_variables: { image: "image:1" },
    global_concurrency_limit: limit === null ? null : { limit, active: true },
  }));
  if (path[1] !== "filter") {
    const row = rows.find(({ id }) => id === path[1]);
    return row === undefined ? ABSENT : ok(row);
  }
  const ids = listItems(mapping(mapping(body["deployments"])["id"])["any_"]);
  return ok(rows.filter(({ id }) => ids.includes(id)));
}

function rowOf({ due, deployment, state, policy, times, pid, labels }: StoredRun): JsonObject {
  return {
    id: due.id,
    name: `run-${due.id.slice(-4)}`,
    flow_id: FLOW.id,
    deployment_id: deployment.id,
    state_id: state.id,
    state_type: state.type,
    state_name: state.name,
    state,
    job_variables: {},
    labels,
    tags: [],
    work_queue_name: QUEUE.name,
    infrastructure_pid: pid,
    empirical_policy: policy,
    ...times,
  };
}

/** Bodies of requests; what is none is empty. */
export function bodyIn(text: string): JsonObject {
  const value: Json = text === "" ? {} : JSON.parse(text);
  return isJsonObject(value) ? value : {};
}
