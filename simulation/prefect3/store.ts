/**
 * What the simulated Prefect 3 server has stored: runs and their states, slots and leases, workers, cleanup messages. States
 * change by the rules of schemas/prefect3/state_rules alone.
 *
 * @module
 */

import type { JsonObject } from "../../schemas/json/json.ts";
import { claimKeyOf } from "../../schemas/prefect3/claim_key.ts";
import { readMarkMessage } from "../../schemas/prefect3/claim_mark.ts";
import {
  cancellingDeadline,
  cancellingTimeout,
} from "../../schemas/prefect3/state_rules/cancelling_timeout.ts";
import { propose } from "../../schemas/prefect3/state_rules/propose.ts";
import { NO_TIMES, type RunTimes, timesAfter } from "../../schemas/prefect3/state_rules/run_times.ts";
import {
  isFinal,
  type ProposedState,
  type State,
  type StateDetails,
} from "../../schemas/prefect3/state_rules/state.ts";
import {
  LATE_SECONDS,
  LEASE_SECONDS,
  SLOT_WAIT_SECONDS,
} from "../../schemas/prefect3/state_rules/server_times.ts";
import {
  type Decision,
  NO_POLICY,
  type Proposal,
  type RuledRun,
  type RunPolicy,
} from "../../schemas/prefect3/state_rules/transition.ts";
import type { Author, ClaimNote } from "../world/history.ts";
import { fault, type World } from "../world/world.ts";
import { makeCleanupQueue } from "./cleanup_queue.ts";
import type { Deployment3, DueRun3, Scenario3 } from "./scenario.ts";

/** A world of Prefect 3. */
export interface World3 extends World {
  readonly scenario: Scenario3;
}

/** A run. */
export interface StoredRun {
  readonly due: DueRun3;
  readonly deployment: Deployment3;
  state: State;
  readonly states: State[];
  policy: RunPolicy;
  runCount: number;
  times: RunTimes;
  pid: string | null;
  labels: JsonObject;
  /** The stock worker has it. */
  isForeign: boolean;
}

/** Who proposes a state. */
export interface Proposer {
  readonly author: Author;
  readonly agent: string | null;
  readonly sentMs: number;
}

/** Hears of every state that is set. */
export type StateListener = (run: StoredRun) => void;

interface Lease {
  readonly deployment: string;
  readonly run: string;
  untilMs: number;
}

/** The store. */
export class Store3 {
  readonly runs = new Map<string, StoredRun>();
  /** By name: when it was last heard of. */
  readonly workers = new Map<string, number>();
  readonly listeners = new Set<StateListener>();
  readonly cleanups: ReturnType<typeof makeCleanupQueue>;
  readonly #slots = new Map<string, number>();
  readonly #leases = new Map<string, Lease>();
  #ids = 0;

