/**
 * Flow runs of a real Prefect 3 server, each with its picture by the rules of schemas/prefect3/state_rules: every proposal
 * goes to both, and what they make of it is compared.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { propose } from "../../../schemas/prefect3/state_rules/propose.ts";
import { NO_TIMES, type RunTimes, timesAfter } from "../../../schemas/prefect3/state_rules/run_times.ts";
import type { ProposedState, State, StateDetails } from "../../../schemas/prefect3/state_rules/state.ts";
import { SLOT_WAIT_SECONDS } from "../../../schemas/prefect3/state_rules/server_times.ts";
import {
  type Decision,
  type DeploymentLimit,
  type Moment,
  NO_POLICY,
  type Proposal,
  type RuledRun,
  type RunPolicy,
  type ServerRelease,
} from "../../../schemas/prefect3/state_rules/transition.ts";
import type { Prefect3Server } from "./prefect3_server.ts";

/** The deployment of a mirrored run. */
export interface MirroredDeployment {
  readonly id: string;
  readonly strategy: "ENQUEUE" | "CANCEL_NEW";
  /** Null: none. Changes with the runs. */
  limit: DeploymentLimit | null;
}

/** A run as the rules see it. */
export interface MirroredRun {
  readonly id: string;
  readonly deployment: MirroredDeployment | null;
  pid: string | null;
  state: State;
  policy: RunPolicy;
  runCount: number;
  times: RunTimes;
}

/** How something is proposed. */
export interface Asking {
  readonly force?: boolean;
  /** The client names a release that renews leases. */
  readonly isRenewing?: boolean;
  /** What follows compares the whole run: here the answer is enough. */
  readonly isBriefly?: boolean;
}

/** What the server answers for one run. */
interface Answered {
  readonly status: Decision["status"];
  readonly state: State | null;
  readonly details: { readonly reason?: string; readonly delay_seconds?: number };
}

/** Moments that both work out from their own clocks may differ by so much, in milliseconds. */
const SAME_MS = 10_000;

/** The server and the pictures. */
export class MirroredRuns {
  readonly #leases = new Map<string, MirroredDeployment>();
  /** Changes of states that were compared so far. */
  compared = 0;

  constructor(readonly server: Prefect3Server, readonly release: ServerRelease) {}

  /** Makes a deployment. @param limit most runs at a time; null: any number */
  async deploy(
    name: string,
    limit: Omit<DeploymentLimit, "taken"> | null = null,
    strategy: MirroredDeployment["strategy"] = "ENQUEUE",
  ): Promise<MirroredDeployment> {
    const flow = await this.server.ask("POST", "/flows/", { name: "mirrored" }) as { id: string };
    const limited = { concurrency_limit: 1, concurrency_options: { collision_strategy: strategy } };
    const body = { name, flow_id: flow.id, ...(limit === null ? {} : limited) };
    const { id } = await this.server.ask("POST", "/deployments/", body) as { id: string };
    if (limit === null) return { id, strategy, limit };
    const row = await this.server.ask("GET", `/deployments/${id}`) as JsonObject;
    const { id: limitId } = row["global_concurrency_limit"] as { readonly id: string };
    const change = { limit: limit.limit, active: limit.isActive };
    await this.server.ask("PATCH", `/v2/concurrency_limits/${limitId}`, change);
    return { id, strategy, limit: { ...limit, taken: 0 } };
  }

