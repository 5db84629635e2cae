/**
 * Follows all objects of one kind: a list page by page, then a watch from its version on. What ends a watch leads to another
 * one, or to another list where the version is too old. Without the right to watch, lists follow each other.
 *
 * @module
 */

import { type Failure, FailureError, retryAfterOf, toFailure } from "../../../schemas/failure/failure.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import type { WatchLine } from "../../../schemas/kubernetes/objects/list.ts";
import { isForbidden } from "../../../schemas/kubernetes/objects/status.ts";
import { backoffMs } from "../../../schemas/time/backoff.ts";
import type { Clock, Random } from "../../../schemas/time/clock.ts";
import type { TroubleReport } from "../../time/trouble_report.ts";
import { wait } from "../../time/wait.ts";
import type { KubeQuery, PacedReads } from "./reads.ts";

/** Gets what is followed. */
export interface ResourceHandler {
  /** All that is there, as a list says that began at a moment in milliseconds since 1970. */
  readonly replace: (objects: readonly JsonObject[], beganMs: number) => void;
  readonly put: (object: JsonObject) => void;
  readonly drop: (object: JsonObject) => void;
}

/** How far it is known: `fresh`: a watch or lists tell what changes; `denied`: it may not be listed; else not known now. */
export type FollowState = "starting" | "fresh" | "away" | "denied";

/** What following needs. */
export interface FollowDeps {
  readonly query: KubeQuery;
  readonly calls: PacedReads;
  readonly handler: ResourceHandler;
  readonly troubles: TroubleReport;
  /** Told each change of the state. */
  readonly onState: (state: FollowState) => void;
  readonly clock: Clock;
  readonly random: Random;
}

/** Objects of one page at first: fewer where an answer is too long. */
const PAGE = 250;

/** Shortest and longest time for which the server is asked to keep a watch, in seconds. */
const WATCH_S = { least: 240, most: 300 } as const;

/** A watch that lasts for so long was a good one, in milliseconds. */
const GOOD_WATCH_MS = 10_000;

/** Waits after failures, in milliseconds. */
const PAUSES = { baseMs: 500, capMs: 30_000 } as const;
const REOPEN = { baseMs: 500, capMs: 5000 } as const;

/** Time between two lists without the right to watch, in milliseconds. */
const POLL_MS = 5000;

/** A right that was missing is tried again after this time, in milliseconds. */
const RIGHTS_MS = 60_000;

const TOO_OLD = 410;

/** Follows until `signal` aborts. Rejects with nothing else than its reason. */
export async function followResource(deps: FollowDeps, signal: AbortSignal): Promise<never> {
  const { clock, random, onState, troubles } = deps;
  for (let failures = 0;;) {
    try {
      const version = await listAll(deps, signal);
      failures = 0;
      troubles.over();
      onState("fresh");
      await watchOn(version, deps, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      const failure = toFailure(thrown);
      failures++;
      if (isForbidden(failure)) {
        onState("denied");
        await wait(RIGHTS_MS, clock, signal);
        continue;
      }
      onState("away");
      troubles.failed(failure);
      await wait(Math.max(retryAfterOf(failure), backoffMs(failures, { ...PAUSES, random })), clock, signal);
    }
  }
}

/** Reads all pages. @returns the version of the list */
async function listAll({ query, calls, handler, clock }: FollowDeps, signal: AbortSignal): Promise<string> {
  const beganMs = clock.now();
  for (let limit = PAGE;;) {
    try {
      const objects: JsonObject[] = [];
      for (let next: string | null = null;;) {
        const page = await calls.list({ ...query, limit, next }, signal);
        objects.push(...page.items);
        next = page.next;
        if (next !== null) continue;
        handler.replace(objects, beganMs);
        return page.version;
      }
    } catch (thrown) {
      if (!isTooLong(toFailure(thrown)) || limit === 1) throw thrown;
      limit = Math.ceil(limit / 5);
    }
  }
}

function isTooLong(failure: Failure): boolean {
  return failure.tag === "unavailable" && failure.fault?.kind === "tooLong";
}

/** Watches again and again, until a list is due. */
async function watchOn(from: string, deps: FollowDeps, signal: AbortSignal): Promise<void> {
  const { clock, random, troubles, onState } = deps;
  const cursor = { version: from };
  for (let short = 0;;) {
    const beganMs = clock.now();
    try {
      await watchOnce(cursor, deps, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      const failure = toFailure(thrown);
      if (isForbidden(failure)) return await poll(deps, signal);
      // Until a watch is taken up again, or a list is read, what has changed is not known.
      onState("away");
      // What was silent may have missed something.
      if (failure.tag === "timedOut") return;
      await pauseAfter(failure, ++short, deps, signal);
      if (isTooOld(failure)) return;
      continue;
    }
    short = clock.now() - beganMs >= GOOD_WATCH_MS ? 0 : short + 1;
    if (short === 0) troubles.over();
    else await wait(backoffMs(short, { ...REOPEN, random }), clock, signal);
  }
}

async function pauseAfter(
  failure: Failure,
  short: number,
  { clock, random, troubles }: FollowDeps,
  signal: AbortSignal,
): Promise<void> {
  if (!isTooOld(failure)) troubles.failed(failure);
  await wait(Math.max(retryAfterOf(failure), backoffMs(short, { ...REOPEN, random })), clock, signal);
}

function isTooOld(failure: Failure): boolean {
  return failure.tag === "refused" &&
    (failure.code === "Expired" || failure.code === "Gone" || failure.code === `HTTP ${TOO_OLD}`);
}

/** One watch. @param cursor the version up to which everything is known */
async function watchOnce(
  cursor: { version: string },
  { query, calls, handler, random, troubles, onState }: FollowDeps,
  signal: AbortSignal,
): Promise<void> {
  const timeoutS = Math.round(WATCH_S.least + random() * (WATCH_S.most - WATCH_S.least));
  const onLine = (line: WatchLine) => {
    if (line.type === "refused") throw new FailureError(refusedLine(line, query));
    troubles.over();
    if (line.version !== "") cursor.version = line.version;
    if (line.type === "put") handler.put(line.object);
    else if (line.type === "gone") handler.drop(line.object);
  };
  const hearing = { onOpen: () => onState("fresh"), onLine };
  await calls.watch({ ...query, version: cursor.version, timeoutS }, hearing, signal);
}

function refusedLine(
  { code, message }: Extract<WatchLine, { type: "refused" }>,
  { resource }: KubeQuery,
): Failure {
  const text = `The API server ended the watch of ${resource}: ${message || code}`;
  if (code !== TOO_OLD) return { tag: "unavailable", status: code, message: text };
  return {
    tag: "refused",
    service: "Kubernetes",
    code: "Expired",
    operation: `watch ${resource}`,
    message: text,
  };
}

/** Lists again and again, until it is time to try to watch once more. */
async function poll(deps: FollowDeps, signal: AbortSignal): Promise<void> {
  const untilMs = deps.clock.now() + RIGHTS_MS;
  while (deps.clock.now() < untilMs) {
    await wait(POLL_MS, deps.clock, signal);
    await listAll(deps, signal);
  }
}
