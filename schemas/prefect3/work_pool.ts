/**
 * A work pool as the API tells of it, over REST and over the worker channel alike.
 *
 * @module
 */

import * as v from "valibot";
import { BOUNDS } from "../bounds/bounds.ts";
import { isDeeperThan, MAX_DEPTH } from "../json/depth.ts";
import { isJsonObject, type Json, type JsonObject } from "../json/json.ts";
import type { WorkPool } from "./flow_run.ts";

const template = v.custom<JsonObject>(isJsonObject);

const workPool = v.object({
  id: v.pipe(v.string(), v.maxLength(BOUNDS.id.most)),
  name: v.pipe(v.string(), v.maxLength(BOUNDS.name.most)),
  type: v.pipe(v.string(), v.maxLength(BOUNDS.name.most)),
  base_job_template: v.optional(v.nullable(template), null),
  is_paused: v.optional(v.nullable(v.boolean()), false),
});

/** Reads a pool; null: it is none. */
export function readWorkPool(value: Json | undefined): WorkPool | null {
  if (isDeeperThan(value, MAX_DEPTH)) return null;
  const read = v.safeParse(workPool, value);
  if (!read.success) return null;
  const { id, name, type, base_job_template, is_paused } = read.output;
  return { id, name, type, template: base_job_template ?? {}, isPaused: is_paused ?? false };
}

const workQueue = v.object({
  id: v.pipe(v.string(), v.maxLength(BOUNDS.id.most)),
  name: v.pipe(v.string(), v.maxLength(BOUNDS.name.most)),
  is_paused: v.optional(v.nullable(v.boolean()), false),
});

/** A work queue of a pool. */
export interface WorkQueue {
  readonly id: string;
  readonly name: string;
  readonly isPaused: boolean;
}

/** Reads a list of work queues; what is none is left out. Null: it is no list. */
export function readWorkQueues(value: Json): readonly WorkQueue[] | null {
  if (!Array.isArray(value)) return null;
  return value.flatMap((row) => {
    const read = v.safeParse(workQueue, row);
    if (!read.success) return [];
    return [{ id: read.output.id, name: read.output.name, isPaused: read.output.is_paused ?? false }];
  });
}
