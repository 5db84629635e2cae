/**
 * The context of a flow run's chart, the inputs of its actors, and the facts that describe its states.
 *
 * @module
 */

import type {
  EnsuredDefinition,
  FoundTask,
  LaunchedTask,
  Learnt,
  StopWish,
} from "../schemas/contracts/task.ts";
import type { Failure } from "../schemas/failure/failure.ts";
import type { RunStep } from "../schemas/flow_run/change.ts";
import type { ResumedPhase, RunOutcome } from "../schemas/flow_run/events.ts";
import type { RunHeader, StateVersion } from "../schemas/flow_run/flow_run.ts";
import type { LaunchPolicy, Stage } from "../schemas/flow_run/launch_policy.ts";
import type { RunEnd } from "../schemas/flow_run/run_end.ts";

/** What a run's machine starts from. */
export interface FlowRunInput {
  readonly header: RunHeader;
  /** Key of the claim. */
  readonly claim: string;
  readonly policy: LaunchPolicy;
  /** Null: to be claimed. Else this agent claimed the run before a restart, and found it again in this phase. */
  readonly resumed: ResumedPhase | null;
  /** It was found before its start time. */
  readonly isEarly: boolean;
}

/** What `planLaunch` needs to know. */
export interface PlanInput {
  readonly runId: string;
  /** Attempt to launch, from 1. */
  readonly attempt: number;
  /** Why the task before was lost; null: no task was lost. */
  readonly lost: string | null;
}

/** What `runTask` needs to know. */
export interface RunTaskInput {
  readonly runId: string;
  readonly claim: string;
  /** Attempt to launch, from 1. */
  readonly attempt: number;
  /** What the task is started with, see {@link EnsuredDefinition.name}. */
  readonly definition: string;
  readonly learnt: Learnt;
}

/** What is reported to Prefect. */
export type Report =
  | { readonly kind: "launched"; readonly task: LaunchedTask }
  | {
    readonly kind: "failed";
    readonly failure: Failure;
    /** Version of the run's state as last read. */
    readonly version: StateVersion;
    /** A task may exist in spite of the failure: the agent searches for it once more before it fails the run. */
    readonly mayHaveTask: boolean;
  };

/** What was found when a run was to be reported as failed: its task, or that the flow has begun. Such a run is not failed. */
export type Reported = Pick<FoundTask, "taskId" | "started" | "end">;

/** Which task to follow; without an id the run is followed until it ends or is found to have no task. */
export interface WatchInput {
  readonly runId: string;
  readonly claim: string;
  readonly taskId: string | null;
}

/** Which task to stop, and why. Once a cancelled run has no task any more, Prefect is told. */
export interface StopInput extends StopWish {
  readonly runId: string;
  readonly taskId: string | null;
}

/** State in which a run goes on after a pause. */
export type Resumption =
  | "findingTask"
  | "claiming"
  | "planning"
  | "ensuringTaskDefinition"
  | "runningTask"
  | "reporting"
  | "stopping"
  | "cancelling";

/** State in which a run goes on once the definition that was made for it alone is released. */
export type Release = "reporting" | "cancelling" | "lostClaim";

/** Everything a run's machine remembers; plain JSON, nothing secret. */
export interface FlowRunContext {
  readonly header: RunHeader;
  readonly claim: string;
  readonly policy: LaunchPolicy;
  readonly resumed: ResumedPhase | null;
  readonly isEarly: boolean;
  /** Attempt to launch, from 1; each has its own token. */
  readonly attempt: number;
  /** Attempts that met the account's limit: they do not count towards the maximum. */
  readonly held: number;
  /** What earlier attempts say about where to place this one. */
  readonly learnt: Learnt;
  /** New attempts since the placement of the present task was first refused, and whether the time for more is over. */
  readonly placement: { readonly retries: number; readonly isOver: boolean };
  /** A launch was sent, and no answer says whether it started a task. */
  readonly outcomeUnknown: boolean;
  /** Prefect asked for the run to be cancelled while it was being claimed. */
  readonly cancelRequested: boolean;
  /** Retries in the present stage. */
  readonly retries: number;
  /** Version of the run's state as last read. */
  readonly version: StateVersion;
  /**
   * What has a deadline now, and how many such stages there were; null: nothing has. A new object restarts the deadline, which
   * is the policy's unless the stage has a time of its own, in milliseconds.
   */
  readonly stage: { readonly name: Stage; readonly count: number; readonly ownMs?: number } | null;
  /** The present stage took longer than its deadline. */
  readonly expired: boolean;
  readonly resumeAt: Resumption;
  readonly releaseTo: Release;
  readonly definition: EnsuredDefinition | null;
  readonly task: LaunchedTask | null;
  /** The last failure, whether it was overcome or not. */
  readonly failure: Failure | null;
  readonly outcome: RunOutcome;
  /** The state that the flow run itself ended in, as its dialect names it; null: it has not, or it is not known. */
  readonly end: RunEnd | null;
}

/** No placement of the present task was refused yet. */
export const NO_REFUSAL: FlowRunContext["placement"] = { retries: 0, isOver: false };

/** Output of a run's machine. */
export interface FlowRunOutput {
  readonly runId: string;
  readonly outcome: RunOutcome;
  /** Null unless the outcome is `failed` or `released`. */
  readonly failure: Failure | null;
}

/** What metrics, traces and the inspector say of a run in a state: they read it from the chart. */
export interface StateMeta {
  /** Stage whose deadline counts in this state; absent: none. */
  readonly stage?: Stage;
  /** What a run in this state waits for: someone to do something, or a text that reads well after "waits for". */
  readonly waitsFor?: { readonly who: "platform" | "api"; readonly to: string } | string;
  /** The request of this state may wait for a permit before it is sent. */
  readonly isPaced?: true;
  /** Step of a launch that is done when a run goes on to the state `to`; without `to`: when it goes on with a task. */
  readonly completes?: { readonly step: RunStep; readonly to?: string };
}