  constructor(readonly world: World3) {
    this.cleanups = makeCleanupQueue(world, () => this.newId());
    for (const [at, due] of world.scenario.due.entries()) {
      const deployment = world.scenario.deployments[due.deployment];
      if (deployment === undefined) continue;
      // Half of the runs are scheduled long before, half are due as soon as they are made.
      if (at % 2 === 0) this.#create(due, deployment);
      else world.time.after(due.dueMs, () => this.#create(due, deployment));
    }
  }

  /** An id that nobody has. */
  newId(): string {
    this.#ids += 1;
    return `11111111-0000-4000-8000-${String(this.#ids).padStart(12, "0")}`;
  }

  /** The server's moment. */
  now(): string {
    return new Date(this.world.time.now()).toISOString();
  }

  /** Proposes a state of a run, with the details that earlier runs of the request have left. */
  propose(run: StoredRun, proposal: Proposal, by: Proposer, shared: StateDetails | null = null): Decision {
    const before = run.state;
    const decision = propose(this.#ruled(run), proposal, this.#moment(), shared);
    const { state, isNew, policy, runCount } = decision;
    Object.assign(run, { policy, runCount });
    this.#change(run, decision);
    if (isNew && state !== null) this.#set(run, state, before, by);
    return decision;
  }

  /** A state that is proposed by the rules. */
  ask(run: StoredRun, state: ProposedState, by: Partial<Proposer> & Pick<Proposer, "author">): Decision {
    const proposer = { agent: null, sentMs: this.world.time.now(), ...by };
    return this.propose(run, { state, way: "asked", isRenewing: true }, proposer);
  }

  /** A flow that runs renews the lease of its slot. */
  renew(run: StoredRun): void {
    const lease = run.state.state_details.deployment_concurrency_lease_id;
    if (lease !== null) this.#lease(lease);
  }

  #create(due: DueRun3, deployment: Deployment3): void {
    const { startMs } = this.world;
    const scheduled_time = new Date(startMs + due.dueMs).toISOString();
    const isRetrying = due.fate === "retries" || due.fate === "diesRetrying";
    const policy: RunPolicy = { ...NO_POLICY, ...(isRetrying ? { retries: 1, retry_delay: 20 } : {}) };
    const first: Proposal = {
      state: { type: "SCHEDULED", state_details: { scheduled_time } },
      way: "forced",
      isRenewing: false,
    };
    const none = { id: due.id, state: null, policy, runCount: 0, deployment: null };
    const { state } = propose(
      { ...none, infrastructurePid: null, parentTaskRunId: null },
      first,
      this.#moment(),
    );
    if (state === null) return;
    const run: StoredRun = {
      ...{
        due,
        deployment,
        state,
        states: [state],
        policy,
        runCount: 0,
        pid: null,
        labels: {},
        isForeign: false,
      },
      times: timesAfter(NO_TIMES, null, state),
    };
    this.runs.set(due.id, run);
    const now = this.world.time.now();
    this.world.history.add({
      ...{
        what: "state",
        run: due.id,
        author: "server",
        agent: null,
        sentMs: now,
        expected: null,
        claim: null,
      },
      ...{ from: "", to: state.type, version: 1, message: "", name: state.name, right: rightOf(run) },
    });
    this.#tell(run);
    this.#markLate(run);
  }

  #set(run: StoredRun, state: State, before: State, by: Proposer): void {
    run.state = state;
    run.states.push(state);
    run.times = timesAfter(run.times, before, state);
    const { author, agent, sentMs } = by;
    if (state.type === "SCHEDULED") run.isForeign = false;
    else if (author === "foreign") run.isForeign = true;
    this.world.history.add({
      ...{ what: "state", run: run.due.id, author, agent, sentMs, expected: null },
      ...{ from: before.type, to: state.type, version: run.states.length, message: state.message ?? "" },
      ...{ name: state.name, right: rightOf(run) },
      claim: author === "agent" && state.type === "PENDING" ? claimNoteOf(run) : null,
    });
    this.#tell(run);
    this.#markLate(run);
    this.#watchCancelling(run);
  }

