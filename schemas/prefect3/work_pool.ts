/**
 * A work pool as the API tells of it, over REST and over the worker channel alike.
 *
 * @module
 */

import * as v from "valibot";
import { BOUNDS, tooMuch } from "../bounds/bounds.ts";
import { jsonCharacters, jsonValues } from "../bounds/json_size.ts";
import { isDeeperThan, MAX_DEPTH } from "../json/depth.ts";
import { isJsonObject, type Json } from "../json/json.ts";
import { kindOf } from "../json/shape.ts";
import type { WorkPool } from "./flow_run.ts";

const MEMBERS = {
  id: [v.pipe(v.string(), v.maxLength(BOUNDS.id.most)), `text of at most ${BOUNDS.id.most} characters`],
  name: [v.pipe(v.string(), v.maxLength(BOUNDS.name.most)), `text of at most ${BOUNDS.name.most} characters`],
  type: [v.pipe(v.string(), v.maxLength(BOUNDS.name.most)), `text of at most ${BOUNDS.name.most} characters`],
  is_paused: [v.optional(v.nullable(v.boolean()), false), "true, false or null"],
} as const;

/** A pool, or why it is none: `member id is a number, but must be …`. */
export type ReadWorkPool = { readonly pool: WorkPool } | { readonly problem: string };

/** Reads a pool. A template that cannot be taken is left out with its problem; everything else of the pool holds. */
export function readWorkPool(value: Json | undefined): ReadWorkPool {
  if (!isJsonObject(value)) return { problem: `it is ${kindOf(value)}, but must be a mapping` };
  const id = v.safeParse(MEMBERS.id[0], value["id"]);
  if (!id.success) return wrong("id", value["id"]);
  const name = v.safeParse(MEMBERS.name[0], value["name"]);
  if (!name.success) return wrong("name", value["name"]);
  const type = v.safeParse(MEMBERS.type[0], value["type"]);
  if (!type.success) return wrong("type", value["type"]);
  const paused = v.safeParse(MEMBERS.is_paused[0], value["is_paused"]);
  if (!paused.success) return wrong("is_paused", value["is_paused"]);
  const pool = { id: id.output, name: name.output, type: type.output, isPaused: paused.output ?? false };
  const template = value["base_job_template"] ?? {};
  const problem = templateProblem(template);
  if (problem !== null) return { pool: { ...pool, template: {}, templateProblem: problem } };
  return { pool: { ...pool, template: isJsonObject(template) ? template : {} } };
}

function wrong(member: keyof typeof MEMBERS, value: Json | undefined): ReadWorkPool {
  const is = typeof value === "string" ? `has ${value.length} characters` : `is ${kindOf(value)}`;
  return { problem: `its member ${member} ${is}, but must be ${MEMBERS[member][1]}` };
}

/** The cheapest question comes first: nothing deep or large is looked at twice. */
function templateProblem(template: Json): string | null {
  if (!isJsonObject(template)) return `is ${kindOf(template)}, but must be a mapping`;
  if (isDeeperThan(template, MAX_DEPTH)) return `nests deeper than ${MAX_DEPTH} levels`;
  const much = tooMuch("poolTemplateValues", jsonValues(template)) ??
    tooMuch("poolTemplate", jsonCharacters(template));
  return much === undefined ? null : `has ${much}`;
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
