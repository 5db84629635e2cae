/**
 * The contract with a Prefect API: one implementation per dialect, in a room of its own below `actors/`. Flow runs and versions
 * of states are opaque to the agent: it gets them here, keeps them, and gives them back. The dialect and its flavours read
 * them.
 *
 * Everything that returns a promise throws `FailureError`; a claim that another agent or process won is a result, not an error.
 *
 * @module
 */

import type { Failure } from "../failure/failure.ts";
import type { ResumedPhase } from "../flow_run/events.ts";
import type { RunEnd } from "../flow_run/run_end.ts";
import type {
  Claim,
  ClaimKey,
  ClaimMarker,
  ClaimOwner,
  MalformedRun,
  PlanDoubt,
  PlanTry,
  RunHeader,
  StateVersion,
} from "../flow_run/flow_run.ts";

/** What the API tells an agent that registers, as far as a flavour needs it. */
export interface Registration {
  /** The tenant that the agent belongs to; null: the API has none, or takes it from the token. */
  readonly tenantId: string | null;
  /** The id that the API gave this agent. Null or absent: it gave none. */
  readonly agentId?: string | null;
}

/**
 * How a request to stop a task was answered. `stopped`: it was asked to stop, and ends; `gone`: there is no such task or run any more;
 * `unwanted`: the run has ended by itself, and its task is left alone; `refused`: it cannot be stopped from here, now or later;
 * `busy`: not now.
 */
export type StopAnswer = "stopped" | "gone" | "unwanted" | "refused" | "busy";

/** What the API tells the agent without being asked. */
export type Push =
  /** Prefect wants a run cancelled; the agent ignores a run that it does not have. */
  | { readonly type: "cancel.requested"; readonly runId: string }
  /** Prefect wants the task of a run stopped, whoever launched it. `done` is called once; `why` is a sentence for people. */
  | {
    readonly type: "stop.requested";
    readonly runId: string;
    readonly taskId: string;
    readonly done: (how: StopAnswer, why: string) => void;
  }
  /** The queue may have new runs. */
  | { readonly type: "poke" };

/** A run that is due. */
export interface DueRun<Run> {
  readonly header: RunHeader;
  /** The claim on it, if the API grants it. */
  readonly claim: ClaimKey;
  readonly run: Run;
  /** It is launched when it is found, also before its time. @default false */
  readonly isWantedNow?: boolean;
}

/** One answer of the queue. */
export interface Page<Run> {
  readonly runs: readonly DueRun<Run>[];
  readonly malformed: readonly MalformedRun[];
  /** The queue answered the largest number of ids that it ever answers: there may be more. */
  readonly full: boolean;
}

/** Outcome of a claim. */
export type ClaimResult =
  | { readonly outcome: "claimed" }
  /** Another agent or process has it, or it is no longer due. */
  | { readonly outcome: "lost"; readonly why: string };

/** A claim to be held. */
export interface ToHold<Run> {
  readonly runId: string;
  readonly run: Run;
  readonly claim: Claim;
  /** It may be taken over from another process of this agent: it was found again, and this process never had it. */
  readonly mayTake: boolean;
  /** It is set once more, so that other processes see that it is still worked on. */
  readonly renew: boolean;
  /** What the claim is to say of plannings of its run, once it is set: this is why it is set. Null: nothing. */
  readonly note: PlanNote | null;
}

/** What a claim says of plannings that may have ended the process that planned. */
export interface PlanNote {
  /** Plannings that stay noted. */
  readonly earlier: readonly PlanTry[];
  /** The one that begins now, by this process; null: none does. */
  readonly begun: Omit<PlanTry, "by"> | null;
}

/** Numbers of tokens that are to be skipped under a claim. */
export interface ToSkip {
  readonly runId: string;
  readonly claim: Claim;
  /** All of them, those that the claim says already included. */
  readonly skipped: readonly number[];
}

