/**
 * The tags by which a Fargate agent with `enable_task_revisions` finds the revision that was registered for a flow.
 *
 * @module
 */

import { isJsonObject, type Json } from "../json/json.ts";
import { listItems } from "../json/shape.ts";

/** Keys of the tags. @see Prefect 0.15.13 agent/fargate/agent.py, `_verify_task_definition_exists` */
export const REVISION_TAGS = {
  /** Holds the first characters of the flow's id. */
  flowId: "PrefectFlowId",
  /** Holds the flow's version as text. */
  flowVersion: "PrefectFlowVersion",
} as const;

/** The flow that a revision is registered for. */
export interface TaggedFlow {
  /** As the tag holds it. */
  readonly id: string;
  readonly version: number | null;
}

/**
 * The tags of a definition with revisions: the user's, with {@link REVISION_TAGS} set in place where the user has tags of these
 * names, else at the end. A flow without version gets no tag for it.
 *
 * @see recorded: task_revisions/user-tags-*
 */
export function revisionTags(tags: Json | undefined, { id, version }: TaggedFlow): readonly Json[] {
  const own = new Map<string, string>([[REVISION_TAGS.flowId, id]]);
  if (version !== null) own.set(REVISION_TAGS.flowVersion, String(version));
  const kept = listItems(tags).map((tag) => overwritten(tag, own));
  const present = new Set(kept.map(keyOf));
  const added = [...own].filter(([key]) => !present.has(key)).map(([key, value]) => ({ key, value }));
  return [...kept, ...added];
}

/** Whether a tag is one of those that {@link revisionTags} sets. */
export function isRevisionTag(tag: Json): boolean {
  const key = keyOf(tag);
  return key === REVISION_TAGS.flowId || key === REVISION_TAGS.flowVersion;
}

function overwritten(tag: Json, own: ReadonlyMap<string, string>): Json {
  const value = own.get(keyOf(tag));
  return value === undefined || !isJsonObject(tag) ? tag : { ...tag, value };
}

function keyOf(tag: Json): string {
  return isJsonObject(tag) && typeof tag.key === "string" ? tag.key : "";
}
