/**
 * The contract with a Prefect API: one implementation per dialect (`actors/prefect1/orchestrator.ts`).
 * Everything throws `FailureError`; what somebody else won is a result, not an error.
 *
 * @module
 */

import type { ResumedPhase } from "../flow_run/events.ts";
import type { Claim, ClaimMarker, ClaimOwner, MalformedRun, StateVersion } from "../flow_run/flow_run.ts";
import type { FlowRun } from "../prefect1/flow_run.ts";
import type { Failure } from "../failure/failure.ts";

/** What the API tells an agent that registers, as far as a flavour needs it. */
export interface Registration {
  /** The tenant that the agent belongs to; null: the API has none, or takes it from the token. */
  readonly tenantId: string | null;
}

/** One answer of the queue. */
export interface Page {
  readonly runs: readonly FlowRun[];
  readonly malformed: readonly MalformedRun[];
  /** The queue answered as many ids as it ever does: there may be more. */
  readonly full: boolean;
}

/** What came of a claim. */
export type ClaimResult =
  | { readonly outcome: "claimed" }
  /** Somebody else has it, or it is no longer due. */
  | { readonly outcome: "lost"; readonly why: string };

/** What is to be held. */
export interface ToHold {
  readonly run: FlowRun;
  readonly claim: Claim;
  /** Whether it may be taken from another process of this agent: one that was found again, and never was this one's. */
  readonly mayTake: boolean;
  /** Whether its state is to be set once more, so that others see that it is still worked on. */
  readonly renew: boolean;
}

/** Whether a claim is this process's own. */
export type HoldResult =
  | { readonly outcome: "held" }
  /** From another process of this agent, only now. */
  | { readonly outcome: "taken" }
  /** Another process of this agent has it, and the API does not let it be taken yet. */
  | { readonly outcome: "refused"; readonly why: string }
  /** Another process has it, or there is nothing to launch any more. */
  | { readonly outcome: "lost"; readonly why: string };

/** How the API lets a claim go from one process to another. */
export interface HoldRules {
  /** For this long after a claim was set the API refuses every other process, in milliseconds; 0: it refuses none. */
  readonly guardMs: number;
  /** An API that refuses for longer lets no process take a claim over, in milliseconds. */
  readonly refusalMs: number;
}

/** A claim of ours that has not been reported: found after a restart. */
export interface UnfinishedClaim {
  readonly run: FlowRun;
  readonly claim: Claim;
  /** Whether the run has gone on to Running since. */
  readonly phase: ResumedPhase;
  /** Whether it is this very process that made it, or took it over. */
  readonly isMine: boolean;
  /** When the run's present state was set, in milliseconds since 1970; null where the API does not say. */
  readonly sinceMs: number | null;
}

/** State of a run as read back. */
export interface RunState {
  readonly id: string;
  readonly version: StateVersion;
  /** The state's type in the words of the API; for messages only. */
  readonly type: string;
  readonly finished: boolean;
  /** It ended well. */
  readonly succeeded: boolean;
  /** An agent has claimed it, and it has not begun. */
  readonly claimed: boolean;
  /** It waits for an agent: rescheduled, or put back by its own flow. */
  readonly scheduled: boolean;
  /** Likewise, but a live task may be holding on to it: it waits for its turn. */
  readonly queued: boolean;
  /** It has begun: its task reports for it. */
  readonly running: boolean;
  /** Somebody asked for it to be cancelled. */
  readonly cancelling: boolean;
  /** It was cancelled. */
  readonly cancelled: boolean;
  /** `prefect-agent` marker in the state's context, when there is one. */
  readonly marker: ClaimMarker | null;
}

/** Severity of a line in a run's own log. */
export type RunLogLevel = "INFO" | "WARNING" | "ERROR";

/** A run's task, as its API is told of it. */
export interface ReportedTask {
  readonly id: string;
  /** What stands before the id in a line for people, such as `Task`. */
  readonly label: string;
  /** An earlier process of this agent has started it, and has most likely reported it. */
  readonly isTakenUp: boolean;
}

/** `reported`: the API was told, or need not be; `kept`: it could not be told yet, and the orchestrator goes on trying. */
export type TaskReport = "reported" | "kept";