  /** Makes a run. */
  async create(
    deployment: MirroredDeployment | null,
    state: ProposedState,
    policy: Partial<RunPolicy> = {},
  ): Promise<MirroredRun> {
    const flow = await this.server.ask("POST", "/flows/", { name: "mirrored" }) as { id: string };
    const made = await this.server.ask("POST", "/flow_runs/", {
      flow_id: flow.id,
      state: state as unknown as Json,
      empirical_policy: policy as Json,
      ...(deployment === null ? {} : { deployment_id: deployment.id }),
    }) as { id: string };
    const run: MirroredRun = {
      ...{ id: made.id, deployment, pid: null, runCount: 0, times: NO_TIMES },
      policy: { ...NO_POLICY, ...policy },
      state: {} as State,
    };
    const row = await this.#row(run);
    const moment = this.#moment(row.state);
    const ruled = { ...this.#ruled(run), state: null };
    const decision = propose(ruled, { state, way: "forced", isRenewing: false }, moment);
    this.#take(run, null, decision);
    this.#compareRow(`create ${JSON.stringify(state)}`, run, row);
    return run;
  }

  /** Tells the run of a task. */
  async nameTask(run: MirroredRun): Promise<void> {
    run.pid = "cluster::task";
    await this.server.ask("PATCH", `/flow_runs/${run.id}`, { infrastructure_pid: run.pid });
  }

  /** Ends a lease as its time does. */
  async endLease(run: MirroredRun): Promise<void> {
    const lease = run.state.state_details.deployment_concurrency_lease_id;
    if (lease === null) return;
    await this.server.ask("POST", "/v2/concurrency_limits/decrement-with-lease", { lease_id: lease });
    this.#free(this.#leases.get(lease) ?? null);
    this.#leases.delete(lease);
  }

  /** Proposes a state to both. @returns what both make of it */
  async propose(run: MirroredRun, state: ProposedState, asking: Asking = {}): Promise<Decision> {
    const before = run.state;
    const path = `/flow_runs/${run.id}/set_state`;
    const answered = await this.#send(
      path,
      { state: state as unknown as Json, force: asking.force === true },
      asking,
    );
    return await this.#compare(run, { before, state, asking, shared: null }, answered as unknown as Answered);
  }