/** Whether a claim is this process's own. */
export type HoldResult =
  | { readonly outcome: "held" }
  /** Taken over from another process of this agent, just now; `skipped`: what its claim said. @default none */
  | { readonly outcome: "taken"; readonly skipped?: readonly number[] }
  /** Another process of this agent has it, and the API does not let it be taken over yet. */
  | { readonly outcome: "refused"; readonly why: string }
  /** Another process has it, or there is nothing to launch any more. */
  | { readonly outcome: "lost"; readonly why: string };

/** How the API lets a process take over a claim from another. */
export interface HoldRules {
  /** For this long after a claim was set the API refuses every other process, in milliseconds; 0: it refuses none. */
  readonly guardMs: number;
  /** An API that refuses for longer lets no process take a claim over, in milliseconds. */
  readonly refusalMs: number;
}

/** A claim of this agent on a run that has not ended, found by a search. */
export interface UnfinishedClaim<Run> {
  readonly header: RunHeader;
  readonly claim: Claim;
  readonly run: Run;
  /** Whether the run has gone on to Running since. */
  readonly phase: ResumedPhase;
  /** This process made it, or took it over. */
  readonly isMine: boolean;
  /** When the run's present state was set, in milliseconds since 1970; null where the API does not say. */
  readonly sinceMs: number | null;
  readonly doubt: PlanDoubt;
  /** The task that the API was told of for this claim; null: none, or it may be of an earlier one. @default null */
  readonly taskId?: string | null;
  /** Numbers of tokens that are skipped under this claim. @default none */
  readonly skipped?: readonly number[];
}

/** State of a run as read back. */
export interface RunState {
  readonly id: string;
  readonly version: StateVersion;
  /** The state's type in the words of the API; for messages only. */
  readonly type: string;
  readonly finished: boolean;
  /** How it ended; null: it has not. */
  readonly end: RunEnd | null;
  /** An agent has claimed it, and it has not begun. */
  readonly claimed: boolean;
  /** It waits for an agent: rescheduled, or put back by its own flow. */
  readonly scheduled: boolean;
  /** Like `scheduled`, but a live task may still hold the run, which waits in a queue. */
  readonly queued: boolean;
  /** With `queued`: it waits within its own task for a retry, and nobody else goes on with it. @default false */
  readonly needsTask?: boolean;
  /** It waits for a person or a moment, and may do so without a task. @default false */
  readonly paused?: boolean;
  /** It has begun: its task reports for it. */
  readonly running: boolean;
  /** Its flow has begun under this claim or an earlier one, whatever its state is now. @default false */
  readonly hasBegun?: boolean;
  /** With `running`: a late retry of it is claimed by {@link RunState.marker}, and has not begun. @default false */
  readonly claimedLate?: boolean;
  /** Prefect wants it cancelled. */
  readonly cancelling: boolean;
  readonly cancelled: boolean;
  /** Marker of the claim that the run goes on under; null: a claim without a marker, or none. */
  readonly marker: ClaimMarker | null;
  /** The task that the API was last told of, perhaps of an earlier claim; null: of none. @default the API is not told */
  readonly taskId?: string | null;
}

/** Severity of a line in a run's own log. */
export type RunLogLevel = "INFO" | "WARNING" | "ERROR";

/** A run's task, as the API is told of it. */
export interface ReportedTask {
  readonly id: string;
  /** What stands before the id in a line for people, such as `Task`. */
  readonly label: string;
  /** An earlier process of this agent started it, and has most likely reported it. */
  readonly isTakenUp: boolean;
  /** {@link TaskPlace.scope} */
  readonly scope?: string | null;
}

/** `reported`: the API was told, or need not be; `kept`: it could not be told yet, and the orchestrator goes on trying. */
export type TaskReport = "reported" | "kept";

