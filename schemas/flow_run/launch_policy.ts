/**
 * How long and how often the agent tries before it gives up on one flow run.
 *
 * @module
 */

import type { Failure, StopClass } from "../failure/failure.ts";
import type { Attempts } from "../time/attempts.ts";

/** The stages of a launch that have a deadline each. */
export type Stage = "claim" | "definition" | "launch" | "placement" | "report" | "start" | "stop";

/**
 * Which lost tasks are launched again: none; those that never started; also those that the platform took from a running flow.
 */
export type RelaunchPolicy = "never" | "start" | "infrastructure";

/** Limits of one launch. */
export interface LaunchPolicy {
  /** Tasks that may be started for one claim, the first included. @default 4 */
  readonly maxAttempts: number;
  /** New attempts after placements that were refused, for each task that is to be started. @default 3 */
  readonly placementRetries: number;
  readonly relaunch: RelaunchPolicy;
  /** Waits between attempts after refused placements. @default they double, and take half of the placement deadline */
  readonly placementPauses?: Omit<Attempts, "most">;
  /**
   * Longest time in each stage, retries included, in milliseconds. `placement`: from the first refused placement; an attempt
   * that has begun by then and is throttled is still waited for, and so are all attempts for a claim that was taken up.
   */
  readonly deadlineMs: Readonly<Record<Stage, number>>;
}

/** The policy without options. */
export const defaultLaunchPolicy: LaunchPolicy = {
  maxAttempts: 4,
  placementRetries: 3,
  relaunch: "start",
  deadlineMs: {
    claim: 90_000,
    definition: 90_000,
    launch: 90_000,
    placement: 15_000,
    report: 90_000,
    start: 900_000,
    stop: 300_000,
  },
};

/** Start failures that are worth another task even where nothing was said about it. */
export const START_CLASSES: ReadonlySet<StopClass> = new Set<StopClass>([
  "transientStart",
  "infrastructure",
  "tooSlow",
]);

/** Whether a lost task may be replaced by another one, by class and policy alone. */
export function isRelaunchable(failure: Failure, policy: RelaunchPolicy): boolean {
  if (failure.tag !== "taskStopped" || policy === "never") return false;
  if (!failure.wasRunning) return START_CLASSES.has(failure.class);
  return policy === "infrastructure" && failure.class === "infrastructure";
}
