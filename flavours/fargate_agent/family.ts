/**
 * Under which family the Fargate agent registers a flow's task definitions, and with which tags.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Flow } from "../../schemas/prefect1/flow_run.ts";
import { isJsonObject, type Json } from "../../schemas/json/json.ts";
import { listItems } from "../../schemas/json/shape.ts";
import { slugify } from "../../schemas/python/slug.ts";

const MAX_FAMILY = 255;
const ID_LENGTH = 8;

/** The part of a flow's id that stands in families, tags and S3 keys. */
export function shortFlowId(flow: Flow): string {
  return flow.id.slice(0, ID_LENGTH);
}

/** Family without revisions: one for each flow id. */
export function idFamily(flow: Flow): string {
  return `prefect-task-${shortFlowId(flow)}`;
}

/**
 * Family with revisions: the slug of the flow's name. An empty one is replaced by {@link idFamily} (F-EMPTY-SLUG); one
 * longer than ECS allows keeps its beginning and ends in a digest of the whole (F-LONG-FAMILY).
 */
export function slugFamily(flow: Flow): string {
  const slug = slugify(flow.name);
  if (slug === "") return idFamily(flow);
  if (slug.length <= MAX_FAMILY) return slug;
  const digest = createHash("sha256").update(slug).digest("hex").slice(0, ID_LENGTH);
  return `${slug.slice(0, MAX_FAMILY - ID_LENGTH - 1).replace(/-$/, "")}-${digest}`;
}

/**
 * The tags of a definition with revisions: the user's, with PrefectFlowId and PrefectFlowVersion set in place where the user
 * has tags of these names, else at the end. A flow without version gets no tag for it.
 *
 * @see recorded: task_revisions/user-tags-*
 */
export function revisionTags(tags: Json | undefined, flow: Flow): readonly Json[] {
  const own = new Map([["PrefectFlowId", shortFlowId(flow)]]);
  if (flow.version !== null) own.set("PrefectFlowVersion", String(flow.version));
  const kept = listItems(tags).map((tag) => overwritten(tag, own));
  const present = new Set(kept.map(keyOf));
  const added = [...own].filter(([key]) => !present.has(key)).map(([key, value]) => ({ key, value }));
  return [...kept, ...added];
}

function overwritten(tag: Json, own: ReadonlyMap<string, string>): Json {
  const value = own.get(keyOf(tag));
  return value === undefined || !isJsonObject(tag) ? tag : { ...tag, value };
}

function keyOf(tag: Json): string {
  return isJsonObject(tag) && typeof tag.key === "string" ? tag.key : "";
}
