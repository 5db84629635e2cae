/**
 * The members that every plan of a flow run has, on any platform.
 *
 * @module
 */

import type { FieldSources } from "./sourced_request.ts";

/** The part of a plan that the agent reads. The rest is the platform's: it holds environment values and is never printed. */
export interface RunPlan {
  /** Where each field of the requests came from. */
  readonly sources: FieldSources;
  /** What the user should know, such as dropped keys or ignored fields of a run config. Never a value of a variable. */
  readonly warnings: readonly string[];
  /** Lines for the agent's own log at level INFO, in the words of the agent that is stood in for. */
  readonly notes: readonly string[];
}