/** What the API tells the agent without being asked. */
export type Push =
  /** A run is to be cancelled; one that the agent does not have is not its concern. */
  | { readonly type: "cancel.requested"; readonly runId: string }
  /** The queue may have new runs. */
  | { readonly type: "poke" };

/** A Prefect API as the agent needs it. Claims and logs given at the same time travel in one request. */
export interface Orchestrator {
  /** Tenant, registration, agent config, hello. Throws `unauthorized` and `apiError` for good, the rest may be tried again. */
  readonly start: (signal: AbortSignal) => Promise<Registration>;
  /**
   * Listens to the API's own channel, from before the start to the end of the agent. What is pushed is a hint: polls and reads
   * find the same later. Without a channel nothing is ever told.
   *
   * @returns ends it
   */
  readonly pushed: (tell: (push: Push) => void) => () => void;
  /** Asks the queue; `busy` are the ids already adopted, which are not read again. */
  readonly poll: (busy: ReadonlySet<string>, signal: AbortSignal) => Promise<Page>;
  /** Sets Submitted (version-locked, marker in the context) and claims the due task runs. */
  readonly claim: (run: FlowRun, claim: Claim, signal: AbortSignal) => Promise<ClaimResult>;
  /** Tells where the run's task is; never rejects but for the reason of `signal`. */
  readonly reportTask: (runId: string, task: ReportedTask, signal: AbortSignal) => Promise<TaskReport>;
  /**
   * Whether the task of a run only starts the flow elsewhere and may end well before the flow does. Part of the run as it was
   * read: nothing is asked.
   */
  readonly delegatesToOtherJob: (run: FlowRun) => boolean;
  /** A line in the run's own log. */
  readonly log: (runId: string, level: RunLogLevel, message: string, signal: AbortSignal) => Promise<void>;
  /** ERROR line with the message, then state Failed with the version that was read. Never over a finished state. */
  readonly fail: (
    run: {
      readonly id: string;
      readonly version: StateVersion | null;
      /** The claim on whose behalf; a run that a later claim holds is left alone. */
      readonly claim?: string;
      /** Only while this process holds the claim, see {@link Recovery.hold}. @default false */
      readonly held?: boolean;
    },
    failure: Failure,
    signal: AbortSignal,
  ) => Promise<void>;
  /** Reads runs back, a hundred with each request; absent ones are missing from the answer. */
  readonly read: (ids: readonly string[], signal: AbortSignal) => Promise<readonly RunState[]>;
}

/** What a Prefect API must offer so that claims survive a restart and tasks are followed to their end. */
export interface Recovery {
  /** Confirms that a run was cancelled: state Cancelled with the message. Never over a finished state. */
  readonly cancel: (
    run: { readonly id: string; readonly version: StateVersion | null },
    message: string,
    signal: AbortSignal,
  ) => Promise<void>;
  /**
   * Claims of this agent (same name and place in the marker) that are Submitted, or Running with our marker in
   * their history. A claim without our marker is somebody else's.
   */
  readonly findClaims: (
    marker: ClaimOwner,
    signal: AbortSignal,
  ) => Promise<readonly UnfinishedClaim[]>;
  /**
   * Makes sure, before something is launched or failed on behalf of a claim, that it is this process's own: its state names
   * the process. One that another process of this agent holds is taken over by setting that state once more, locked to its
   * version, so that of several processes one goes on and the others see it.
   */
  readonly hold: (wanted: ToHold, signal: AbortSignal) => Promise<HoldResult>;
  readonly holdRules: HoldRules;
  /** Whether a running flow is meant to have no task: it waits for the moment of a retry, or for a person. */
  readonly isWaiting: (runId: string, signal: AbortSignal) => Promise<boolean>;
  /** Whether a running flow belongs to a later claim by now, of whomever: a late retry was claimed. @default it does not */
  readonly hasLaterClaim?: (
    run: { readonly id: string; readonly claim: string },
    signal: AbortSignal,
  ) => Promise<boolean>;
}

/** For an API that grants each claim once and for good: a claim is always held, and none follows on a running flow. */
export const NO_HOLDS: Pick<Recovery, "hold" | "holdRules"> = {
  hold: () => Promise.resolve({ outcome: "held" }),
  holdRules: { guardMs: 0, refusalMs: 0 },
};
