/**
 * A run's task, as machines, agent and actors tell each other about it: its definition, its place, its outcome.
 *
 * @module
 */

import type { Failure } from "../failure/failure.ts";
import type { StateVersion } from "../flow_run/flow_run.ts";
import type { Ended } from "../flow_run/run_end.ts";

/** The definition a run will use. */
export interface EnsuredDefinition {
  /** What the task is started with. */
  readonly name: string;
  /** It was registered for this call: it did not exist before. */
  readonly registered: boolean;
  /** Id of the definition to release once the launch is decided; null for shared definitions. */
  readonly releaseId: string | null;
}

/** A task that exists. */
export interface LaunchedTask {
  readonly id: string;
  /** An earlier request of the same attempt had started it. */
  readonly adopted: boolean;
}

/** What earlier attempts of a claim have shown: the next one is placed accordingly. */
export interface Learnt {
  /** Placements that were refused for lack of capacity. */
  readonly refusals: number;
  /** The platform reclaimed a task of this claim: its capacity was spare, or its host failed. */
  readonly wasReclaimed: boolean;
}

/** Before the first attempt. */
export const NOTHING_LEARNT: Learnt = { refusals: 0, wasReclaimed: false };

/** State of a claim that was recovered after a restart. */
export interface FoundTask extends Ended {
  /** Null: no live task. */
  readonly taskId: string | null;
  /** The run has ended or is no longer this claim's: nothing is launched for it. */
  readonly over: boolean;
  /** The run is Running: its outcome is awaited before anything is launched, as its task may be where it cannot be found. */
  readonly started: boolean;
}

/** A run without a task, which is still to be launched. */
export const NO_TASK_FOUND: FoundTask = { taskId: null, over: false, started: false };

/** Outcome of stopping a task. */
export type StopResult =
  & Ended
  & (
    /** No task of the run is left. */
    | {
      readonly outcome: "stopped";
      /** Version of the run's state as read afterwards; null: not known. */
      readonly version: StateVersion | null;
      /** The run reported Running when it was read afterwards. */
      readonly wasRunning: boolean;
      /** Why the task is gone: what had ended it before, or that it did not start in time. Null after a cancellation. */
      readonly failure: Failure | null;
    }
    /**
     * Its task was left alone, since the run began in time after all. With `startMs` it has not begun: someone held the start
     * back, and it has so long from now on, in milliseconds.
     */
    | { readonly outcome: "running"; readonly startMs?: number }
    /** The run has ended: by itself, or as cancelled. */
    | { readonly outcome: "ended" }
  );

/** How long to wait, in milliseconds since 1970 or as the back-off of the nth retry. */
export type Pause = { readonly untilMs: number } | {
  /** From 0. */
  readonly retry: number;
  /** Shortest wait, in milliseconds. */
  readonly atLeastMs: number;
};

/** Why a task is stopped. `cancel`: Prefect asked for it; `tooSlow`: it did not start in time. */
export type StopReason = "cancel" | "tooSlow";

/** What is known where a task is to be stopped. */
export interface StopWish {
  readonly reason: StopReason;
  /** Time that a task has to start, in milliseconds. */
  readonly startMs: number;
}