/** A status in which a task of a run was seen. */
export interface SeenStatus {
  /** Id of the task. */
  readonly id: string;
  /** The platform's own word. */
  readonly status: string;
  readonly phase: "pending" | "running" | "stopping" | "stopped";
  /** The platform's queue told of it; else the task was looked at. */
  readonly pushed: boolean;
}

/** A run that the API was asked for by its id. */
export interface KnownRun<Run> {
  readonly header: RunHeader;
  readonly run: Run;
}

/** A run that could not be launched, or whose task was lost. */
export interface RunToFail {
  readonly id: string;
  /** Version of its state as last read; null: not known. */
  readonly version: StateVersion | null;
  /** The claim it is failed for: a run that a later claim holds is left alone. Null: it was never claimed. */
  readonly claim: ClaimKey | null;
  /** It is failed only while this process holds the claim, see {@link Orchestrator.hold}. */
  readonly held: boolean;
}

/** A run that was cancelled, and whose tasks are gone. */
export interface RunToCancel {
  readonly id: string;
  /** Version of its state as last read; null: not known. */
  readonly version: StateVersion | null;
  /** The claim whose tasks are gone: a run that a later claim holds is left alone. Null: it is not known. */
  readonly claim: ClaimKey | null;
}

/** Lines of the agent's own log, in the words of the Python agent that is stood in for. Users search for them. */
export interface AgentLines {
  /** A run is about to be planned. */
  readonly deploying: (runId: string) => string;
  /** A run has its task. */
  readonly deployed: (runId: string) => string;
  /** A run is about to be set to Failed. */
  readonly failing: (runId: string, why: string) => readonly string[];
  /** A run was set to Failed. */
  readonly failed: (runId: string) => string;
  /** The queue did not answer. */
  readonly pollFailed: (why: string) => string;
}

/**
 * A Prefect API as the agent needs it. What is asked at the same time travels in one request. `Run` is a flow run as the
 * dialect reads it; members that do not name it are the same for all dialects.
 */
export interface Orchestrator<Run = unknown> {
  /** Registers the agent. `unauthorized` and `apiError` are final; other failures may pass. */
  readonly start: (signal: AbortSignal) => Promise<Registration>;
  /**
   * Listens to the API's own channel, from the agent's start to its end. What is pushed is a hint: polls and reads find the
   * same later. A dialect without a channel tells nothing.
   *
   * @returns ends it
   */
  readonly pushed: (tell: (push: Push) => void) => () => void;

  /** Asks the queue. @param busy ids of the runs that the agent has: they are not read again */
  readonly poll: (busy: ReadonlySet<string>, signal: AbortSignal) => Promise<Page<Run>>;
  /** Claims a run, locked to the version of its state, and leaves the claim's marker in the state it sets. */
  readonly claim: (run: Run, claim: Claim, signal: AbortSignal) => Promise<ClaimResult>;
  /** The agent is about to end: a claim that was not sent yet is not sent any more, and counts as lost. */
  readonly endClaims: () => void;
  /**
   * Claims of this owner on runs that have not ended, and on cancelled ones whose task may still live. A claim without a marker
   * is another agent's.
   */
  readonly findClaims: (owner: ClaimOwner, signal: AbortSignal) => Promise<readonly UnfinishedClaim<Run>[]>;
  /**
   * Makes sure that a claim is this process's own, before something is launched or failed on its behalf. One that another
   * process of this agent holds is taken over by setting its state once more, locked to its version: of several processes one
   * goes on, and the others see it.
   */
  readonly hold: (wanted: ToHold<Run>, signal: AbortSignal) => Promise<HoldResult>;
  readonly holdRules: HoldRules;
  /**
   * Makes the claim say which numbers of tokens are skipped, so that every process that takes it over skips them. Nothing is
   * sent with a later one before that.
   *
   * @returns whether it says so. False: it is not this process's own any more, or the API does not let it be set
   */
  readonly skip: (wanted: ToSkip, signal: AbortSignal) => Promise<boolean>;

