/**
 * The Prefect 3 API as an {@link Orchestrator}.
 *
 * @module
 */

import {
  NO_HOLDS,
  type Orchestrator,
  type Push,
  type RunState,
} from "../../schemas/contracts/orchestrator.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Timed } from "../../schemas/contracts/timed.ts";
import { type FlowRun, headerOf } from "../../schemas/prefect3/flow_run.ts";
import { isLater, runStateOf } from "../../schemas/prefect3/run_state.ts";
import type { WorkerSettings } from "../../schemas/prefect3/settings/worker_settings.ts";
import { WORKER_LINES } from "../../schemas/prefect3/worker_lines.ts";
import type { Redactor } from "../../schemas/secrets/redact.ts";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import { type Ask, batch } from "../time/batch.ts";
import { type AfterClaim, makeAfterClaim } from "./after_claim.ts";
import type { Api } from "./api.ts";
import { readMarkMessage } from "../../schemas/prefect3/claim_mark.ts";
import { makeClaimKeys } from "./claim_keys.ts";
import { makeClaims } from "./claims.ts";
import { type RestoreEnd, restoreEnd } from "./end_run.ts";
import { hold, skip } from "./hold.ts";
import { makeKnownRuns } from "./known_runs.ts";
import { makeOutbox } from "./requests/outbox.ts";
import { makePoll } from "./poll.ts";
import { makeDetails } from "./run_details.ts";
import { readRun, readRuns } from "./read_runs.ts";
import { makeFindClaims } from "./recovery.ts";
import type { RunRow } from "../../schemas/prefect3/rows.ts";
import { makeReports } from "./reports.ts";
import type { RunLogs } from "./run_logs.ts";
import type { Emitter } from "./sockets/emitter.ts";
import type { Presence } from "./sockets/presence.ts";
import type { Wakes } from "./sockets/wakes.ts";

/** What the dialect is made from. */
export interface Prefect3Deps {
  readonly settings: Pick<WorkerSettings, "name" | "prefetchMs" | "events" | "cancels">;
  readonly api: Api;
  readonly presence: Presence;
  readonly wakes: Wakes;
  readonly emitter: Emitter;
  readonly logs: RunLogs;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly redact: Pick<Redactor, "text">;
  readonly timed: Timed;
}

/** Reads of one moment travel together. */
const READ_WINDOW_MS = 5;
const READ_AT_ONCE = 2;
const MOST_READ = 200;

/** Makes it; nothing is sent yet. */
export function prefect3(deps: Prefect3Deps): Orchestrator<FlowRun> {
  const parts = makeParts(deps);
  const afterClaim = makeAfterClaim(parts);
  const reports = makeReports({ ...parts, settled: afterClaim.settle });
  const pushes = makePushes(deps);
  return {
    ...NO_HOLDS,
    ...claiming(parts, afterClaim, pushes),
    ...reading(parts),
    ...reports,
    start: async (signal) => {
      const { api, presence, emitter, settings: { name } } = deps;
      api.introduce({ name, id: null });
      const pool = await presence.start(signal);
      const id = presence.workerId();
      api.introduce({ name, id });
      emitter.started(pool);
      pushes.begin(pool.id);
      return { tenantId: null, agentId: id };
    },
    pushed: pushes.pushed,
    delegatesToOtherJob: () => false,
    log: (runId, level, message) => {
      deps.logs.write({ runId, level, message: deps.redact.text(message) });
      return Promise.resolve();
    },
    end: async (signal) => {
      pushes.end();
      await parts.outbox.end(signal);
      parts.end();
      await Promise.all([deps.logs.end(signal), deps.emitter.end(signal), deps.presence.end(signal)]);
      deps.api.close();
    },
    lines: WORKER_LINES,
  };
}

type Members<Name extends keyof Orchestrator> = Pick<Orchestrator<FlowRun>, Name>;

