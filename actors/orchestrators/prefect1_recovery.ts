/**
 * Finding the claims that an earlier process of this agent, or a replica of it, has left unfinished.
 *
 * @module
 */

import { toFailure } from "../../schemas/failure.ts";
import type { ClaimMarker } from "../../schemas/flow_run.ts";
import { isJsonObject } from "../../schemas/json.ts";
import { type MarkedRun, parseMarkedRun } from "../../schemas/prefect1_flow_run.ts";
import type { Log } from "../log.ts";
import type { Recovery, UnfinishedClaim } from "../orchestrator.ts";
import type { Prefect1Api } from "./prefect1_api.ts";

/** What finding claims needs. */
export interface RecoveryOptions {
  readonly api: Prefect1Api;
  readonly log: Log;
}

/** Rows of one page; a page short of it is the last. */
const PAGE_SIZE = 200;

/**
 * Makes `findClaims`: what it finds carries everything a launch needs, so that a claim can be resumed at once. Replicas of
 * this agent share its marker and find the same claims; client tokens keep them from starting a task twice.
 */
export function makeFindClaims(options: RecoveryOptions): Recovery["findClaims"] {
  const askPage = makeAskPage(options);
  return async (wanted, signal) => {
    const found: UnfinishedClaim[] = [];
    let after: string | null = null;
    do {
      const rows: readonly unknown[] = await askPage(
        { agent: wanted.agent, after, limit: PAGE_SIZE },
        signal,
      );
      found.push(...rows.flatMap((row) => claimsIn(row, wanted)));
      after = rows.length < PAGE_SIZE ? null : idOf(rows.at(-1));
    } while (after !== null);
    return found;
  };
}

/** Asks for the claims of agents of this name, or of all agents where the API knows no such relation. */
function makeAskPage({ api, log }: RecoveryOptions): Prefect1Api["claimedRuns"] {
  let isRelated = true;
  return async (page, signal) => {
    if (!isRelated) return await api.claimedRuns({ ...page, agent: null }, signal);
    try {
      return await api.claimedRuns(page, signal);
    } catch (thrown) {
      const failure = toFailure(thrown);
      if (failure.tag !== "apiError") throw thrown;
      // An API that does not relate runs to agents: the markers alone must tell.
      isRelated = false;
      log("DEBUG", `Looking through the claims of all agents: ${failure.message}`);
      return await api.claimedRuns({ ...page, agent: null }, signal);
    }
  };
}

/** Rows that cannot be read are passed over: nothing can be resumed from them. */
function claimsIn(row: unknown, wanted: Omit<ClaimMarker, "claim">): readonly UnfinishedClaim[] {
  const marked = parseMarkedRun(row);
  return marked === null || !isOurs(marked.marker, wanted) ? [] : [unfinishedClaimOf(marked)];
}

function isOurs(marker: ClaimMarker, { agent, region, cluster }: Omit<ClaimMarker, "claim">): boolean {
  return marker.agent === agent && marker.region === region && marker.cluster === cluster;
}

function unfinishedClaimOf({ run, marker, untouched, sinceMs }: MarkedRun): UnfinishedClaim {
  return { run, claim: { key: marker.claim, marker }, phase: untouched ? "submitted" : "running", sinceMs };
}

function idOf(row: unknown): string | null {
  return isJsonObject(row) && typeof row.id === "string" ? row.id : null;
}
