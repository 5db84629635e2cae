/**
 * A change of a flow run's machine, as metrics and traces see it.
 *
 * @module
 */

import type { RunOutcome } from "./events.ts";
import type { RunHeader } from "./flow_run.ts";
import type { RunEnd } from "./run_end.ts";

/** The steps of a run that are timed, in their order; each is counted once for a run. */
export const RUN_STEPS = ["claimed", "registered", "launched", "running"] as const;

/** One of {@link RUN_STEPS}. */
export type RunStep = (typeof RUN_STEPS)[number];

/** A run's machine went from one state to another, or met an event worth counting. */
export interface RunChange {
  readonly header: RunHeader;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** Null: it has just begun. The same as `to` when only the event counts. */
  readonly from: string | null;
  readonly to: string;
  /** Type of the event that led here. */
  readonly event: string;
  /** Step that this change completes; null: none. */
  readonly step: RunStep | null;
  /** Found again after a restart: its steps before are not known. */
  readonly resumed: boolean;
  /** Attempt to launch, from 1. */
  readonly attempt: number;
  /** Id of its task, null when there is none. */
  readonly taskId: string | null;
  /** Public word for the last failure, whether it was overcome or not; see `failureWord`. */
  readonly failure: string | null;
  /** The step that is tried again after a pause. */
  readonly resumeAt: string;
  /** How the run left the agent; `stopped`: the agent ended first. Null: it is still here. */
  readonly ended: RunOutcome | "stopped" | null;
  /** The state that the flow run itself ended in; null: it has not, or it is not known. */
  readonly end: RunEnd | null;
}
