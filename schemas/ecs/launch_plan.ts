/**
 * What a flavour decides about one flow run before anything is sent.
 *
 * @module
 */

import type { FieldSource } from "../plan/field_source.ts";
import type { Json, JsonObject } from "../json/json.ts";

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
  }
  /** `ecs --task-definition-per-run`: register before, deregister after RunTask, whatever came of it. */
  | {
    readonly how: "perRun";
    readonly request: JsonObject;
    /** Its family, where no other run can have the same. */
    readonly ownFamily?: string;
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

/** The two requests of one flow run. Contains environment values: never print it, see `explain` for the safe form. */
export interface LaunchPlan {
  readonly definition: DefinitionPlan;
  /** RunTask without `taskDefinition` and `clientToken`; `startedBy` only where the user set one. */
  readonly runTask: JsonObject;
  /** What stands before the task ARN in the run's log: `Task` (ecs) or `Task ARN:` (fargate). */
  readonly taskLabel: string;
  /** Where each field came from, by JSON pointer below `/registerTaskDefinition` and `/runTask`. */
  readonly sources: Readonly<Record<string, FieldSource>>;
  /** Things the user should know: dropped keys, ignored run-config fields. No values of variables. */
  readonly warnings: readonly string[];
  /** Lines for the agent's own log, level INFO, in the words of the original. @default none */
  readonly notes?: readonly string[];
}

/** A request member by name, undefined when absent or null. */
export function member(request: JsonObject, name: string): Json | undefined {
  const value = request[name];
  return value === null ? undefined : value;
}
