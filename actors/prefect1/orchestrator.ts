/**
 * The Prefect 1 API (Cloud 1.x and Server) as an {@link Orchestrator}.
 *
 * @module
 */

import type { Clock, Random } from "../../schemas/time/clock.ts";
import { type Claim, type ClaimMarker, isSameOwner } from "../../schemas/flow_run/flow_run.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import type { ReadState } from "../../schemas/prefect1/rows.ts";
import { PREFECT1_LINES } from "../../schemas/prefect1/agent_lines.ts";
import { PREFECT1_HOLD_RULES } from "../../schemas/prefect1/hold_rules.ts";
import { claimKeyOf } from "../../schemas/prefect1/claim_key.ts";
import { delegatesToOtherJob } from "../../schemas/prefect1/legacy_environment.ts";
import { endOf, isScheduled } from "../../schemas/prefect1/state.ts";
import { stateVersion } from "../../schemas/prefect1/state_version.ts";
import { type Ask, batch } from "../time/batch.ts";
import { type ClientOptions, makeClient } from "./client.ts";
import {
  type ClaimResult,
  NOTHING_KEPT,
  type Orchestrator,
  type RunState,
} from "../../schemas/contracts/orchestrator.ts";
import { makePrefect1Api, type Prefect1Api, type Session } from "./api.ts";
import { type ClaimTarget, makeClaims } from "./claims.ts";
import { makeHold } from "./hold.ts";
import { type KnownVersions, makeKnownVersions } from "./known_versions.ts";
import { makePoll } from "./poll.ts";
import { makeFindClaims } from "./recovery.ts";
import { makeReports } from "./reports.ts";
import { makeStart } from "./start.ts";
import { type Timed, untimed } from "../../schemas/contracts/timed.ts";
import type { Log } from "../../schemas/contracts/log.ts";

/** What the orchestrator is made of; its random numbers also name this process in its claims. */
export interface Prefect1Options extends ClientOptions {
  /** What it registers as. */
  readonly agentType: string;
  /** Measures how the rows of runs are read. @default nothing is measured */
  readonly timed?: Timed;
}

/** Reads are gathered like claims. */
const READ_WINDOW_MS = 2;

/** Most runs in one read. */
const MAX_READ_IDS = 100;

/**
 * Makes the orchestrator.
 *
 * @throws {FailureError} `configuration` for a key or token that cannot travel in a header
 */
export function prefect1(options: Prefect1Options): Orchestrator<FlowRun> {
  const { settings, clock, coreVersion, log, random, redact, timed = untimed } = options;
  const session: Session = { tenantId: undefined, agentId: null };
  const graphql = makeClient(options, session);
  const versions = makeKnownVersions();
  const api = freshOf(
    makePrefect1Api({ graphql, session, clock, name: settings.name, labels: settings.labels }),
    versions,
  );
  const own: { marker: ClaimMarker | null } = { marker: null };
  const readRun = makeReadRun(api.readFlowRuns, clock);
  const readKey = makeReadRun(api.readFlowRunsByKey, clock);
  const by = nameOf(random);
  const claim = makeClaim({ api, clock, coreVersion, by, log, versions });
  const reports = makeReports({
    api,
    clock,
    coreVersion,
    log,
    readRun,
    by,
    redact,
    isOwn: (marker) => isSameAgent(marker, own.marker, settings.name),
  });
  return {
    start: makeStart({ graphql, session, settings, agentType: options.agentType, log }),
    // Prefect 1 has no channel: cancelled runs are found by reading them.
    pushed: () => () => undefined,
    ...NOTHING_KEPT,
    poll: makePoll({ api, log, versions, timed }),
    claim: (run, wanted, signal) => {
      own.marker = wanted.marker;
      return claim(run, wanted, signal);
    },
    ...reports,
    delegatesToOtherJob: ({ flow }) => delegatesToOtherJob(flow),
    findClaims: makeFindClaims({ api, log, by, versions }),
    hold: makeHold({ api, clock, coreVersion, by, readRun, versions }),
    holdRules: PREFECT1_HOLD_RULES,
    // A claim's state keeps the numbers of no tokens: the present token stays the only one.
    skip: () => Promise.resolve(false),
    lines: PREFECT1_LINES,
    isWaiting: api.hasWaitingTaskRuns,
    hasLaterClaim: ({ id, claim }, signal) => api.hasLaterClaim({ id, claim: claim.key }, signal),
    readByKey: async (id, signal) => {
      const row = await readKey(id, signal);
      return row === undefined ? null : stateOf(row);
    },
    read: async (ids, signal) => {
      const rows = ids.length > 1 ? await readMany(ids, api, signal) : [await readOne(ids, readRun, signal)];
      return rows.flatMap((row) => row === undefined ? [] : [stateOf(row)]);
    },
  };
}

/** The API without rows that are older than what this process has set or read. */
function freshOf(api: Prefect1Api, { isStale }: KnownVersions): Prefect1Api {
  return {
    ...api,
    readFlowRuns: async (ids, signal) => (await api.readFlowRuns(ids, signal)).filter((row) => !isStale(row)),
    readFlowRunsByKey: async (ids, signal) =>
      (await api.readFlowRunsByKey(ids, signal)).filter((row) => !isStale(row)),
  };
}

/** A name for this process that a replica does not share. */
function nameOf(random: Random): string {
  const part = () => Math.floor(random() * 2 ** 32).toString(16).padStart(8, "0");
  return part() + part();
}

