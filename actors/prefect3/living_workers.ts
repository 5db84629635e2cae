/**
 * Which workers of a pool live, by what the server says of them.
 *
 * @module
 */

import * as v from "valibot";
import { isJsonObject, type Json } from "../../schemas/json/json.ts";
import type { Api } from "./api.ts";

/** Whether a worker of this name may live. What is not known for certain counts as living: its claims are left alone. */
export type MayLive = (worker: string) => boolean;

/** Most rows of one answer: the server takes no larger limit. */
const PAGE = 200;

/** Rows that two pages share: rows that are deleted between two pages move the others up. */
const SHARED = 10;

/** Pages of one reading. A pool keeps a row for every worker that ever polled it. */
const MOST_PAGES = 50;

/** Heartbeats that may be missing before a worker counts as gone, whatever its status says. */
const MISSING_HEARTBEATS = 4;
const DEFAULT_INTERVAL_S = 30;

/** A longer interval is no interval: a worker that has one would count as living for ever. */
const LONGEST_INTERVAL_S = 86_400;

const row = v.object({
  name: v.string(),
  status: v.optional(v.nullable(v.string()), null),
  last_heartbeat_time: v.optional(v.nullable(v.string()), null),
  heartbeat_interval_seconds: v.optional(v.unknown(), null),
});

interface Worker {
  readonly isOffline: boolean;
  /** Its last heartbeat, in milliseconds since 1970 by the server's clock; null: none is known. */
  readonly seenMs: number | null;
  readonly longestMs: number;
}

/** What was read so far. */
interface Reading {
  readonly workers: Map<string, Worker>;
  /** Names that are shown in a row which cannot be read otherwise. */
  readonly unreadable: Set<string>;
  /** Every worker of the pool was shown under its name. */
  isWhole: boolean;
}

/**
 * Asks the server. Pages are read until all workers in question were shown, or there are no more.
 *
 * @param asked names of the workers in question
 * @throws {FailureError} of the API
 */
export async function readLiving(
  pool: string,
  asked: ReadonlySet<string>,
  api: Pick<Api, "send">,
  signal: AbortSignal,
): Promise<MayLive> {
  if (asked.size === 0) return () => true;
  const reading: Reading = { workers: new Map(), unreadable: new Set(), isWhole: true };
  const read = async (offset: number): Promise<"more" | "last" | "none"> => {
    const { status, body } = await api.send({
      method: "POST",
      path: ["work_pools", pool, "workers", "filter"],
      route: "POST /work_pools/{name}/workers/filter",
      body: { limit: PAGE, offset },
      accept: [404],
    }, signal);
    if (status === 404 || !Array.isArray(body)) return "none";
    for (const value of body) take(value, reading);
    return body.length < PAGE ? "last" : "more";
  };
  for (let page = 0;; page++) {
    const how = await read(page * (PAGE - SHARED));
    // It keeps no list, or not one that can be read.
    if (how === "none") return () => true;
    if ([...asked].every((name) => isShown(name, reading))) break;
    if (how === "last") {
      // The newest heartbeat comes first: who sent one while the pages were read has moved to the first.
      if (page > 0 && await read(0) === "none") return () => true;
      break;
    }
    if (page + 1 >= MOST_PAGES) {
      reading.isWhole = false;
      break;
    }
  }
  return livingOf(reading);
}

function isShown(name: string, { workers, unreadable }: Reading): boolean {
  return workers.has(name) || unreadable.has(name);
}

/** A worker that is shown twice counts by its newer row. */
function take(value: Json, reading: Reading): void {
  const read = v.safeParse(row, value);
  if (!read.success) {
    const name = isJsonObject(value) ? value["name"] : null;
    if (typeof name === "string") reading.unreadable.add(name);
    else reading.isWhole = false;
    return;
  }
  const { name, status, last_heartbeat_time: heartbeat, heartbeat_interval_seconds: interval } = read.output;
  const parsedMs = Date.parse(heartbeat ?? "");
  const seenMs = Number.isNaN(parsedMs) ? null : parsedMs;
  const known = reading.workers.get(name);
  if (known !== undefined && (known.seenMs ?? Infinity) > (seenMs ?? Infinity)) return;
  const longestMs = MISSING_HEARTBEATS * 1000 * intervalOf(interval);
  reading.workers.set(name, { isOffline: status === "OFFLINE", seenMs, longestMs });
}

function intervalOf(interval: unknown): number {
  return typeof interval === "number" && interval > 0 && interval <= LONGEST_INTERVAL_S
    ? interval
    : DEFAULT_INTERVAL_S;
}

function livingOf({ workers, unreadable, isWhole }: Reading): MayLive {
  // The newest heartbeat, this worker's own as a rule, tells the time of the server.
  let nowMs = -Infinity;
  for (const { seenMs } of workers.values()) nowMs = Math.max(nowMs, seenMs ?? -Infinity);
  return (name) => {
    const one = workers.get(name);
    if (unreadable.has(name)) return true;
    if (one === undefined) return !isWhole;
    return !one.isOffline && (one.seenMs === null || nowMs - one.seenMs <= one.longestMs);
  };
}