/** What the members share. */
function makeParts(deps: Prefect3Deps) {
  const { api, settings, clock, log, presence } = deps;
  const own = { worker: settings.name, process: crypto.randomUUID().slice(0, 8) };
  const known = makeKnownRuns();
  const life = new AbortController();
  const withDetails = makeDetails({ api, log });
  const outbox = makeOutbox(deps);
  const { keyOfClaim, pendingClaim } = makeClaimKeys({ api, known, ...own });
  const restore: RestoreEnd = (runId, end) => {
    // The outbox tells what the API refuses.
    restoreEnd(runId, end, { ...deps, outbox }, life.signal).catch(() => undefined);
  };
  const readRow = rowReader(api, clock);
  const readState = async (id: string, signal: AbortSignal): Promise<RunState | null> => {
    const row = await readRow(id, signal);
    if (row === null) return null;
    // A claim that this process made before belongs to an earlier launch from then on.
    const kept = known.get(id);
    if (row.stateType === "SCHEDULED" && !row.isInProcess && kept !== undefined) {
      known.keep({ ...kept, claim: null });
    }
    const isClaimed = row.stateType === "PENDING" && readMarkMessage(row.message) !== null;
    return runStateOf(row, isClaimed ? await keyOfClaim(row, signal) : null);
  };
  const findRun: Orchestrator<FlowRun>["findRun"] = async (runId, signal) => {
    const row = await readRun(api, runId, signal);
    const pool = presence.pool();
    if (row === null || pool === null) return null;
    const [run] = await withDetails([row], pool, signal);
    return run === undefined || run.deployment === "gone" ? null : { header: headerOf(run), run };
  };
  return {
    ...deps,
    ...own,
    ...{ known, outbox, withDetails, keyOfClaim, pendingClaim, restore, readRow, readState, findRun },
    assumed: new Map<string, string>(),
    life: life.signal,
    end: () => life.abort(),
  };
}

type Parts = ReturnType<typeof makeParts>;

function reading(
  { readState, findRun }: Parts,
): Members<"read" | "readByKey" | "isWaiting" | "hasLaterClaim" | "findRun"> {
  return {
    read: async (ids, signal) => {
      const states = await Promise.all(ids.map((id) => readState(id, signal)));
      return states.filter((state) => state !== null);
    },
    readByKey: readState,
    isWaiting: async (runId, signal) => (await readState(runId, signal))?.paused === true,
    hasLaterClaim: async ({ id, claim }, signal) => {
      const state = await readState(id, signal);
      return state !== null && isLater(state.marker, claim.key);
    },
    findRun,
  };
}

function claiming(
  parts: Parts,
  afterClaim: AfterClaim,
  { tell }: Pick<ReturnType<typeof makePushes>, "tell">,
): Members<"poll" | "claim" | "endClaims" | "findClaims" | "hold" | "skip"> {
  const { known, outbox, settings: { prefetchMs, cancels } } = parts;
  const tellCancel = cancels ? (runId: string) => tell({ type: "cancel.requested", runId }) : null;
  const poll = makePoll({ ...parts, prefetchMs });
  const claims = makeClaims(parts);
  const findClaims = makeFindClaims(parts);
  return {
    poll: async (busy, signal) => {
      known.prune(busy);
      claims.newPage();
      const page = await poll(busy, signal);
      for (const { run } of page.runs) known.keep({ run, claim: null });
      return page;
    },
    claim: async (run, claim, signal) => {
      // It is due again: the task of its earlier launch is over.
      outbox.drop(run.id);
      const result = await claims.claim(run, claim, signal);
      if (result.outcome !== "claimed") return result;
      known.keep({ run, claim: claim.key });
      afterClaim.tell(run, claim, parts.life);
      return result;
    },
    endClaims: claims.end,
    findClaims: async (owner, signal) => {
      const found = await findClaims(owner, signal);
      for (const { run, claim } of found) known.keep({ run, claim: claim.key });
      return found;
    },
    hold: (wanted, signal) => hold(wanted, { ...parts, tellCancel }, signal),
    skip: (wanted, signal) => skip(wanted, { ...parts, settled: afterClaim.settle }, signal),
  };
}

/** Rows of runs; those asked for at the same time are read with one request. Null: the API does not know the run. */
function rowReader(api: Pick<Api, "send">, clock: Clock): Ask<string, RunRow | null> {
  return batch<string, RunRow | null>({
    clock,
    windowMs: READ_WINDOW_MS,
    maxItems: MOST_READ,
    maxInFlight: READ_AT_ONCE,
    send: async (ids, signal) => {
      const rows = new Map((await readRuns(api, [...new Set(ids)], signal)).map((row) => [row.id, row]));
      return ids.map((id) => ({ value: rows.get(id) ?? null }));
    },
  });
}

/** What the channel and the events push; events are listened to once the id of the pool is known. */
function makePushes({ presence, wakes, settings }: Prefect3Deps) {
  const listeners = new Set<(push: Push) => void>();
  let stop: () => void = () => undefined;
  const tell = (push: Push): void => listeners.forEach((listener) => listener(push));
  const leave = presence.pushed(tell);
  return {
    tell,
    pushed: (listener: (push: Push) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    begin: (poolId: string) => {
      stop();
      if (settings.events) stop = wakes.listen(poolId, tell);
    },
    end: () => {
      stop();
      leave();
    },
  };
}
