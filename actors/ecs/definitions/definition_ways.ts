/**
 * The ways in which runs share a task definition: how each recognises the revision to reuse, and how it registers one.
 *
 * @module
 */

import type { DefinitionPlan } from "../../../schemas/ecs/launch_plan.ts";
import { sameMeaning } from "../../../schemas/ecs/shapes/same_meaning.ts";
import { isDenied } from "../../aws/failure.ts";
import type { TaskDefinition } from "../calls.ts";
import { findRevision, type VersionPlan } from "./find_revision.ts";
import type { MissingPermissions } from "./missing_permissions.ts";
import type { PacedCalls } from "../paced_calls.ts";
import { DIGEST_TAG, type DigestPlan, registerWithDigest } from "./register_with_digest.ts";

/** A plan whose definition other runs may use as well. */
export type SharedPlan = Extract<DefinitionPlan, { how: "byDigest" | "byFamily" | "byFlowVersion" }>;

type FamilyPlan = Extract<DefinitionPlan, { how: "byFamily" }>;

/** What finding and registering needs. */
export interface DefinitionTools {
  readonly ecs: Pick<
    PacedCalls,
    "describeTaskDefinition" | "registerTaskDefinition" | "findDefinitionsByTag"
  >;
  /** Warns once for each key. */
  readonly warn: (key: string, message: string) => void;
  /** ARN of the revision that was used last, by {@link SharedWay.key}; it may have been deregistered since. */
  readonly lastUsed: Map<string, string>;
  /** Permissions that turned out to be missing. */
  readonly refused: MissingPermissions;
}

/** How the definition of one plan is found or registered. All throw `FailureError`. */
export interface SharedWay {
  readonly family: string;
  /** What is found is right whatever else is registered meanwhile, so that nothing has to wait while it is looked for. */
  readonly isExact: boolean;
  /** Runs with the same key use the same definition; waits for it are reported under this name. */
  readonly key: string;
  /**
   * How long a definition that was found is used without reading it again, in milliseconds.
   *
   * @param trustMs for a definition that a person may replace
   */
  readonly lifeMs: (trustMs: number) => number;
  /** The newest ACTIVE revision of the family; null: there is none. */
  readonly newest: (tools: DefinitionTools, signal: AbortSignal) => Promise<TaskDefinition | null>;
  /** ARN of the revision to reuse; null: one is to be registered. */
  readonly choose: (
    newest: TaskDefinition,
    tools: DefinitionTools,
    signal: AbortSignal,
  ) => Promise<string | null>;
  readonly register: (tools: DefinitionTools, signal: AbortSignal) => Promise<TaskDefinition>;
  /** What RunTask gets as `taskDefinition`: the ARN, or the bare family where it means that revision. */
  readonly nameOf: (arn: string, isNewest: boolean) => string;
}

/** The way of a plan; null: its definition is not shared. */
export function sharedWay(plan: DefinitionPlan): SharedWay | null {
  switch (plan.how) {
    case "existing":
    case "perRun":
      return null;
    case "byDigest":
      return byDigest(plan);
    case "byFamily":
      return byFamily(plan);
    case "byFlowVersion":
      return byFlowVersion(plan);
  }
}

/** A digest never stands for another request. The `ecs` originals never describe, so that permission may be missing. */
function byDigest(plan: DigestPlan): SharedWay {
  const { family, digest } = plan;
  const key = `${family} digest ${digest}`;
  return {
    family,
    isExact: true,
    key,
    lifeMs: () => Infinity,
    newest: async (tools, signal) => {
      if (tools.refused.has("describe")) return null;
      try {
        return await describeNewest(family, tools, { signal, waiter: key });
      } catch (error) {
        if (!isDenied(error)) throw error;
        tools.refused.add("describe");
        tools.warn(
          "describe",
          `Cannot search for registered task definitions, so each start registers a new one: ${error.message}`,
        );
        return null;
      }
    },
    choose: async (newest, tools, signal) => {
      if (newest.tags[DIGEST_TAG] === digest) return newest.arn;
      if (plan.byMeaning !== true) return null;
      const { document } = newest;
      if (document !== undefined && sameMeaning(document, plan.request)) return newest.arn;
      return await findEarlier(plan, tools, { signal, waiter: key });
    },
    register: (tools, signal) => registerWithDigest(plan, { ...tools, waiter: key }, signal),
    nameOf: (arn) => arn,
  };
}

/** Revisions with the digest that are looked at before a new one is registered. */
const MOST_EARLIER = 5;

/**
 * A revision that is not the newest, because definitions of other runs share the family: it is found by its tag. Where the
 * search is not allowed, or fails now, one more revision is registered: a search must not keep a run from its task.
 */
async function findEarlier(
  { family, digest }: DigestPlan,
  { ecs, refused }: DefinitionTools,
  { signal, waiter }: { readonly signal: AbortSignal; readonly waiter: string },
): Promise<string | null> {
  if (refused.has("search")) return null;
  try {
    const found = await ecs.findDefinitionsByTag({ [DIGEST_TAG]: digest }, signal, waiter);
    for (const arn of newestOf(found, family).slice(0, MOST_EARLIER)) {
      const described = await ecs.describeTaskDefinition(arn, signal, waiter);
      if (described?.status === "ACTIVE") return arn;
    }
  } catch (thrown) {
    signal.throwIfAborted();
    if (isDenied(thrown)) refused.add("search");
  }
  return null;
}

/** Revisions of a family, the highest first: a search answers in no promised order. */
function newestOf(arns: readonly string[], family: string): readonly string[] {
  const revisionOf = (arn: string) => Number(arn.slice(arn.lastIndexOf(":") + 1));
  return arns.filter((arn) => arn.includes(`:task-definition/${family}:`))
    .toSorted((one, other) => revisionOf(other) - revisionOf(one));
}

/** An ACTIVE family is reused without a comparison. */
function byFamily(plan: FamilyPlan): SharedWay {
  return {
    ...inFamily(plan, `${plan.family} newest`),
    lifeMs: (trustMs) => trustMs,
    choose: ({ arn }) => Promise.resolve(arn),
  };
}

/** A bare family may mean the revision of another flow at any time, so it is read for each run. */
function byFlowVersion(plan: VersionPlan): SharedWay {
  const key = `${plan.family} flow ${plan.flowId}`;
  return {
    ...inFamily(plan, key),
    lifeMs: (trustMs) => plan.runByFamily ? 0 : trustMs,
    choose: (newest, { ecs, lastUsed }, signal) =>
      findRevision(plan, newest, { ecs, lastUsed: lastUsed.get(key) ?? null, signal, waiter: key }),
  };
}

/** What both ways of the `fargate` flavour share. */
function inFamily(
  { family, request, runByFamily }: FamilyPlan | VersionPlan,
  key: string,
): Omit<SharedWay, "lifeMs" | "choose"> {
  return {
    family,
    isExact: false,
    key,
    newest: (tools, signal) => describeNewest(family, tools, { signal, waiter: key }),
    register: ({ ecs }, signal) => ecs.registerTaskDefinition(request, signal, key),
    nameOf: (arn, isNewest) => runByFamily && isNewest ? family : arn,
  };
}

async function describeNewest(
  family: string,
  { ecs }: DefinitionTools,
  { signal, waiter }: { readonly signal: AbortSignal; readonly waiter: string },
): Promise<TaskDefinition | null> {
  const newest = await ecs.describeTaskDefinition(family, signal, waiter);
  return newest?.status === "ACTIVE" ? newest : null;
}
