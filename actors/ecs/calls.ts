/**
 * The narrow interface to Amazon ECS: what the agent asks of it, with answers already parsed. `actors/ecs/clients.ts` makes the real
 * one from the AWS SDK, tests and the simulation make others. Every call throws `FailureError` (`throttled`,
 * `refused`, `unknownOutcome`, `conflict`, `credentials`); "not found" is a result.
 *
 * @module
 */

import type { JsonObject } from "../../schemas/json/json.ts";
import type { EcsFailure } from "../../schemas/ecs/placement_reasons.ts";

/** A task definition as DescribeTaskDefinition (include TAGS) or RegisterTaskDefinition answers. */
export interface TaskDefinition {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  readonly status: string;
  readonly taskRoleArn: string | null;
  readonly executionRoleArn: string | null;
  /** Null or absent: ECS chooses one. */
  readonly networkMode?: string | null;
  /** As they were stated when it was registered. */
  readonly requiresCompatibilities?: readonly string[];
  /** Each container with its image, in order. */
  readonly containers: readonly { readonly name: string; readonly image: string }[];
  readonly tags: Readonly<Record<string, string>>;
  /** As ECS answered it. Absent: it was not described. */
  readonly document?: JsonObject;
}

/** A task as RunTask and DescribeTasks answer. */
export interface Task {
  readonly arn: string;
  /** Keys of its tags, where they were asked for. */
  readonly tagKeys?: readonly string[];
  /** ARN of the revision that it was started from. Absent: it is not told. */
  readonly definitionArn?: string;
  readonly lastStatus: string;
  readonly desiredStatus: string;
  /** What whoever started it chose: it does not prove whose task it is. */
  readonly startedBy: string | null;
  /** Id of the flow run that it executes, see `schemas/ecs/task_owner.ts`; null: none is named. */
  readonly flowRunId: string | null;
  readonly stopCode: string | null;
  readonly stoppedReason: string | null;
  readonly containers: readonly {
    readonly name: string;
    readonly exitCode: number | null;
    readonly reason: string | null;
  }[];
}

/** Answer of RunTask. Both lists may be empty: then the outcome is unknown. */
export interface RunTaskAnswer {
  readonly tasks: readonly Task[];
  readonly failures: readonly EcsFailure[];
}

/** ECS as the agent needs it. */
export interface EcsCalls {
  /** Null: no such definition. */
  readonly describeTaskDefinition: (name: string, signal: AbortSignal) => Promise<TaskDefinition | null>;
  readonly registerTaskDefinition: (request: JsonObject, signal: AbortSignal) => Promise<TaskDefinition>;
  readonly deregisterTaskDefinition: (arn: string, signal: AbortSignal) => Promise<void>;
  readonly runTask: (request: JsonObject, signal: AbortSignal) => Promise<RunTaskAnswer>;
  readonly describeTasks: (
    cluster: string | null,
    arns: readonly string[],
    signal: AbortSignal,
  ) => Promise<RunTaskAnswer>;
  /** Live tasks by `startedBy`. */
  readonly listTasks: (
    cluster: string | null,
    startedBy: string,
    signal: AbortSignal,
  ) => Promise<readonly string[]>;
  readonly stopTask: (
    cluster: string | null,
    arn: string,
    reason: string,
    signal: AbortSignal,
  ) => Promise<void>;
  /** ARNs of ACTIVE definitions with all these tags (resource groups tagging API), all pages. */
  readonly findDefinitionsByTag: (
    tags: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => Promise<readonly string[]>;
}