  /** Proposes a state for several runs in one request. */
  async proposeToAll(runs: readonly MirroredRun[], state: ProposedState, asking: Asking = {}): Promise<void> {
    const body = {
      flow_runs: { id: { any_: runs.map(({ id }) => id) } },
      state: state as unknown as Json,
      force: asking.force === true,
    };
    const answer = await this.#send("/flow_runs/bulk_set_state", body, asking);
    const results = answer["results"] as unknown as (Answered & { readonly flow_run_id: string })[];
    assert.equal(results.length, runs.length);
    let shared: StateDetails | null = null;
    for (const { flow_run_id, ...answered } of results) {
      const run = runs.find(({ id }) => id === flow_run_id);
      assert.ok(run);
      // The details in these answers are those of the last run; what is stored is in the row.
      const stored = (await this.#row(run)).state;
      const one = { ...answered, state: stored };
      const decision: Decision = await this.#compare(run, { before: run.state, state, asking, shared }, one);
      shared = decision.shared;
    }
    const last = results.filter(({ status }) => status === "ACCEPT").map((one) => one.state?.state_details);
    for (const details of last) assert.deepEqual(details, last.at(-1), "details of the answers are shared");
  }

  async #send(path: string, body: JsonObject, { isRenewing }: Asking): Promise<JsonObject> {
    const agent = isRenewing === true ? { "user-agent": "prefect/3.9.1 (API 0.8.4)" } : {};
    for (let tries = 0;; tries += 1) {
      const answer = await fetch(`${this.server.url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...agent },
        body: JSON.stringify(body),
      });
      const text = await answer.text();
      if (answer.ok) return JSON.parse(text);
      assert.ok(answer.status === 503 && tries < 50, `${path}: ${answer.status} ${text.slice(0, 500)}`);
      await new Promise((resolve) => setTimeout(resolve, 50 * (tries + 1)));
    }
  }

  async #row(run: MirroredRun): Promise<JsonObject & { readonly state: State }> {
    return await this.server.ask("GET", `/flow_runs/${run.id}`) as JsonObject & { readonly state: State };
  }

  async #compare(
    run: MirroredRun,
    { before, state, asking, shared }: {
      readonly before: State;
      readonly state: ProposedState;
      readonly asking: Asking;
      readonly shared: StateDetails | null;
    },
    answered: Answered,
  ): Promise<Decision> {
    const way = asking.force === true ? "forced" : "asked";
    const proposal: Proposal = { state, way, isRenewing: asking.isRenewing === true };
    // A state that stays was set some time ago.
    const set = this.#moment(answered.state);
    const moment = answered.state?.id === before.id ? { ...set, now: new Date().toISOString() } : set;
    const decision = propose(this.#ruled(run), proposal, moment, shared);
    const what = `${before.type}/${before.name} -> ${JSON.stringify(state)} ${way}, deployment ` +
      `${JSON.stringify(run.deployment?.limit ?? null)}, policy ${JSON.stringify(run.policy)}, ` +
      `${run.runCount} times run, details ${JSON.stringify(before.state_details)}`;
    const { status, reason, delaySeconds } = decision;
    assert.deepEqual(
      { status, reason: reason?.text ?? null },
      { status: answered.status, reason: answered.details.reason ?? null },
      what,
    );
    const apartSeconds = Math.abs((delaySeconds ?? 0) - (answered.details.delay_seconds ?? 0));
    assert.ok(apartSeconds * 1000 <= SAME_MS, what);
    assert.equal(decision.isNew, answered.state?.id !== before.id, what);
    this.#take(run, before, decision);
    this.compared += 1;
    if (asking.isBriefly === true) return decision;
    this.#compareRow(what, run, await this.#row(run));
    await this.#compareSlots(what, run);
    return decision;
  }

  /** Moment and ids are the server's own. */
  #moment(state: State | null): Moment {
    const id = state?.id ?? "";
    return {
      now: state?.timestamp ?? new Date().toISOString(),
      ids: {
        state: id,
        lease: state?.state_details.deployment_concurrency_lease_id ?? "no lease",
        pause: `pause of ${id}`,
      },
      isLiving: (lease) => this.#leases.has(lease),
      release: this.release,
      slotWaitSeconds: SLOT_WAIT_SECONDS,
    };
  }

  #ruled({ id, state, policy, runCount, deployment, pid }: MirroredRun): RuledRun {
    return { id, state, policy, runCount, deployment, infrastructurePid: pid, parentTaskRunId: null };
  }

  #take(run: MirroredRun, before: State | null, { state, isNew, policy, runCount, slots }: Decision): void {
    assert.ok(state);
    if (isNew) run.times = timesAfter(run.times, before, state);
    Object.assign(run, { state, policy, runCount });
    for (const change of slots) {
      const { deployment } = run;
      const lease = change.lease;
      if (change.kind === "taken" && deployment !== null) {
        this.#leases.set(change.lease, deployment);
        if (deployment.limit !== null) {
          deployment.limit = { ...deployment.limit, taken: deployment.limit.taken + 1 };
        }
      } else if (change.kind === "freed") this.#free(this.#leases.get(lease ?? "") ?? deployment);
      if ((change.kind === "freed" || change.kind === "forgotten") && lease !== null) {
        this.#leases.delete(lease);
      }
    }
  }

  #free(deployment: MirroredDeployment | null): void {
    if (deployment === null || deployment.limit === null) return;
    deployment.limit = { ...deployment.limit, taken: Math.max(0, deployment.limit.taken - 1) };
  }

  #compareRow(what: string, run: MirroredRun, row: JsonObject & { readonly state: State }): void {
    const { state_details: details, ...state } = run.state;
    const { state_details: served, ...rest } = row.state;
    assert.deepEqual(rest, state, what);
    for (const [name, value] of Object.entries(details)) {
      const other = served[name as keyof StateDetails];
      if (name === "scheduled_time" && value !== null && other !== null) {
        isSame(value, other, `${name}: ${what}`);
      } else assert.deepEqual(other, value, `${name}: ${what}`);
    }
    const policy = row["empirical_policy"] as unknown as RunPolicy;
    assert.deepEqual(
      { ...policyOf(policy), runCount: row["run_count"], keys: policy.pause_keys.length },
      { ...policyOf(run.policy), runCount: run.runCount, keys: run.policy.pause_keys.length },
      what,
    );
    // Older servers tell start and end of a run that ends before it begins in another way.
    const own = this.release === "3.9" ? ["start_time", "end_time"] as const : [];
    for (const name of [...own, "expected_start_time", "next_scheduled_start_time"] as const) {
      isSame(run.times[name], row[name] ?? null, `${name}: ${what}`);
    }
  }

  async #compareSlots(what: string, { deployment }: MirroredRun): Promise<void> {
    if (deployment === null || deployment.limit === null) return;
    const row = await this.server.ask("GET", `/deployments/${deployment.id}`) as JsonObject;
    const { active_slots } = row["global_concurrency_limit"] as { readonly active_slots: number };
    assert.equal(deployment.limit.taken, active_slots, `slots taken: ${what}`);
  }
}

function policyOf({ retries, resuming, retry_type }: RunPolicy): JsonObject {
  return { retries, resuming, retry_type };
}

function isSame(one: Json, other: Json, what: string): void {
  if (one === null || other === null) return assert.equal(other, one, what);
  const apartMs = Math.abs(Date.parse(String(one)) - Date.parse(String(other)));
  assert.ok(apartMs <= SAME_MS, `${what}: ${one} and ${other}`);
}