  #tell(run: StoredRun): void {
    for (const listener of this.listeners) listener(run);
  }

  #markLate(run: StoredRun): void {
    const { state } = run;
    if (state.type !== "SCHEDULED" || state.name !== "Scheduled") return;
    const lateMs = Date.parse(state.state_details.scheduled_time ?? state.timestamp) + LATE_SECONDS * 1000;
    this.world.time.after(lateMs - this.world.time.now(), () => {
      if (run.state !== state) return;
      const { scheduled_time } = state.state_details;
      const late: ProposedState = { type: "SCHEDULED", name: "Late", state_details: { scheduled_time } };
      const by = { author: "server", agent: null, sentMs: this.world.time.now() } as const;
      this.propose(run, { state: late, way: "lateness", isRenewing: false }, by);
    });
  }

  #watchCancelling(run: StoredRun): void {
    const { state } = run;
    const timeoutSeconds = this.world.scenario.cancellingTimeoutMs / 1000;
    const deadline = cancellingDeadline(state, timeoutSeconds);
    if (deadline === null) return;
    this.world.time.after(Date.parse(deadline) - this.world.time.now(), () => {
      const proposal = cancellingTimeout(run.state, { stateId: state.id, now: this.now(), timeoutSeconds });
      if (proposal === null) return;
      const { status } = this.propose(run, proposal, {
        ...{ author: "server", agent: null, sentMs: this.world.time.now() },
      });
      if (status !== "ACCEPT") return;
      fault(this.world, "cancellingTimeout", run.due.id);
      this.cleanups.put(run.due.id, run.pid);
    });
  }

  #moment() {
    return {
      now: this.now(),
      ids: { state: this.newId(), lease: this.newId(), pause: this.newId() },
      isLiving: (lease: string) => this.#leases.has(lease),
      release: this.world.scenario.release,
      slotWaitSeconds: SLOT_WAIT_SECONDS,
    };
  }

  #ruled({ due, state, policy, runCount, deployment, pid }: StoredRun): RuledRun {
    const { limit, strategy, id } = deployment;
    const slots = limit === null ? null : { limit, isActive: true, taken: this.#slots.get(id) ?? 0 };
    return {
      ...{ id: due.id, state, policy, runCount, infrastructurePid: pid, parentTaskRunId: null },
      deployment: { limit: slots, strategy },
    };
  }

  #change(run: StoredRun, { slots }: Decision): void {
    for (const change of slots) {
      if (change.kind === "taken") this.#take(change.lease, run);
      else if (change.kind === "renewed") this.#lease(change.lease);
      else if (change.kind === "freed") this.#free(change.lease, run.deployment.id);
      else this.#leases.delete(change.lease);
    }
  }

  #take(lease: string, run: StoredRun): void {
    const { id } = run.deployment;
    this.#slots.set(id, (this.#slots.get(id) ?? 0) + 1);
    this.#leases.set(lease, { deployment: id, run: run.due.id, untilMs: 0 });
    this.#lease(lease);
  }

  /** The lease lasts its whole time again. */
  #lease(id: string): void {
    const { time } = this.world;
    const lease = this.#leases.get(id);
    if (lease === undefined) return;
    lease.untilMs = time.now() + LEASE_SECONDS * 1000;
    time.after(LEASE_SECONDS * 1000, () => {
      if (this.#leases.get(id) !== lease || lease.untilMs > time.now()) return;
      fault(this.world, "leaseEnded", lease.run);
      this.#free(id, lease.deployment);
    });
  }

  #free(lease: string | null, otherwise: string): void {
    const deployment = this.#leases.get(lease ?? "")?.deployment ?? otherwise;
    if (lease !== null) this.#leases.delete(lease);
    this.#slots.set(deployment, Math.max(0, (this.#slots.get(deployment) ?? 0) - 1));
  }
}

/** The right to launch that a run is at: the moment of its newest SCHEDULED state. */
function rightOf({ states }: Pick<StoredRun, "states">): string {
  const scheduled = states.findLast(({ type }) => type === "SCHEDULED");
  return claimKeyOf(scheduled?.state_details.scheduled_time ?? null);
}

function claimNoteOf(run: StoredRun): ClaimNote | null {
  const mark = readMarkMessage(run.state.message);
  return mark === null ? null : { agent: mark.worker, cluster: mark.scope, claim: rightOf(run) };
}

/** Whether a run that had ended has another end now, although nobody has scheduled it anew. */
export function isUndone({ states, state }: Pick<StoredRun, "states" | "state">): boolean {
  const since = states.slice(states.findLastIndex(({ type }) => type === "SCHEDULED") + 1);
  const end = since.find(isFinal);
  return end !== undefined && isFinal(state) && end.type !== state.type;
}

/** Whether nothing more becomes of a run. */
export function isOver3({ state }: StoredRun): boolean {
  return isFinal(state);
}