/** Whether a marker was left by an agent like this one, in this or an earlier process. */
function isSameAgent(marker: ClaimMarker, own: ClaimMarker | null, name: string): boolean {
  return own === null ? marker.agent === name : isSameOwner(marker, own);
}

/** One reader for settling, failing and watching: reads at the same time share one query. */
function makeReadRun(
  read: Prefect1Api["readFlowRuns"],
  clock: Clock,
): Ask<string, ReadState | undefined> {
  return batch<string, ReadState | undefined>({
    clock,
    windowMs: READ_WINDOW_MS,
    maxItems: MAX_READ_IDS,
    maxInFlight: 4,
    send: async (ids, signal) => {
      const rows = await read([...new Set(ids)], signal);
      const byId = new Map(rows.map((row) => [row.id, row]));
      return ids.map((id) => ({ value: byId.get(id) }));
    },
  });
}

/** A list is a batch already. */
async function readMany(
  ids: readonly string[],
  api: Prefect1Api,
  signal: AbortSignal,
): Promise<readonly ReadState[]> {
  const count = Math.ceil(ids.length / MAX_READ_IDS);
  const parts = Array.from(
    { length: count },
    (_, at) => ids.slice(at * MAX_READ_IDS, (at + 1) * MAX_READ_IDS),
  );
  return (await Promise.all(parts.map((part) => api.readFlowRuns(part, signal)))).flat();
}

async function readOne(
  [id]: readonly string[],
  readRun: Ask<string, ReadState | undefined>,
  signal: AbortSignal,
): Promise<ReadState | undefined> {
  return id === undefined ? undefined : await readRun(id, signal);
}

function stateOf({ id, version, type, finished, stored, own, isGlance }: ReadState): RunState {
  const running = type === "Running" || type === "Cancelling";
  // Of a flow that runs only a task run which is still Submitted shows such a claim.
  const isLate = running && stored !== null && claimKeyOf(stored.marker.claim).isLate;
  return {
    id,
    version: stateVersion(version),
    type,
    finished,
    end: endOf(type),
    // It counts as given up only where the claim is known to be another agent's.
    claimed: type === "Submitted" && !isGlance,
    scheduled: isScheduled(type),
    queued: type === "Queued",
    running,
    ...(isLate ? { claimedLate: true } : {}),
    cancelling: type === "Cancelling",
    cancelled: type === "Cancelled",
    // A claim without a marker is not the one that an earlier state tells of.
    marker: (type === "Submitted" ? own : stored)?.marker ?? null,
  };
}

/** What the two kinds of claims have in common. */
interface ClaimPort {
  readonly api: Prefect1Api;
  readonly clock: Clock;
  readonly coreVersion: string;
  readonly by: string;
  readonly log: Log;
  readonly versions: Pick<KnownVersions, "claimed">;
}

type ClaimTask = Ask<ClaimTarget, ClaimResult>;

/**
 * A Scheduled run is claimed by its own state, a Running one by those of its due task runs.
 *
 * @see recorded: agent-run-success n=5 (flow run), agent-long-retry (task run); note the full stop in the second message
 */
function makeClaim({ api, log, versions, ...common }: ClaimPort): Orchestrator<FlowRun>["claim"] {
  const claimRun = makeClaims({
    ...common,
    message: "Submitted for execution",
    set: api.setFlowRunStates,
    read: api.readFlowRuns,
  });
  const claimTask = makeClaims({
    ...common,
    message: "Submitted for execution.",
    set: api.setTaskRunStates,
    read: api.readTaskRuns,
  });
  return async (run, claim, signal) => {
    if (run.stateType === "Running") return await claimDueTasks(run, claim, { claimTask, signal });
    if (!isScheduled(run.stateType)) return { outcome: "lost", why: `it is ${run.stateType}, not scheduled` };
    const { id, version, state } = run;
    const result = await claimRun({ id, version, state, claim }, signal);
    if (result.outcome === "claimed") versions.claimed(id, version);
    if (result.outcome === "claimed" && run.dueTaskRuns.length > 0) {
      await claimAlong(run, claim, { claimTask, log, signal });
    }
    return result;
  };
}

interface TaskClaims {
  readonly claimTask: ClaimTask;
  readonly signal: AbortSignal;
}

/** A running flow belongs to the agent that gets the first of its due task runs: all agents see them in the same order. */
async function claimDueTasks(run: FlowRun, claim: Claim, claims: TaskClaims): Promise<ClaimResult> {
  const [first] = await claimEach(run, claim, claims);
  if (first === undefined) return { outcome: "lost", why: "none of its task runs is due any more" };
  if (first.status === "rejected") throw first.reason;
  return first.value;
}

/** Claims are made at once, so that they share one mutation. */
function claimEach(run: FlowRun, claim: Claim, { claimTask, signal }: TaskClaims) {
  const due = [...run.dueTaskRuns].sort((a, b) => a.id < b.id ? -1 : 1);
  return Promise.allSettled(
    due.map(({ id, version, state }) => claimTask({ id, version, state, claim }, signal)),
  );
}

/** This agent already has the flow run: the outcome for its other task runs changes nothing, the flow handles them itself. */
async function claimAlong(
  run: FlowRun,
  claim: Claim,
  { log, ...claims }: TaskClaims & Pick<ClaimPort, "log">,
): Promise<void> {
  const results = await claimEach(run, claim, claims);
  const open = results.filter((one) => one.status === "rejected" || one.value.outcome === "lost").length;
  if (open > 0) {
    log("DEBUG", `${open} of ${results.length} due task runs of flow run ${run.id} could not be claimed`, {
      runId: run.id,
    });
  }
}
