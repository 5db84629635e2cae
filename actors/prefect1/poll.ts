/**
 * One poll: the queue, then what a launch needs of the runs that are new.
 *
 * @module
 */

import { BOUNDS } from "../../schemas/bounds/bounds.ts";
import { FailureError, toFailure } from "../../schemas/failure/failure.ts";
import type { MalformedRun } from "../../schemas/flow_run/flow_run.ts";
import { type FlowRun, headerOf } from "../../schemas/prefect1/flow_run.ts";
import { PREFECT1_LINES } from "../../schemas/prefect1/agent_lines.ts";
import { claimOn } from "../../schemas/prefect1/claim_key.ts";
import { parseFlowRun, type RowGlance } from "../../schemas/prefect1/rows.ts";
import { isScheduled } from "../../schemas/prefect1/state.ts";
import { stateVersion } from "../../schemas/prefect1/state_version.ts";
import type { DueRun, Orchestrator } from "../../schemas/contracts/orchestrator.ts";
import type { Prefect1Api } from "./api.ts";
import type { KnownVersions } from "./known_versions.ts";
import { faultText, type UnreadableRow } from "./read_apart.ts";
import { type Timed, untimed } from "../../schemas/contracts/timed.ts";
import { isJsonObject } from "../../schemas/json/json.ts";
import type { Log } from "../../schemas/contracts/log.ts";

/** What polling needs. */
export interface PollOptions {
  readonly api: Prefect1Api;
  readonly log: Log;
  readonly versions: Pick<KnownVersions, "isStale">;
  /** Measures how each row is read. @default nothing is measured */
  readonly timed?: Timed;
}

/** Most ids that the queue answers. @see Prefect Server, get_runs_in_queue */
const QUEUE_SIZE = 25;

/** Most runs of one page; what a queue without bounds gives beyond that comes with the next poll. */
const MAX_FRESH = 200;

/** Makes `poll` of the orchestrator. */
export function makePoll(
  { api, log, versions, timed = untimed }: PollOptions,
): Orchestrator<FlowRun>["poll"] {
  return async (busy, signal) => {
    log("DEBUG", "Querying for ready flow runs...");
    const ids = await named(PREFECT1_LINES.pollFailed, signal, () => api.queue(signal));
    const full = ids.length >= QUEUE_SIZE;
    const fresh = [...new Set(ids)].filter((id) => !busy.has(id) && id.length <= BOUNDS.id.most).slice(
      0,
      MAX_FRESH,
    );
    log("DEBUG", foundLine(ids, fresh));
    if (fresh.length === 0) return { runs: [], malformed: [], full };
    log("DEBUG", `Retrieving metadata for ${fresh.length} flow run(s)...`);
    const { rows, unreadable } = await named(
      (why) => `Failed to query for flow run metadata: ${why}`,
      signal,
      () => api.metadata(fresh, signal),
    );
    const { runs, malformed } = sortOut(rows, new Set(fresh), timed);
    const due = runs.filter((run) => !isStale(run, versions)).map(dueRunOf);
    return { runs: due, malformed: [...malformed, ...unreadable.flatMap(malformedOf)], full };
  };
}

/** The texts of the Python agent, without the ids, which would flood the log. */
function foundLine(ids: readonly string[], fresh: readonly string[]): string {
  if (ids.length === 0) return "No ready flow runs found.";
  const busy = ids.length - fresh.length;
  const note = busy > 0 ? ` (${busy} already being submitted)` : "";
  return `Found ${ids.length} ready flow run(s)${note}`;
}

/** Parses each row on its own and orders the runs by the text of their start time (Q-SORT-TEXT). */
function sortOut(
  rows: readonly unknown[],
  asked: ReadonlySet<string>,
  timed: Timed,
): { readonly runs: readonly FlowRun[]; readonly malformed: readonly MalformedRun[] } {
  const runs = new Map<string, FlowRun>();
  const malformed: MalformedRun[] = [];
  for (const row of rows) {
    const parsed = timed("read", idOf(row), () => parseFlowRun(row));
    if ("malformed" in parsed && isAskedFor(parsed.malformed.id, asked)) malformed.push(parsed.malformed);
    else if ("run" in parsed && asked.has(parsed.run.id)) runs.set(parsed.run.id, parsed.run);
  }
  return { runs: [...runs.values()].sort(byStartTime), malformed };
}

/** For the measurement only: rows are parsed after it. */
function idOf(row: unknown): string {
  return isJsonObject(row) && typeof row["id"] === "string" && row["id"].length <= BOUNDS.id.most
    ? row["id"]
    : "without id";
}

/** A row that is older than what this process has set or read comes from a replica that lags: the next poll brings a newer one. */
function isStale({ id, version, stateType }: FlowRun, versions: PollOptions["versions"]): boolean {
  return versions.isStale({ id, version, type: stateType });
}

/** A run that cannot be read is refused only while it is due: another agent may have claimed it since. */
function malformedOf({ id, glance, fault }: UnreadableRow<RowGlance>): readonly MalformedRun[] {
  if (!isScheduled(glance.type) && glance.type !== "Running") return [];
  const message = `Cannot read flow run ${id} as the Prefect API gave it: ${faultText(fault)}`;
  return [{ id, version: stateVersion(glance.version), message }];
}

/** Whether a row is one of the runs that were requested. A row without an id passes, because it can only be logged. */
function isAskedFor(id: string, asked: ReadonlySet<string>): boolean {
  return id === "" || asked.has(id);
}

function dueRunOf(run: FlowRun): DueRun<FlowRun> {
  return { header: headerOf(run), claim: claimOn(run), run };
}

/** Compares the texts, not the moments. */
function byStartTime(a: FlowRun, b: FlowRun): number {
  return a.startTime < b.startTime ? -1 : a.startTime > b.startTime ? 1 : 0;
}

/** Adds to the failure what was being asked. */
async function named<T>(
  describe: (why: string) => string,
  signal: AbortSignal,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    signal.throwIfAborted();
    const failure = toFailure(thrown);
    throw new FailureError({ ...failure, message: describe(failure.message) }, { cause: thrown });
  }
}
