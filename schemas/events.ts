/**
 * Every event of every machine. Facts are `noun.pastParticiple`, wishes `noun.requested`.
 *
 * @module
 */

import type { Failure } from "./failure.ts";
import type { RunHeader } from "./flow_run.ts";

/** Events a flow-run machine understands, besides those of its own actors. */
export type FlowRunEvent =
  /** The stage took longer than it may. */
  | { readonly type: "deadline.passed"; readonly stage: string }
  /** The agent is about to end: give up what is not claimed yet. */
  | { readonly type: "stop.requested" };

/** How a run left the agent. */
export type RunOutcome = "completed" | "failed" | "lostClaim" | "cancelled" | "released";

/** What a flow-run machine tells its parent while it runs. */
export interface RunReported {
  readonly type: "run.reported";
  readonly runId: string;
}

/** A run that the poller admitted. `claim` is the key of the right to launch it. */
export interface AdmittedRun {
  readonly header: RunHeader;
  readonly claim: string;
}

/** Events the agent machine understands, besides those of its own actors. */
export type AgentEvent =
  | { readonly type: "runs.found"; readonly runs: readonly AdmittedRun[] }
  /** The last of `--max-polls`. */
  | { readonly type: "polls.exhausted" }
  | RunReported
  | { readonly type: "stop.requested" }
  /** A second signal: end at once. */
  | { readonly type: "stop.forced" };

/** What the agent machine says to whoever listens (log, metrics, vault). */
export type AgentEmitted = {
  readonly type: "run.ended";
  readonly runId: string;
  readonly outcome: RunOutcome;
  readonly failure: Failure | null;
};

/** Name by which a run's machine finds the agent's in their actor system. */
export const AGENT_SYSTEM_ID = "agent";
