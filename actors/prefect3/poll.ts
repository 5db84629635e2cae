/**
 * Asks a work pool for due runs.
 *
 * @module
 */

import type { DueRun, Page } from "../../schemas/contracts/orchestrator.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import { isJsonObject, type Json } from "../../schemas/json/json.ts";
import { withNumbers } from "../../schemas/json/number_source.ts";
import { claimKeyOf } from "../../schemas/prefect3/claim_key.ts";
import { type FlowRun, headerOf, type WorkPool } from "../../schemas/prefect3/flow_run.ts";
import { readRunRow, type RunRow } from "../../schemas/prefect3/rows.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import type { Timed } from "../../schemas/contracts/timed.ts";
import type { Api, ApiRequest } from "./api.ts";
import type { WithDetails } from "./run_details.ts";
import type { Presence } from "./sockets/presence.ts";

/** What polling needs. */
export interface PollDeps {
  readonly api: Pick<Api, "send">;
  readonly presence: Pick<Presence, "pool" | "queues">;
  /** Runs that are due within this time are found, in milliseconds. */
  readonly prefetchMs: number;
  readonly withDetails: WithDetails;
  readonly clock: Clock;
  readonly log: Log;
  readonly timed: Timed;
}

/** The API answers at most so many rows. */
const MOST_ROWS = 200;

/** Unreadable rows that are remembered, so that each is told once. */
const REMEMBERED = 10_000;

/** Asks once. @throws {FailureError} of the API */
export type Poll = (busy: ReadonlySet<string>, signal: AbortSignal) => Promise<Page<FlowRun>>;

const NOTHING: Page<FlowRun> = { runs: [], malformed: [], full: false };

/** Makes the poll. */
export function makePoll(deps: PollDeps): Poll {
  const told = new Set<string>();
  return async (busy, signal) => {
    const pool = deps.presence.pool();
    const queues = deps.presence.queues();
    if (pool === null || queues?.length === 0) return NOTHING;
    const askedMs = deps.clock.now();
    const values = await scheduled(pool, queues ?? [], deps, signal);
    const rows = values.flatMap((value) => readRow(value, { deps, told })).filter(({ id }) => !busy.has(id));
    if (rows.length === 0) return NOTHING;
    const runs = await deps.withDetails(rows, pool, signal);
    return {
      runs: runs.map((run) => dueRun({ ...run, askedMs })),
      malformed: [],
      full: values.length >= MOST_ROWS,
    };
  };
}

/** With a prefetch a run is launched when it is found, before its time as well; without one the API offers none before. */
function dueRun(run: FlowRun): DueRun<FlowRun> {
  const claim = { key: claimKeyOf(run.scheduledTime), isLate: false };
  return { header: headerOf(run), claim, run, isWantedNow: true };
}

/** A queue that does not exist makes the API refuse the whole request: then each is asked apart. */
async function scheduled(
  pool: WorkPool,
  queues: readonly string[],
  deps: PollDeps,
  signal: AbortSignal,
): Promise<readonly Json[]> {
  const { status, body, text } = await deps.api.send(pollRequest(pool, queues, deps), signal);
  if (status !== 404) return rowsIn(body, text);
  if (queues.length < 2) return [];
  const answers = await Promise.all(queues.map((queue) => scheduled(pool, [queue], deps, signal)));
  return answers.flat().slice(0, MOST_ROWS);
}

/** Rows; where one has job variables, numbers are remembered as they were written. */
function rowsIn(body: Json, text: string): readonly Json[] {
  if (!Array.isArray(body)) return [];
  const hasVariables = body.some((row) => {
    const run = isJsonObject(row) ? row["flow_run"] : null;
    const variables = isJsonObject(run) ? run["job_variables"] : null;
    return isJsonObject(variables) && Object.keys(variables).length > 0;
  });
  const rows = hasVariables ? withNumbers(body, text) : body;
  return Array.isArray(rows) ? rows : [];
}

function pollRequest(
  { name }: WorkPool,
  queues: readonly string[],
  { clock, prefetchMs }: PollDeps,
): ApiRequest {
  return {
    method: "POST",
    path: ["work_pools", name, "get_scheduled_flow_runs"],
    route: "POST /work_pools/{name}/get_scheduled_flow_runs",
    body: {
      work_queue_names: [...queues],
      scheduled_before: new Date(clock.now() + prefetchMs).toISOString(),
    },
    accept: [404],
  };
}

interface Reading {
  readonly deps: PollDeps;
  /** Rows whose fault was told. */
  readonly told: Set<string>;
}

/** One unreadable row is one line, and holds back no other. */
function readRow(value: Json, { deps: { log, timed }, told }: Reading): readonly RunRow[] {
  const inner = isJsonObject(value) ? value["flow_run"] ?? null : null;
  const id = isJsonObject(inner) && typeof inner["id"] === "string" ? inner["id"] : "";
  const read = timed("read", id, () => readRunRow(inner));
  if ("row" in read) return [read.row];
  if (!told.has(read.id) && told.size < REMEMBERED) {
    told.add(read.id);
    const run = read.id === "" ? "A row without an id" : `Flow run ${read.id}`;
    log("ERROR", `${run} cannot be read and is left alone: ${read.problem}`, {
      runId: read.id === "" ? null : read.id,
    });
  }
  return [];
}