  /** Reads runs back; a run that the API does not know is absent. */
  readonly read: (ids: readonly string[], signal: AbortSignal) => Promise<readonly RunState[]>;
  /**
   * Reads one run by its key, which shows a run that lists may leave out; null: the API does not know it. What is asked at the
   * same time travels in one request.
   */
  readonly readByKey: (id: string, signal: AbortSignal) => Promise<RunState | null>;
  /** Whether a running flow is meant to have no task: it waits for the moment of a retry, or for a person. */
  readonly isWaiting: (runId: string, signal: AbortSignal) => Promise<boolean>;
  /** Whether a running flow now belongs to a later claim of any agent. */
  readonly hasLaterClaim: (
    run: { readonly id: string; readonly claim: ClaimKey },
    signal: AbortSignal,
  ) => Promise<boolean>;
  /** Whether the task of a run only starts the flow elsewhere, and may end well before the flow does. Nothing is asked. */
  readonly delegatesToOtherJob: (run: Run) => boolean;

  /**
   * One run by its id, with what its planning needs, whoever launched it; null: the API does not know it, or has not enough
   * of it any more to plan it.
   */
  readonly findRun: (runId: string, signal: AbortSignal) => Promise<KnownRun<Run> | null>;

  /** Reports which task a run has. Rejects only with the reason of `signal`. */
  readonly reportTask: (runId: string, task: ReportedTask, signal: AbortSignal) => Promise<TaskReport>;
  /** Writes a line into the run's own log. Rejects only with the reason of `signal`. */
  readonly log: (runId: string, level: RunLogLevel, message: string, signal: AbortSignal) => Promise<void>;
  /**
   * Writes the failure's message into the run's log and sets the run to Failed, never over a state that ends a run.
   *
   * @returns how the run has ended then; null: it was left alone and goes on
   */
  readonly fail: (run: RunToFail, failure: Failure, signal: AbortSignal) => Promise<RunEnd | null>;
  /**
   * Confirms that a run was cancelled, never over a state that ends a run. For one that is Cancelled by then, the message goes
   * into its log.
   */
  readonly cancel: (
    run: RunToCancel,
    message: string,
    signal: AbortSignal,
  ) => Promise<void>;
  /**
   * A task of a run was seen in a status. It may be told more than once of the same, such as by the platform's queue after it was
   * looked at. What it does with that is its own matter.
   */
  readonly taskSeen: (runId: string, seen: SeenStatus) => void;
  /**
   * The agent ends and has certainly launched nothing for this claim: the run goes back to the queue. A claim that a later
   * process takes up just as well may be left as it is.
   *
   * @returns whether it is in the queue again
   */
  readonly giveBack: (runId: string, signal: AbortSignal) => Promise<boolean>;
  /** The agent has ended: what is still to be sent is sent until `signal` aborts, then connections are closed. Never throws. */
  readonly end: (signal: AbortSignal) => Promise<void>;
  readonly lines: AgentLines;
}

/** For an API that grants each claim once and for good: a claim stays held, and no other follows on a running flow. */
export const NO_HOLDS: Pick<Orchestrator, "hold" | "holdRules" | "skip" | "hasLaterClaim"> = {
  hold: () => Promise.resolve({ outcome: "held" }),
  holdRules: { guardMs: 0, refusalMs: 0 },
  skip: () => Promise.resolve(false),
  hasLaterClaim: () => Promise.resolve(false),
};

/** For an API that pushes nothing, is told nothing of tasks, and takes up every claim that an agent leaves behind. */
export const NOTHING_KEPT: Pick<
  Orchestrator<never>,
  "endClaims" | "findRun" | "taskSeen" | "giveBack" | "end"
> = {
  endClaims: () => undefined,
  findRun: () => Promise.resolve(null),
  taskSeen: () => undefined,
  giveBack: () => Promise.resolve(false),
  end: () => Promise.resolve(),
};
