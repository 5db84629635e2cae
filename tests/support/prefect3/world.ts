/**
 * A Prefect 3 API in memory, by the rules of state changes of a real one: what the dialect's requests are answered with.
 *
 * @see Prefect 3.9.1, server/orchestration/core_policy.py, and what was asked of a real server
 * @module
 */

import type { Api, ApiAnswer, ApiRequest } from "../../../actors/prefect3/api.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";

const FINAL: ReadonlySet<string> = new Set(["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]);

/** A run of the world. */
export interface WorldRun {
  readonly id: string;
  readonly deployment: string | null;
  state: JsonObject;
  labels: JsonObject;
  pid: string | null;
  retryType: string | null;
  variables: Json;
}

/** How a server differs from 3.9. */
export interface ServerOptions {
  /** 3.4: no PENDING state follows another, and there are no states of many runs at once. */
  readonly isOld?: boolean;
}

/** The API, its runs, and what was asked. */
export class Prefect3World {
  readonly runs = new Map<string, WorldRun>();
  /** By id: most runs at a time; null: no limit. */
  readonly deployments = new Map<string, number | null>([["deployment-1", null]]);
  /** Rows of `/deployments/filter` in place of what is made of {@link deployments}. */
  readonly deploymentRows = new Map<string, Json>();
  readonly workers = new Map<string, JsonObject>();
  readonly blocks = new Map<string, JsonObject>();
  /** States of each run, in their order. */
  readonly history = new Map<string, JsonObject[]>();
  readonly asked: ApiRequest[] = [];
  /** Called before a request is carried out; an answer or a throw stands for the API's. */
  before: (request: ApiRequest) => ApiAnswer | undefined = () => undefined;
  /** Called after it was carried out; a throw loses the answer. */
  after: (request: ApiRequest) => void = () => undefined;
  #ids = 0;

  constructor(readonly now: () => number, readonly options: ServerOptions = {}) {}

  /** An id as servers give them. */
  newId(): string {
    this.#ids += 1;
    return `00000000-0000-4000-8000-${String(this.#ids).padStart(12, "0")}`;
  }

  /** Schedules a run. */
  schedule(more: Partial<WorldRun> & { readonly dueMs?: number } = {}): WorldRun {
    const id = more.id ?? this.newId();
    const run: WorldRun = {
      id,
      deployment: "deployment-1",
      labels: {},
      pid: null,
      retryType: null,
      variables: {},
      state: {},
      ...more,
    };
    this.runs.set(id, run);
    if (more.state === undefined) {
      const scheduled_time = new Date(more.dueMs ?? this.now()).toISOString();
      this.set(id, { type: "SCHEDULED", name: "Scheduled", state_details: { scheduled_time } });
    }
    return run;
  }

  /** Sets a state whatever the rules say, as the server itself, a flow or a person does. */
  set(id: string, state: JsonObject): void {
    const run = this.run(id);
    const before = isJsonObject(run.state["state_details"]) ? run.state["state_details"] : {};
    const given = isJsonObject(state["state_details"]) ? state["state_details"] : {};
    const carried = state["type"] === "PENDING" ? { scheduled_time: before["scheduled_time"] ?? null } : {};
    run.state = {
      id: this.newId(),
      timestamp: new Date(this.now()).toISOString(),
      message: null,
      data: null,
      ...state,
      name: state["name"] ?? state["type"] ?? null,
      state_details: { ...given, ...carried },
    };
    this.history.set(id, [...this.history.get(id) ?? [], run.state]);
  }

  run(id: string): WorldRun {
    const run = this.runs.get(id);
    if (run === undefined) throw new RangeError(`no run ${id}`);
    return run;
  }

  /** Requests of a route so far. */
  count(route: string): number {
    return this.asked.filter((request) => request.route === route).length;
  }

  readonly api: Api = {
    send: async (request, signal) => {
      signal.throwIfAborted();
      this.asked.push(request);
      await Promise.resolve();
      const answer = this.before(request) ?? this.#route(request);
      this.after(request);
      const isAccepted = answer.status < 300 || request.accept?.includes(answer.status) === true;
      if (isAccepted) return answer;
      throw new FailureError({ tag: "apiError", code: String(answer.status), message: answer.text });
    },
    introduce: () => undefined,
    close: () => undefined,
  };

  #route(request: ApiRequest): ApiAnswer {
    const [first = "", second = "", third = ""] = request.path;
    const body = isJsonObject(request.body) ? request.body : {};
    if (request.route.includes("get_scheduled_flow_runs")) return ok(this.#due(body));
    if (request.route.includes("workers/filter")) return ok([...this.workers.values()]);
    if (request.route === "POST /flow_runs/filter") {
      return ok(this.#filtered(body).map((run) => this.rowOf(run)));
    }
    if (request.route === "POST /flow_runs/bulk_set_state") return this.#bulk(body);
    if (request.route === "POST /deployments/filter") {
      return ok(idsIn(body).flatMap((id) => this.deploymentRows.get(id) ?? this.#deploymentRow(id)));
    }
    if (request.route === "POST /flows/filter") {
      return ok(idsIn(body).map((id) => ({ id, name: `flow ${id}` })));
    }
    if (first === "deployments") {
      const isKnown = this.deployments.has(second) || this.deploymentRows.has(second);
      return isKnown ? ok(this.#deploymentRow(second)[0] ?? {}) : answerOf(404, { detail: "not found" });
    }
    if (first === "block_documents") {
      const block = this.blocks.get(second);
      return block === undefined ? answerOf(404, { detail: "not found" }) : ok(block);
    }
    if (first === "flow_run_states") {
      return ok([...this.history.get(request.query?.["flow_run_id"] ?? "") ?? []]);
    }
    if (first !== "flow_runs") return answerOf(404, { detail: "not found" });
    const run = this.runs.get(second);
    if (run === undefined) return answerOf(404, { detail: "Flow run not found" });
    if (third === "set_state") return answerOf(201, this.#propose(run, body));
    if (third === "labels") run.labels = { ...run.labels, ...body };
    else if (typeof body["infrastructure_pid"] === "string") run.pid = body["infrastructure_pid"];
    return request.method === "GET" ? ok(this.rowOf(run)) : answerOf(204, null);
  }

  #due(body: JsonObject): Json[] {
    const before = Date.parse(String(body["scheduled_before"]));
    return [...this.runs.values()].filter(({ state, retryType }) => {
      const details = isJsonObject(state["state_details"]) ? state["state_details"] : {};
      const due = Date.parse(String(details["scheduled_time"]));
      return state["type"] === "SCHEDULED" && retryType !== "in_process" && due <= before;
    }).map((run) => ({ work_pool_id: "pool-1", work_queue_id: "queue-1", flow_run: this.rowOf(run) }));
  }

  #filtered(body: JsonObject): readonly WorldRun[] {
    const wanted = isJsonObject(body["flow_runs"]) ? body["flow_runs"] : {};
    const ids = isJsonObject(wanted["id"]) ? new Set(idsIn({ it: wanted })) : null;
    const types = JSON.stringify(wanted["state"] ?? null);
    return [...this.runs.values()].filter(({ id, state }) =>
      (ids === null || ids.has(id)) && (types === "null" || types.includes(`"${state["type"]}"`))
    );
  }

  #bulk(body: JsonObject): ApiAnswer {
    if (this.options.isOld === true) return answerOf(404, { detail: "not found" });
    const runs = this.#filtered(body);
    const results = runs.map((run) => ({ flow_run_id: run.id, ...this.#propose(run, body) }));
    // As on the server, the runs share the details of the first of them.
    const [first] = runs;
    for (const { state } of runs) {
      if (first !== undefined) Object.assign(state, { state_details: first.state["state_details"] });
    }
    return ok({ results });
  }

  #propose(run: WorldRun, body: JsonObject): JsonObject {
    const state = isJsonObject(body["state"]) ? body["state"] : {};
    const [status, reason] = body["force"] === true ? ["ACCEPT", null] as const : this.#judge(run, state);
    if (status === "ACCEPT") this.set(run.id, state);
    return { status, state: run.state, details: { type: `${status.toLowerCase()}_details`, reason } };
  }

  #judge(run: WorldRun, state: JsonObject): readonly ["ACCEPT" | "REJECT" | "ABORT", string | null] {
    const { type, name } = run.state;
    const transition = isJsonObject(state["state_details"])
      ? state["state_details"]["transition_id"]
      : undefined;
    const made = isJsonObject(run.state["state_details"])
      ? run.state["state_details"]["transition_id"]
      : undefined;
    if (transition !== undefined && transition === made) {
      return ["REJECT", "This run has already made this state transition."];
    }
    if (FINAL.has(String(type))) return ["ABORT", `Run is already in terminal state ${type}.`];
    if (type === "CANCELLING" && state["type"] !== "CANCELLED") return ["REJECT", "it is cancelling"];
    if (state["type"] !== "PENDING") return ["ACCEPT", null];
    const isSecond = type === "RUNNING" ||
      (type === "PENDING" &&
        (this.options.isOld === true || name === state["name"] || state["name"] === "Pending"));
    if (isSecond) {
      return ["ABORT", `This run is in a ${type} state and cannot transition to a PENDING state.`];
    }
    return type === "SCHEDULED" ? this.#admit(run) : ["ACCEPT", null];
  }

  /** A deployment at its limit reschedules. */
  #admit(run: WorldRun): readonly ["ACCEPT" | "REJECT", string | null] {
    const limit = this.deployments.get(run.deployment ?? "") ?? null;
    const living = [...this.runs.values()].filter(({ deployment, state }) =>
      deployment === run.deployment && (state["type"] === "PENDING" || state["type"] === "RUNNING")
    );
    if (limit === null || living.length < limit) return ["ACCEPT", null];
    const scheduled_time = new Date(this.now() + 30_000).toISOString();
    this.set(run.id, {
      type: "SCHEDULED",
      name: "AwaitingConcurrencySlot",
      state_details: { scheduled_time },
    });
    return ["REJECT", "Deployment concurrency limit reached."];
  }

  #deploymentRow(id: string): Json[] {
    const limit = this.deployments.get(id);
    if (limit === undefined) return [];
    return [{
      id,
      name: `deployment ${id}`,
      updated: null,
      job_variables: {},
      global_concurrency_limit: limit === null ? null : { limit, active: true },
    }];
  }

  /** A run as the API shows it. */
  rowOf({ id, deployment, state, labels, pid, retryType, variables }: WorldRun): JsonObject {
    return {
      id,
      name: `run ${id}`,
      flow_id: "flow-1",
      deployment_id: deployment,
      state_id: state["id"] ?? null,
      state_type: state["type"] ?? null,
      state_name: state["name"] ?? null,
      state,
      job_variables: variables,
      labels,
      tags: [],
      work_queue_name: "default",
      infrastructure_pid: pid,
      empirical_policy: { retry_type: retryType },
    };
  }
}

/** An answer with a body. */
export function answerOf(status: number, body: Json): ApiAnswer {
  return { status, body, text: JSON.stringify(body) };
}

function ok(body: Json): ApiAnswer {
  return answerOf(200, body);
}

/** Every id that a filter names. */
function idsIn(body: JsonObject): readonly string[] {
  const ids: string[] = [];
  const look = (value: Json | undefined): void => {
    if (!isJsonObject(value)) return;
    if (Array.isArray(value["any_"])) ids.push(...value["any_"].map(String));
    Object.values(value).forEach(look);
  };
  Object.values(body).forEach(look);
  return ids;
}
