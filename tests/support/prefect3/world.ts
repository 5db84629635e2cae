/**
 * A Prefect 3 API in memory, by the rules of state changes of schemas/prefect3/state_rules: what the dialect's requests are
 * answered with.
 *
 * @module
 */

import type { Api, ApiAnswer, ApiRequest } from "../../../actors/prefect3/api.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import {
  decideEach,
  decisionRow,
  decisionRows,
} from "../../../schemas/prefect3/state_rules/decision_rows.ts";
import { dueRuns } from "../../../schemas/prefect3/state_rules/due_runs.ts";
import { propose } from "../../../schemas/prefect3/state_rules/propose.ts";
import { HOLDING } from "../../../schemas/prefect3/state_rules/slot_rules.ts";
import {
  completeState,
  type ProposedState,
  type State,
  type StateDetails,
} from "../../../schemas/prefect3/state_rules/state.ts";
import { SLOT_WAIT_SECONDS } from "../../../schemas/prefect3/state_rules/server_times.ts";
import {
  type Decision,
  type Moment,
  NO_POLICY,
  type Proposal,
  type RuledRun,
  type RunPolicy,
} from "../../../schemas/prefect3/state_rules/transition.ts";
import { idsIn, proposalIn } from "./bodies.ts";

/** A run of the world. */
export interface WorldRun {
  readonly id: string;
  readonly deployment: string | null;
  state: State;
  labels: JsonObject;
  pid: string | null;
  policy: RunPolicy;
  runCount: number;
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
  readonly history = new Map<string, State[]>();
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
  schedule(
    { dueMs, state, ...more }: Partial<WorldRun> & { readonly dueMs?: number } = {},
  ): WorldRun {
    const scheduled_time = new Date(dueMs ?? this.now()).toISOString();
    const run: WorldRun = {
      id: this.newId(),
      deployment: "deployment-1",
      labels: {},
      pid: null,
      policy: NO_POLICY,
      runCount: 0,
      variables: {},
      state: state ?? this.#stored({ type: "SCHEDULED", state_details: { scheduled_time } }),
      ...more,
    };
    this.runs.set(run.id, run);
    this.history.set(run.id, [run.state]);
    return run;
  }

  /** Sets a state whatever the rules say, as the server itself, a flow or a person does. */
  set(id: string, state: ProposedState): void {
    const run = this.run(id);
    const { scheduled_time } = run.state.state_details;
    const carried = state.type === "PENDING" ? { scheduled_time } : {};
    this.#keep(run, this.#stored({ ...state, state_details: { ...state.state_details, ...carried } }));
  }

  #stored(state: ProposedState): State {
    const now = new Date(this.now()).toISOString();
    return { ...completeState(state, now), id: this.newId(), timestamp: now };
  }

  #keep(run: WorldRun, state: State): void {
    run.state = state;
    this.history.set(run.id, [...this.history.get(run.id) ?? [], state]);
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
      request.confirm?.();
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
    if (third === "set_state") return answerOf(201, decisionRow(this.#decide(run, proposalIn(body), null)));
    if (third === "labels") run.labels = { ...run.labels, ...body };
    else if (typeof body["infrastructure_pid"] === "string") run.pid = body["infrastructure_pid"];
    return request.method === "GET" ? ok(this.rowOf(run)) : answerOf(204, null);
  }

  #due(body: JsonObject): Json[] {
    const pooled = [...this.runs.values()].map((run) => ({
      run,
      id: run.id,
      stateType: run.state.type,
      retryType: run.policy.retry_type,
      dueMs: Date.parse(run.state.state_details.scheduled_time ?? ""),
      queue: "queue-1",
    }));
    const queues = [{ name: "queue-1", priority: 1, isPaused: false, limit: null }];
    const beforeMs = Date.parse(String(body["scheduled_before"]));
    const query = { queues: [], beforeMs, afterMs: null, most: pooled.length };
    return dueRuns(pooled, { isPaused: false, limit: null, queues }, query)
      .map(({ run }) => ({ work_pool_id: "pool-1", work_queue_id: "queue-1", flow_run: this.rowOf(run) }));
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
    const proposal = proposalIn(body);
    const decided = decideEach(this.#filtered(body), (run, shared) => this.#decide(run, proposal, shared));
    return ok({ results: [...decisionRows(decided)] });
  }

  #decide(run: WorldRun, proposal: Proposal, shared: StateDetails | null): Decision {
    const decision = propose(this.#ruled(run), proposal, this.#moment(), shared);
    const { state, isNew, policy, runCount } = decision;
    if (isNew && state !== null) this.#keep(run, state);
    Object.assign(run, { policy, runCount });
    return decision;
  }

  #moment(): Moment {
    return {
      now: new Date(this.now()).toISOString(),
      ids: { state: this.newId(), lease: this.newId(), pause: this.newId() },
      isLiving: () => true,
      release: this.options.isOld === true ? "3.4" : "3.9",
      slotWaitSeconds: SLOT_WAIT_SECONDS,
    };
  }

  #ruled({ id, state, policy, runCount, deployment, pid }: WorldRun): RuledRun {
    const limit = this.deployments.get(deployment ?? "") ?? null;
    const taken =
      [...this.runs.values()].filter((other) =>
        other.deployment === deployment && HOLDING.has(other.state.type)
      ).length;
    const ruled = {
      limit: limit === null ? null : { limit, isActive: true, taken },
      strategy: "ENQUEUE",
    } as const;
    const isGone = !this.deployments.has(deployment ?? "") && !this.deploymentRows.has(deployment ?? "");
    return {
      ...{ id, state, policy, runCount, infrastructurePid: pid, parentTaskRunId: null },
      deployment: deployment === null ? null : isGone ? "gone" : ruled,
    };
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
  rowOf({ id, deployment, state, labels, pid, policy, variables }: WorldRun): JsonObject {
    return {
      id,
      name: `run ${id}`,
      flow_id: "flow-1",
      deployment_id: deployment,
      state_id: state.id,
      state_type: state.type,
      state_name: state.name,
      state,
      job_variables: variables,
      labels,
      tags: [],
      work_queue_name: "default",
      infrastructure_pid: pid,
      empirical_policy: policy,
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
