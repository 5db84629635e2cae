/**
 * Registers a definition so that later runs recognise it: a tag holds its digest. Tags are a convenience, and an account may
 * refuse them.
 *
 * @module
 */

import { isJsonObject, type JsonObject } from "../../../schemas/json/json.ts";
import type { DefinitionPlan } from "../../../schemas/ecs/launch_plan.ts";
import { isDenied } from "../../aws/failure.ts";
import type { TaskDefinition } from "../calls.ts";
import type { MissingPermissions } from "./missing_permissions.ts";
import type { PacedCalls } from "../paced_calls.ts";

/** A plan whose definition is known by its digest. */
export type DigestPlan = Extract<DefinitionPlan, { how: "byDigest" }>;

/** What {@link registerWithDigest} needs. */
export interface RegisterDeps {
  readonly ecs: Pick<PacedCalls, "registerTaskDefinition">;
  /** Permissions that turned out to be missing: `tag` is added here. */
  readonly refused: MissingPermissions;
  /** Warns once for each key. */
  readonly warn: (key: string, message: string) => void;
  /** Name under which waits are reported. */
  readonly waiter: string;
}

/** Tag that holds the digest of a definition's request. It is put on definitions, never on tasks. */
export const DIGEST_TAG = "prefect-agent:digest";

/**
 * Registers the definition. If ECS refuses the tag, it registers without it, now and for a while.
 *
 * @throws {FailureError} what ECS refused for other reasons
 */
export async function registerWithDigest(
  { request, digest }: DigestPlan,
  deps: RegisterDeps,
  signal: AbortSignal,
): Promise<TaskDefinition> {
  const { ecs, refused, warn, waiter } = deps;
  if (refused.has("tag")) return await registerUntagged(request, deps, signal);
  try {
    return await ecs.registerTaskDefinition(withTag(request, digest), signal, waiter);
  } catch (error) {
    if (!isTagRefused(error)) throw error;
    refused.add("tag");
    warn("tag", `Cannot tag task definitions, so each start registers a new one: ${error.message}`);
    return await registerUntagged(request, deps, signal);
  }
}

/** Without our tag first, since the others are the user's; then without any. */
async function registerUntagged(
  request: JsonObject,
  { ecs, waiter }: RegisterDeps,
  signal: AbortSignal,
): Promise<TaskDefinition> {
  const { tags, ...bare } = request;
  if (!Array.isArray(tags) || tags.length === 0) {
    return await ecs.registerTaskDefinition(bare, signal, waiter);
  }
  try {
    return await ecs.registerTaskDefinition(request, signal, waiter);
  } catch (error) {
    if (!isTagRefused(error)) throw error;
    return await ecs.registerTaskDefinition(bare, signal, waiter);
  }
}

function withTag(request: JsonObject, digest: string): JsonObject {
  const given = Array.isArray(request["tags"]) ? request["tags"] : [];
  const others = given.filter((tag) => !isJsonObject(tag) || tag["key"] !== DIGEST_TAG);
  return { ...request, tags: [...others, { key: DIGEST_TAG, value: digest }] };
}

/** @see "Grant permission to tag resources on creation", Amazon ECS developer guide */
function isTagRefused(error: unknown): error is Error {
  return isDenied(error) && /TagResource|RequestTag|TagKeys/i.test(error.message);
}
