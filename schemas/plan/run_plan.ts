/**
 * The members that every plan of a flow run has, on any platform.
 *
 * @module
 */

import type { FieldSources } from "./sourced_request.ts";

/** Something that the user should be told once for each key and process, also in the run's own log. */
export interface Hint {
  /** The same for two runs that should lead to one line. */
  readonly key: string;
  /** What has no effect or was left out, and what to do; never a value of a variable. */
  readonly text: string;
}

/** The part of a plan that the agent reads. The rest is the platform's: it holds environment values and is never printed. */
export interface RunPlan {
  /** Where each field of the requests came from. */
  readonly sources: FieldSources;
  /** What the user should know, such as dropped keys or ignored fields of a run config. Never a value of a variable. */
  readonly warnings: readonly string[];
  /** What is told once, such as variables without effect. Absent: nothing. */
  readonly hints?: readonly Hint[];
  /** Time that the task has to start, in milliseconds. Null or absent: as the agent's options say. */
  readonly startMs?: number | null;
  /** Lines for the agent's own log at level INFO, in the words of the agent that is stood in for. */
  readonly notes: readonly string[];
}
