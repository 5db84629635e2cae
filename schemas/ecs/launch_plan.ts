/**
 * What a flavour decides for ECS about one flow run before anything is sent.
 *
 * @module
 */

import type { JsonObject } from "../json/json.ts";
import type { RunPlan } from "../plan/run_plan.ts";
import type { AccountPlan } from "./account/account_plan.ts";

/** How the task definition of a run is found or made. */
export type DefinitionPlan =
  /** `ecs` with `task_definition_arn`: nothing is registered; RunTask gets `name` as given. */
  | { readonly how: "existing"; readonly name: string }
  /** `ecs`: reuse the newest revision of `family` whose tag `prefect-agent:digest` equals `digest`, else register. */
  | {
    readonly how: "byDigest";
    readonly family: string;
    readonly digest: string;
    readonly request: JsonObject;
    /**
     * A newest revision without the digest's tag is reused as well where `sameMeaning` of shapes/same_meaning.ts says that it is equal.
     * @default false
     */
    readonly byMeaning?: boolean;
    /**
     * It is deregistered once the task of the run that it was registered for has stopped and no other run in hand uses it.
     * @default false
     */
    readonly autoDeregister?: boolean;
  }
  /** `ecs --task-definition-per-run`: register before RunTask, deregister after it, successful or not. */
  | {
    readonly how: "perRun";
    readonly request: JsonObject;
    /** Its family, where no other run can have the same; else null. */
    readonly ownFamily: string | null;
  }
  /** `fargate` without revisions: an ACTIVE family is reused without comparing. */
  | {
    readonly how: "byFamily";
    readonly family: string;
    readonly request: JsonObject;
    readonly runByFamily: boolean;
  }
  /** `fargate` with revisions: by the tags of revision_tags.ts. */
  | {
    readonly how: "byFlowVersion";
    readonly family: string;
    /** First 8 characters of the flow id. */
    readonly flowId: string;
    /** Null where the API has none. */
    readonly flowVersion: number | null;
    readonly request: JsonObject;
    readonly runByFamily: boolean;
  };

/**
 * The two requests of one flow run; `sources` has its pointers below `/registerTaskDefinition` and `/runTask`. Contains
 * environment values: never print it, see `explain` for the safe form.
 */
export interface LaunchPlan extends RunPlan {
  readonly definition: DefinitionPlan;
  /** RunTask without `taskDefinition` and `clientToken`; `startedBy` only where the user set one. */
  readonly runTask: JsonObject;
  /** Its definition is made from a template that the run names, of which no message may quote anything. */
  readonly isDiscreet?: boolean;
  /** Account in which every call of this run is made. Null or absent: the agent's own. */
  readonly account?: AccountPlan | null;
  /** Cluster as it stands before `::` in the id that Prefect 3 keeps. Null or absent: ARN of the cluster that the task is in. */
  readonly clusterText?: string | null;
  /** Tag that is added to the task when its definition was registered for this run and is to be deregistered. */
  readonly deregisterTag?: { readonly key: string; readonly value: string } | null;
  /** What stands before the task ARN in the run's log: `Task` (ecs) or `Task ARN:` (fargate). */
  readonly taskLabel: string;
}
