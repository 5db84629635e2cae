/**
 * Finds the revision of a family that belongs to one flow, as agents with `enable_task_revisions` keep them: each flow's
 * newest revision carries the flow's id and version as tags.
 *
 * @module
 */

import type { DefinitionPlan } from "../../../schemas/ecs/launch_plan.ts";
import { REVISION_TAGS } from "../../../schemas/ecs/revision_tags.ts";
import type { TaskDefinition } from "../calls.ts";
import type { PacedCalls } from "../paced_calls.ts";

/** A plan of an agent with `enable_task_revisions`. */
export type VersionPlan = Extract<DefinitionPlan, { how: "byFlowVersion" }>;

/** What {@link findRevision} needs. */
export interface FindRevisionDeps {
  readonly ecs: Pick<PacedCalls, "describeTaskDefinition" | "findDefinitionsByTag">;
  /** ARN this agent ran the flow with before; it may be gone. */
  readonly lastUsed: string | null;
  readonly signal: AbortSignal;
  /** Name under which waits are reported. */
  readonly waiter: string;
}

/** Revisions of one flow that are looked at before a new one is registered. */
const MOST_CANDIDATES = 10;

/**
 * ARN of the revision made for this flow, null when one is to be registered.
 *
 * While the newest revision belongs to another flow, that is the one this agent used before, so that flows which share a slug
 * do not push each other out again and again (F-REVISION-CHURN); for a flow older than the newest revision also the highest
 * one that carries its id. A flow as new as the newest revision is registered, as recorded.
 *
 * @param newest newest ACTIVE revision of the family, of any flow
 * @throws {FailureError} what AWS refused, a missing permission to search included (F-DESCRIBE-ANY-ERROR)
 * @see recorded: random_agent/r033
 */
export async function findRevision(
  plan: VersionPlan,
  newest: TaskDefinition,
  deps: FindRevisionDeps,
): Promise<string | null> {
  const { ecs, lastUsed, signal, waiter } = deps;
  if (newest.tags[REVISION_TAGS.flowId] === plan.flowId) return newest.arn;
  const known = lastUsed === null ? null : await firstActive([lastUsed], deps);
  if (known !== null || (plan.flowVersion ?? 0) >= versionOf(newest)) return known;
  const hits = await ecs.findDefinitionsByTag({ [REVISION_TAGS.flowId]: plan.flowId }, signal, waiter);
  return await firstActive(ofFamily(hits, plan.family), deps);
}

/** A version tag that is no number counts as absent (F-TAG-VERSION). */
function versionOf({ tags }: TaskDefinition): number {
  const text = tags[REVISION_TAGS.flowVersion] ?? "";
  return /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : 0;
}

/** Hits of this family only (F-TAG-SCOPE), highest revision first. */
function ofFamily(arns: readonly string[], family: string): readonly string[] {
  const revisions = arns.flatMap((arn) => {
    const [, name, revision] = /:task-definition\/([^/:]+):(\d+)$/.exec(arn) ?? [];
    return name === family ? [{ arn, revision: Number(revision) }] : [];
  });
  return revisions.sort((a, b) => b.revision - a.revision).map(({ arn }) => arn);
}

/** The search may still know revisions that were deregistered. */
async function firstActive(
  arns: readonly string[],
  { ecs, signal, waiter }: FindRevisionDeps,
): Promise<string | null> {
  for (const arn of arns.slice(0, MOST_CANDIDATES)) {
    const found = await ecs.describeTaskDefinition(arn, signal, waiter);
    if (found?.status === "ACTIVE") return arn;
  }
  return null;
}
