/**
 * States of Prefect 1 as JSON: the ones this agent sets, and what it reads in others.
 *
 * @module
 */

import { contextWith } from "./claim_marker.ts";
import type { Claim, PlanTry } from "../flow_run/flow_run.ts";
import type { RunEnd } from "../flow_run/run_end.ts";
import type { JsonObject } from "../json/json.ts";

/**
 * State types that an agent claims.
 *
 * @see Prefect 0.15.13 engine/state.py, `is_scheduled`
 */
const SCHEDULED = new Set(["Scheduled", "Retrying", "Resume", "Paused", "Queued"]);

/** @see Prefect 0.15.13 engine/state.py, `is_finished`, `is_successful`, `is_failed` */
const ENDS: ReadonlyMap<string, RunEnd> = new Map(
  Object.entries(
    {
      Finished: "other",
      Success: "success",
      Cached: "success",
      Mapped: "success",
      Skipped: "success",
      Failed: "failure",
      TimedOut: "failure",
      TriggerFailed: "failure",
      ValidationFailed: "failure",
      Cancelled: "cancelled",
      Looped: "other",
    } as const,
  ).map(([state, kind]) => [state, { state, kind }]),
);

/** Whether a state of this type waits for an agent. */
export function isScheduled(type: string): boolean {
  return SCHEDULED.has(type);
}

/** Whether nothing follows a state of this type. */
export function isFinished(type: string): boolean {
  return ENDS.has(type);
}

/** How a run in a state of this type has ended; null: it has not. */
export function endOf(type: string): RunEnd | null {
  return ENDS.get(type) ?? null;
}

/** What a Submitted state is made of. */
export interface SubmittedOptions {
  readonly message: string;
  /** The state that it wraps. */
  readonly state: JsonObject;
  readonly claim: Claim;
  /** See {@link StoredMarker.by}. */
  readonly by: string;
  /** See {@link StoredMarker.tries}. @default none */
  readonly tries?: readonly PlanTry[];
  readonly coreVersion: string;
}

/** The state of a claim. @see recorded: agent-run-success, agent-loop/one-run */
export function submittedState(
  { message, state, claim, by, tries = [], coreVersion }: SubmittedOptions,
): JsonObject {
  return {
    ...plainState("Submitted", message, coreVersion),
    context: contextWith({ marker: { ...claim.marker, claim: claim.key }, by, tries }),
    state: withoutNullResult(state),
  };
}

/** The state of a run that could not be launched, or was cancelled. @see recorded: agent-deploy-failure */
export function endState(type: "Failed" | "Cancelled", message: string, coreVersion: string): JsonObject {
  return plainState(type, message, coreVersion);
}

function plainState(type: string, message: string, coreVersion: string): JsonObject {
  return {
    type,
    message,
    context: {},
    cached_inputs: {},
    _result: { type: "NoResultType", __version__: coreVersion },
    __version__: coreVersion,
  };
}

/** A `_result` of null keeps the Python client from loading the state; absent is fine (measured). */
function withoutNullResult(state: JsonObject): JsonObject {
  if (state._result !== null) return state;
  const { _result, ...rest } = state;
  return rest;
}
