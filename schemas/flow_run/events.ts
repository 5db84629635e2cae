/**
 * Every event of every machine. Facts are named `noun.pastParticiple`, requests `noun.requested`.
 *
 * @module
 */

import type { Failure } from "../failure/failure.ts";
import type { RunHeader, StateVersion } from "./flow_run.ts";
import type { Ended } from "./run_end.ts";

/** Events a flow-run machine understands, besides those of its own actors. */
export type FlowRunEvent =
  /** The stage took longer than its deadline. */
  | { readonly type: "deadline.passed"; readonly stage: string }
  /** The run has had no task for some time. */
  | { readonly type: "launch.delayed" }
  /** The agent is about to end: a run that is not claimed yet is left to others. */
  | { readonly type: "stop.requested" }
  /** The task has started, or the run has reported Running. */
  | { readonly type: "task.started" }
  /** The task is gone and the run has not reported an end; `version` is that of its state now. */
  | { readonly type: "task.stopped"; readonly failure: Failure; readonly version: StateVersion }
  /** The run reported an end itself, or belongs to another claim now. */
  | Ended & { readonly type: "run.ended" }
  /** Prefect wants the run cancelled. */
  | { readonly type: "cancel.requested" };

/** How a run left the agent. */
export type RunOutcome = "completed" | "failed" | "lostClaim" | "cancelled" | "released";

/** What a flow-run machine tells its parent while it runs. */
export interface RunReported {
  readonly type: "run.reported";
  readonly runId: string;
}

/** A run's machine is done. */
export interface RunLeft {
  readonly type: "run.left";
  readonly runId: string;
  readonly outcome: RunOutcome;
  /** Null unless the outcome is `failed` or `released`. */
  readonly failure: Failure | null;
}

/** Phase of a claim that is recovered after a restart. */
export type ResumedPhase = "submitted" | "running";

/** A run that the poller admitted. `claim` is the key of the right to launch it. */
export interface AdmittedRun {
  readonly header: RunHeader;
  readonly claim: string;
  /** Null: to be claimed. Otherwise a recovered claim of this agent, in this phase. */
  readonly resumed: ResumedPhase | null;
  /** It was found before its start time. */
  readonly isEarly: boolean;
}

/** Events the agent machine understands, besides those of its own actors. */
export type AgentEvent =
  | { readonly type: "runs.found"; readonly runs: readonly AdmittedRun[] }
  /** The last of `--max-polls`. */
  | { readonly type: "polls.exhausted" }
  | RunReported
  | RunLeft
  /** Prefect wants this run cancelled. */
  | { readonly type: "cancel.requested"; readonly runId: string }
  | { readonly type: "stop.requested" }
  /** A second signal: end at once. */
  | { readonly type: "stop.forced" };

/** Events that the agent machine emits to its listeners (log, metrics, vault). */
export type AgentEmitted = {
  readonly type: "run.ended";
  readonly runId: string;
  readonly outcome: RunOutcome;
  readonly failure: Failure | null;
};

/** Name by which a run's machine finds the agent's in their actor system. */
export const AGENT_SYSTEM_ID = "agent";
