/**
 * Under which family the Fargate agent registers the task definitions of a flow.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Flow } from "../../schemas/prefect1/flow_run.ts";
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
