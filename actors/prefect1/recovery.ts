/**
 * Finding the claims that an earlier process of this agent, or a replica of it, has left unfinished.
 *
 * @module
 */

import { toFailure } from "../../schemas/failure/failure.ts";
import { type ClaimOwner, isSameOwner, NO_DOUBT } from "../../schemas/flow_run/flow_run.ts";
import { claimKeyOf, isLaterClaim } from "../../schemas/prefect1/claim_key.ts";
import { isJsonObject } from "../../schemas/json/json.ts";
import { type FlowRun, headerOf } from "../../schemas/prefect1/flow_run.ts";
import { type MarkedRun, parseMarkedRun, parseMarkedState } from "../../schemas/prefect1/rows.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Orchestrator, UnfinishedClaim } from "../../schemas/contracts/orchestrator.ts";
import type { Prefect1Api } from "./api.ts";
import { type PageWish, readClaimPages } from "./claim_pages.ts";
import type { KnownVersions } from "./known_versions.ts";
import { faultText } from "./read_apart.ts";

/** What finding claims needs. */
export interface RecoveryOptions {
  readonly api: Prefect1Api;
  readonly log: Log;
  /** Name of this process in its claims. */
  readonly by: string;
  readonly versions: Pick<KnownVersions, "isStale">;
}

/**
 * Makes `findClaims`: what it finds carries everything a launch needs, so that a claim can be resumed at once. Replicas of
 * this agent share its marker and find the same claims; client tokens keep them from starting a task twice.
 */
export function makeFindClaims(options: RecoveryOptions): Orchestrator<FlowRun>["findClaims"] {
  const askPage = makeAskPage(options);
  const relation: Relation = { finds: null, looks: 0 };
  return async (wanted, signal) => {
    const page = (agent: string | null) => (wish: PageWish) => askPage({ agent, ...wish }, signal);
    if (relation.finds === false) return await allClaims(page(null), wanted, options);
    const found = await allClaims(page(wanted.agent), wanted, options);
    if (found.length > 0) relation.finds = true;
    if (relation.finds || !isCheckDue(relation.looks++)) return found;
    const all = await allClaims(page(null), wanted, options);
    if (all.length > 0) relation.finds = false;
    return all;
  };
}

/** What is known of the relation between runs and agents. */
interface Relation {
  /** Whether claims of ours are found by it; null: there were none so far. */
  finds: boolean | null;
  /** Searches that found none. */
  looks: number;
}

/**
 * After this number of searches without the relation, such searches become rarer, because they read the claims of all agents.
 */
const EARLY_LOOKS = 10;

/** An API that does not know the relation may find nothing by it instead of saying so: then the search does not use it. */
function isCheckDue(looks: number): boolean {
  return looks < EARLY_LOOKS || looks % EARLY_LOOKS === 0;
}

/** Our claims on the pages of one search. */
async function allClaims(
  ask: (page: PageWish) => Promise<readonly unknown[]>,
  wanted: ClaimOwner,
  { by, log, versions }: RecoveryOptions,
): Promise<readonly UnfinishedClaim<FlowRun>[]> {
  const { rows, unreadable } = await readClaimPages(ask);
  const found = new Map<string, UnfinishedClaim<FlowRun>>();
  for (const one of rows.flatMap((row) => claimsIn(row, wanted, { by, versions }))) {
    found.set(one.header.id, one);
  }
  for (const { row, fault } of unreadable) {
    const marked = parseMarkedState(row);
    const why = `Cannot read flow run ${idOf(row)} as the Prefect API gave it: ${faultText(fault)}`;
    if (marked === null) log("DEBUG", why, { runId: idOf(row) });
    else if (isClaimOf(marked, wanted)) {
      found.set(marked.run.id, { ...unfinishedClaimOf(marked, by), doubt: { ...NO_DOUBT, refused: why } });
    }
  }
  return [...found.values()];
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
      // This API does not relate runs to agents: only the markers tell whose claim it is.
      isRelated = false;
      log("DEBUG", `Looking through the claims of all agents: ${failure.message}`);
      return await api.claimedRuns({ ...page, agent: null }, signal);
    }
  };
}

/** What this process knows of claims. */
type OwnView = Pick<RecoveryOptions, "by" | "versions">;

/** Rows that cannot be read, or are older than what this process knows, are passed over: nothing can be resumed from them. */
function claimsIn(
  row: unknown,
  wanted: ClaimOwner,
  { by, versions }: OwnView,
): readonly UnfinishedClaim<FlowRun>[] {
  const marked = parseMarkedRun(row);
  if (marked === null || !isClaimOf(marked, wanted)) return [];
  const { id, version, stateType: type } = marked.run;
  if (versions.isStale({ id, version, type })) return [];
  return [unfinishedClaimOf(withNewest(marked, wanted), by)];
}

function isClaimOf({ run, marker }: MarkedRun, wanted: ClaimOwner): boolean {
  return CLAIMED.has(run.stateType) && isSameOwner(marker, wanted);
}

/** A run goes on under the newest claim on it: one on task runs that are Running by now, unless that is another agent's. */
function withNewest(marked: MarkedRun, wanted: ClaimOwner): MarkedRun {
  const [newest] = marked.late.toSorted((one, other) =>
    isLaterClaim(one.marker.claim, other.marker.claim) ? -1 : 1
  );
  if (newest === undefined || !isLaterClaim(newest.marker.claim, marked.marker.claim)) return marked;
  return isSameOwner(newest.marker, wanted)
    ? { ...marked, marker: newest.marker, holder: newest.by, tries: newest.tries }
    : marked;
}

/** States of runs that are claimed and have not ended: what the query asks for. */
const CLAIMED: ReadonlySet<string> = new Set(["Submitted", "Running", "Cancelling"]);

function unfinishedClaimOf(
  { run, marker, holder, tries, untouched, sinceMs }: MarkedRun,
  by: string,
): UnfinishedClaim<FlowRun> {
  const phase = untouched ? "submitted" : "running";
  return {
    header: headerOf(run),
    run,
    claim: { ...claimKeyOf(marker.claim), marker },
    phase,
    isMine: holder === by,
    sinceMs,
    // This process has outlived what it noted itself.
    doubt: { ...NO_DOUBT, tries: holder === by ? [] : tries, canNote: run.stateType === "Submitted" },
  };
}

function idOf(row: unknown): string | null {
  return isJsonObject(row) && typeof row.id === "string" ? row.id : null;
}
