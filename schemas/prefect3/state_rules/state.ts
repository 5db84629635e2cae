/**
 * The state of a flow run as the Prefect 3 API stores and shows it, with the server's names of members.
 *
 * @module
 * @see Prefect 3.9.1, server/schemas/states.py
 */

import type { Json } from "../../json/json.ts";

/** Every type of a state. */
export const STATE_TYPES = [
  "SCHEDULED",
  "PENDING",
  "RUNNING",
  "COMPLETED",
  "FAILED",
  "CANCELLED",
  "CRASHED",
  "PAUSED",
  "CANCELLING",
] as const;

/** The type of a state; its name says more, such as `Late`. */
export type StateType = typeof STATE_TYPES[number];

/** Types of states that a run ends in. */
export const FINAL_TYPES: ReadonlySet<StateType> = new Set(["COMPLETED", "FAILED", "CANCELLED", "CRASHED"]);

/** Details of a state. Moments are texts of ISO 8601 in UTC. */
export type StateDetails = {
  readonly flow_run_id: string | null;
  readonly task_run_id: string | null;
  readonly child_flow_run_id: string | null;
  /** When the run is due. With the run's id it names the right to launch the run once. */
  readonly scheduled_time: string | null;
  readonly cache_key: string | null;
  readonly cache_expiration: string | null;
  readonly deferred: boolean | null;
  readonly untrackable_result: boolean;
  readonly pause_timeout: string | null;
  /** The process ends at the pause, and the run is scheduled anew when it is resumed: it is suspended. */
  readonly pause_reschedule: boolean;
  readonly pause_key: string | null;
  readonly run_input_keyset: Json;
  readonly refresh_cache: boolean | null;
  readonly retriable: boolean | null;
  /** Chosen by the client, so that a repeated proposal is known again. */
  readonly transition_id: string | null;
  readonly task_parameters_id: string | null;
  readonly traceparent: string | null;
  /** Of the slot of the deployment's limit that the run holds. */
  readonly deployment_concurrency_lease_id: string | null;
};

/** Details that say nothing. */
export const NO_DETAILS: StateDetails = {
  flow_run_id: null,
  task_run_id: null,
  child_flow_run_id: null,
  scheduled_time: null,
  cache_key: null,
  cache_expiration: null,
  deferred: false,
  untrackable_result: false,
  pause_timeout: null,
  pause_reschedule: false,
  pause_key: null,
  run_input_keyset: null,
  refresh_cache: null,
  retriable: null,
  transition_id: null,
  task_parameters_id: null,
  traceparent: null,
  deployment_concurrency_lease_id: null,
};

/** A state that a run is or was in. */
export type State = {
  readonly id: string;
  readonly type: StateType;
  readonly name: string;
  /** When it was set. */
  readonly timestamp: string;
  readonly message: string | null;
  readonly data: Json;
  readonly state_details: StateDetails;
};

/** A state that is not set yet. */
export type NewState = Omit<State, "id" | "timestamp">;

/** A state as clients propose it: whatever is absent or null is filled in. */
export interface ProposedState {
  readonly type: StateType;
  readonly name?: string | null;
  readonly message?: string | null;
  readonly data?: Json;
  readonly state_details?: Partial<StateDetails>;
}

/** The state with all members. @param now the server's moment, at which a SCHEDULED state without a time is due */
export function completeState(
  { type, name, message, data, state_details }: ProposedState,
  now: string,
): NewState {
  const details: StateDetails = { ...NO_DETAILS, ...state_details };
  const isTimeless = type === "SCHEDULED" && details.scheduled_time === null;
  return {
    type,
    name: name ?? type.charAt(0) + type.slice(1).toLowerCase(),
    message: message ?? null,
    data: data ?? null,
    state_details: isTimeless ? { ...details, scheduled_time: now } : details,
  };
}

/** Whether a run in such a state has ended. */
export function isFinal(state: { readonly type: StateType } | null): boolean {
  return state !== null && FINAL_TYPES.has(state.type);
}

/** Whether a moment lies before another, by milliseconds. */
export function isBefore(one: string, other: string): boolean {
  return Date.parse(one) < Date.parse(other);
}
