/**
 * How long and how often the agent tries before it gives up on one flow run.
 *
 * @module
 */

/** The stages of a launch that have a deadline each. */
export type Stage = "claim" | "definition" | "launch" | "report";

/** Limits of one launch. */
export interface LaunchPolicy {
  /** RunTask attempts with a new client token each, the first included. @default 4 */
  readonly maxAttempts: number;
  /** Longest time in each stage, retries included, in milliseconds. */
  readonly deadlineMs: Readonly<Record<Stage, number>>;
}

/** The policy without options. */
export const defaultLaunchPolicy: LaunchPolicy = {
  maxAttempts: 4,
  deadlineMs: { claim: 90_000, definition: 90_000, launch: 90_000, report: 90_000 },
};
